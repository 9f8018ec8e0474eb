package dune.frontend.elaborate;

import static dune.frontend.diagnostic.ErrorCode.AXES_DO_NOT_ALIGN;
import static dune.frontend.diagnostic.ErrorCode.ELEMENT_MISMATCH;
import static dune.frontend.diagnostic.ErrorCode.WRONG_TYPE;

import dune.frontend.diagnostic.Diagnostic;
import dune.ir.Contraction;
import dune.ir.Elem;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// `dot`: the product of two tensors, summed over axes that both have.
final class Products {
  private final Evaluator evaluator;
  private final Session session;

  Products(Evaluator evaluator) {
    this.evaluator = evaluator;
    this.session = evaluator.session;
  }

  Datum dot(Arguments given) {
    given.count(2);
    Tensor left = given.tensor(0);
    Tensor right = given.tensor(1);
    Elem elem = common(left, right, given);
    left = evaluator.alignment.cast(left, elem, given.span());
    right = evaluator.alignment.cast(right, elem, given.span());
    var summed = given.over().orElse(List.of());
    for (Axis axis : summed) {
      for (int side = 0; side < 2; side++) {
        if (!(side == 0 ? left : right).has(axis.dim())) {
          evaluator.views.place(side == 0 ? left : right, axis.dim(), given.span(axis));
        }
      }
    }
    var lhsSum = new ArrayList<Integer>();
    var rhsSum = new ArrayList<Integer>();
    for (Axis axis : summed) {
      lhsSum.add(left.indexOf(axis.dim()));
      rhsSum.add(right.indexOf(axis.dim()));
    }
    var lhsBatch = new ArrayList<Integer>();
    var rhsBatch = new ArrayList<Integer>();
    for (int i = 0; i < left.rank(); i++) {
      int other = right.indexOf(left.axes().get(i).dim());
      if (other >= 0 && !lhsSum.contains(i)) {
        lhsBatch.add(i);
        rhsBatch.add(other);
      }
    }
    var produced = new ArrayList<Axis>();
    for (int i : lhsBatch) produced.add(left.axes().get(i));
    for (int i : Contraction.Dot.free(left.rank(), lhsBatch, lhsSum))
      produced.add(left.axes().get(i));
    for (int i : Contraction.Dot.free(right.rank(), rhsBatch, rhsSum))
      produced.add(right.axes().get(i));
    Optional<Tensor> plus = plus(given, elem, produced);
    boolean inside = plus.isPresent() && isSuffix(plus.get(), produced);
    Value value =
        session.emit(
            new Contraction.Dot(
                left.value(),
                right.value(),
                lhsBatch,
                rhsBatch,
                lhsSum,
                rhsSum,
                inside ? Optional.of(plus.get().value()) : Optional.empty()),
            given.span());
    var product = new Tensor(produced, elem, value, given.span());
    var order = new ArrayList<Dim>();
    for (int i = 0; i < left.rank(); i++)
      if (!lhsSum.contains(i)) order.add(left.axes().get(i).dim());
    for (Axis axis : right.axes())
      if (product.has(axis.dim()) && !order.contains(axis.dim())) order.add(axis.dim());
    Tensor ordered = evaluator.alignment.permute(product, order, given.span());
    return plus.isEmpty() || inside
        ? ordered
        : evaluator.arithmetic.apply(BinaryKind.ADD, ordered, plus.get(), given.place());
  }

  private Optional<Tensor> plus(Arguments given, Elem elem, List<Axis> produced) {
    Datum datum = given.named().getOrDefault("plus", Datum.NONE);
    return switch (datum) {
      case Datum.None _ -> Optional.empty();
      case Tensor tensor -> {
        for (Axis axis : tensor.axes()) {
          if (produced.stream().noneMatch(other -> other.dim().equals(axis.dim()))) {
            throw session.fail(
                Diagnostic.of(
                        AXES_DO_NOT_ALIGN,
                        given.span(),
                        "`plus` is "
                            + tensor.shapeText()
                            + ", and the product "
                            + Tensor.text(produced)
                            + " has no axis `"
                            + Frame.text(axis.dim())
                            + "`")
                    .also(tensor.born(), "this is " + tensor.shapeText()));
          }
        }
        yield Optional.of(evaluator.alignment.cast(tensor, elem, given.span()));
      }
      default ->
          throw session.fail(
              WRONG_TYPE, given.span(), "`plus` is a tensor, not " + Describe.kind(datum));
    };
  }

  private static boolean isSuffix(Tensor tensor, List<Axis> axes) {
    int skipped = axes.size() - tensor.rank();
    return skipped >= 0
        && axes.subList(skipped, axes.size()).stream()
            .map(Axis::dim)
            .toList()
            .equals(tensor.dims());
  }

  private Elem common(Tensor left, Tensor right, Arguments given) {
    if (left.elem().isFloat() && right.elem().isFloat())
      return Arithmetic.wider(left.elem(), right.elem());
    throw session.fail(
        Diagnostic.of(
                ELEMENT_MISMATCH,
                given.span(),
                "`dot` multiplies real numbers, not `"
                    + left.elem()
                    + "` and `"
                    + right.elem()
                    + "`")
            .help("convert first: `x as f32`"));
  }
}
