package dune.frontend.elaborate;

import static dune.frontend.diagnostic.ErrorCode.RESHAPE_MISMATCH;
import static dune.frontend.diagnostic.ErrorCode.RESHAPE_REORDERS;
import static dune.frontend.diagnostic.ErrorCode.SWAPPED_AXES;

import dune.frontend.ast.Expression;
import dune.frontend.ast.Shape;
import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.source.Span;
import dune.ir.Layout;
import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/// `x as [B, T, H, K]`: splits and merges axes. The products must be equal; the order is checked as
/// far as it was written.
final class Reshape {
  private final Evaluator evaluator;
  private final Session session;

  Reshape(Evaluator evaluator) {
    this.evaluator = evaluator;
    this.session = evaluator.session;
  }

  Tensor reshape(Tensor tensor, Shape shape, Expression.Cast cast, Scope scope) {
    Frame frame = scope.frame();
    List<Axis> axes = evaluator.types.axes(shape, scope);
    Dim before = Dim.product(tensor.dims());
    Dim after = Dim.product(axes.stream().map(Axis::dim).toList());
    if (!before.equals(after) && !frame.canonical(before).equals(frame.canonical(after))) {
      throw session.fail(mismatch(tensor, axes, shape.span(), cast));
    }
    hintOrder(tensor, axes, shape.span());
    var result = new Tensor(axes, tensor.elem(), tensor.value(), cast.span());
    if (tensor.dims().equals(result.dims())) return result;
    var op = new Layout.Reshape(tensor.value(), session.shape(frame, axes, cast.span()));
    return new Tensor(axes, tensor.elem(), session.emit(op, cast.span()), cast.span());
  }

  private Diagnostic mismatch(Tensor tensor, List<Axis> axes, Span shape, Expression.Cast cast) {
    var before = new ArrayList<>(tensor.dims());
    var after = new ArrayList<>(dims(axes));
    for (Dim dim : tensor.dims()) {
      if (after.remove(dim)) before.remove(dim);
    }
    var diagnostic =
        Diagnostic.of(
                RESHAPE_MISMATCH,
                shape,
                "%s cannot be seen as %s: %s"
                    .formatted(tensor.shapeText(), Tensor.text(axes), difference(before, after)))
            .alsoIf(
                !tensor.born().equals(cast.value().span()),
                tensor.born(),
                "this is " + tensor.shapeText());
    int start = cast.value().span().start();
    String line = cast.span().source().lineText(cast.span().line());
    String left =
        line.substring(
                0,
                Math.min(line.length(), start - cast.span().source().lineStart(cast.span().line())))
            .stripTrailing();
    if (!left.isEmpty() && "*+-/".indexOf(left.charAt(left.length() - 1)) >= 0) {
      diagnostic =
          diagnostic.help(
              "`as` applies to `"
                  + cast.value().span().text()
                  + "` alone; write `(a "
                  + left.charAt(left.length() - 1)
                  + " b) as ...`");
    }
    return diagnostic;
  }

  /// What is left of two products once common factors are gone.
  private static String difference(List<Dim> before, List<Dim> after) {
    if (before.isEmpty()) return "`" + Frame.text(Dim.product(after)) + "` comes from nowhere";
    if (after.isEmpty()) return "`" + Frame.text(Dim.product(before)) + "` is left over";
    return "`%s` is not `%s`"
        .formatted(Frame.text(Dim.product(before)), Frame.text(Dim.product(after)));
  }

  /// Compares runs of equal size: axes that a run only reorders are no reshape, and a product that
  /// was written in another order is probably not what is meant.
  private void hintOrder(Tensor tensor, List<Axis> axes, Span span) {
    int i = 0;
    int j = 0;
    while (i < tensor.rank() && j < axes.size()) {
      var left = new ArrayList<Axis>();
      var right = new ArrayList<Axis>();
      left.add(tensor.axes().get(i++));
      right.add(axes.get(j++));
      while (!product(left).equals(product(right)) && (i < tensor.rank() || j < axes.size())) {
        boolean takeLeft = i < tensor.rank() && (left.size() <= right.size() || j >= axes.size());
        if (takeLeft) left.add(tensor.axes().get(i++));
        else right.add(axes.get(j++));
      }
      compare(left, right, tensor, span);
    }
  }

  private static Dim product(List<Axis> axes) {
    return Dim.product(axes.stream().map(Axis::dim).toList());
  }

  private void compare(List<Axis> left, List<Axis> right, Tensor tensor, Span span) {
    List<Dim> before = left.size() == 1 ? left.getFirst().factors() : dims(left);
    List<Dim> after = right.size() == 1 ? right.getFirst().factors() : dims(right);
    if (before.size() < 2 || before.equals(after) || before.size() != after.size()) return;
    if (!new HashSet<>(before).equals(new HashSet<>(after))) return;
    if (left.size() > 1 && right.size() > 1) {
      throw session.fail(
          Diagnostic.of(
                  RESHAPE_REORDERS,
                  span,
                  "`as` does not move axes: " + text(before) + " would become " + text(after))
              .also(tensor.born(), "this is " + tensor.shapeText())
              .help("the order of axes has no meaning: leave the reordering out"));
    }
    session.report(
        Diagnostic.of(
                SWAPPED_AXES,
                span,
                "this was written `" + times(before) + "`, and is read as `" + times(after) + "`")
            .also(tensor.born(), "this is " + tensor.shapeText())
            .help("the first factor is the outer one: write " + text(before)));
  }

  private static List<Dim> dims(List<Axis> axes) {
    return axes.stream().map(Axis::dim).toList();
  }

  private static String text(List<Dim> dims) {
    return "[" + String.join(", ", dims.stream().map(Frame::text).toList()) + "]";
  }

  private static String times(List<Dim> dims) {
    return String.join(" * ", dims.stream().map(Frame::text).toList());
  }
}
