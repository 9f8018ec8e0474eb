package dune.frontend.elaborate;

import static dune.frontend.diagnostic.ErrorCode.AXES_DO_NOT_ALIGN;
import static dune.frontend.diagnostic.ErrorCode.DUPLICATE_AXIS;

import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.source.Span;
import dune.ir.Elem;
import dune.ir.Elementwise;
import dune.ir.Layout;
import dune.ir.Shape;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// Brings tensors into one shape by the names of their axes. Nothing broadcasts by size.
final class Alignment {
  private static final Pattern VIEW = Pattern.compile("(.*) as \\[[^\\[\\]]*\\]");

  private final Session session;

  Alignment(Session session) {
    this.session = session;
  }

  /// The axes that two operands of an elementwise operation meet in: those of the larger one, or of
  /// the shape that is written around them.
  List<Axis> meet(Tensor left, Tensor right, Optional<List<Axis>> written, Span span) {
    requireDistinct(left, span);
    requireDistinct(right, span);
    if (right.dims().stream().allMatch(left::has)) return left.axes();
    if (left.dims().stream().allMatch(right::has)) return right.axes();
    if (written.isPresent()) {
      var both = new ArrayList<Axis>();
      for (Axis axis : written.get()) {
        if (left.has(axis.dim()) || right.has(axis.dim())) both.add(axis);
      }
      boolean all = covers(both, left) && covers(both, right);
      if (all) return both;
    }
    throw session.fail(misaligned(left, right, span));
  }

  private static boolean covers(List<Axis> axes, Tensor tensor) {
    return tensor.dims().stream()
        .allMatch(dim -> axes.stream().anyMatch(axis -> axis.dim().equals(dim)));
  }

  private Diagnostic misaligned(Tensor left, Tensor right, Span span) {
    var onlyLeft = left.dims().stream().filter(dim -> !right.has(dim)).toList();
    var onlyRight = right.dims().stream().filter(dim -> !left.has(dim)).toList();
    var diagnostic =
        Diagnostic.of(
                AXES_DO_NOT_ALIGN,
                span,
                "the axes of " + left.shapeText() + " and " + right.shapeText() + " do not align")
            .label(
                "only the left side has "
                    + names(onlyLeft)
                    + ", only the right side has "
                    + names(onlyRight))
            .alsoIf(!left.born().equals(span), left.born(), "this is " + left.shapeText())
            .alsoIf(
                !right.born().equals(span) && !right.born().equals(left.born()),
                right.born(),
                "this is " + right.shapeText())
            .note(
                "axes meet by name, not by size; where every pair is meant, write the shape of the"
                    + " result: `let y: [...] = ...`");
    // `a * b as [...]`: the right side ends with a view that was meant for the whole.
    var view = VIEW.matcher(right.born().text());
    boolean ends = span.contains(right.born()) && right.born().end() == span.end();
    return ends && right.born().start() > span.start() && view.matches()
        ? diagnostic.help("`as` applies to `" + view.group(1) + "` alone; write `(...) as ...`")
        : diagnostic;
  }

  static String names(List<Dim> dims) {
    return String.join(
        ", ", dims.stream().map(dim -> "`" + Frame.text(dim) + "`").distinct().toList());
  }

  void requireDistinct(Tensor tensor, Span span) {
    var dims = tensor.dims();
    for (int i = 0; i < dims.size(); i++) {
      if (dims.indexOf(dims.get(i)) != i) {
        throw session.fail(
            Diagnostic.of(
                    DUPLICATE_AXIS,
                    span,
                    "two axes of "
                        + tensor.shapeText()
                        + " are called `"
                        + Frame.text(dims.get(i))
                        + "`")
                .also(tensor.born(), "this is " + tensor.shapeText())
                .help("give one of them another name where this shape is written"));
      }
    }
  }

  /// The tensor with its axes in this order; `dims` are exactly those that it has.
  Tensor permute(Tensor tensor, List<Dim> dims, Span span) {
    if (tensor.dims().equals(dims)) return tensor;
    var order = new ArrayList<Integer>();
    var axes = new ArrayList<Axis>();
    for (Dim dim : dims) {
      int place = tensor.indexOf(dim);
      order.add(place);
      axes.add(tensor.axes().get(place));
    }
    return new Tensor(
        axes,
        tensor.elem(),
        session.emit(new Layout.Permute(tensor.value(), order), span),
        tensor.born());
  }

  /// The value of `tensor` in the shape `axes`, which has all of its axes; a scalar stays a scalar.
  Value expand(Tensor tensor, List<Axis> axes, Frame frame, Span span) {
    if (tensor.rank() == 0) return tensor.value();
    return spread(tensor, axes, frame, span);
  }

  /// Like {@link #expand}, and scalars are spread too.
  Value spread(Tensor tensor, List<Axis> axes, Frame frame, Span span) {
    var present = axes.stream().map(Axis::dim).filter(tensor::has).toList();
    Tensor ordered = permute(tensor, present, span);
    if (present.size() == axes.size()) return ordered.value();
    var places = new ArrayList<Integer>();
    for (int i = 0; i < axes.size(); i++) {
      if (tensor.has(axes.get(i).dim())) places.add(i);
    }
    Shape shape = session.shape(frame, axes, span);
    return session.emit(new Layout.Broadcast(ordered.value(), shape, places), span);
  }

  /// The tensor with exactly these axes, in this order: permuted, and spread along those that it
  /// lacks.
  Tensor conform(Tensor tensor, List<Axis> axes, Frame frame, Span span) {
    return new Tensor(axes, tensor.elem(), spread(tensor, axes, frame, span), tensor.born());
  }

  Tensor cast(Tensor tensor, Elem elem, Span span) {
    if (tensor.elem() == elem) return tensor;
    return new Tensor(
        tensor.axes(),
        elem,
        session.emit(new Elementwise.Cast(tensor.value(), elem), span),
        tensor.born());
  }
}
