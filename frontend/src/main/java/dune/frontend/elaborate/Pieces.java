package dune.frontend.elaborate;

import static dune.frontend.diagnostic.ErrorCode.CONCAT_MISMATCH;
import static dune.frontend.diagnostic.ErrorCode.ELEMENT_MISMATCH;
import static dune.frontend.diagnostic.ErrorCode.MISSING_ARGUMENT;
import static dune.frontend.diagnostic.ErrorCode.SPLIT_SIZES;
import static dune.frontend.diagnostic.ErrorCode.WRONG_TYPE;

import dune.frontend.diagnostic.Diagnostic;
import dune.ir.Elem;
import dune.ir.Layout;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.util.ArrayList;

/// `split` and `concat`: an axis taken apart, and put together.
final class Pieces {
  private final Evaluator evaluator;
  private final Session session;

  Pieces(Evaluator evaluator) {
    this.evaluator = evaluator;
    this.session = evaluator.session;
  }

  Datum split(Arguments given) {
    if (given.values().size() < 2) {
      throw session.fail(
          Diagnostic.of(
                  MISSING_ARGUMENT,
                  given.span(),
                  "`split` takes a tensor and the sizes of its parts")
              .help("write `let a, b = split(x, R, K - R)`"));
    }
    Tensor tensor = given.tensor(0);
    int place = given.along(tensor);
    Frame frame = given.place().frame();
    var sizes = new ArrayList<Axis>();
    for (int i = 1; i < given.values().size(); i++) {
      Datum size = given.values().get(i);
      sizes.add(
          switch (size) {
            case Datum.Whole(var dim, var factors) -> new Axis(dim, factors);
            case Datum.Unknown _ ->
                Axis.of(
                    frame.bindRigid(
                        frame.unused("part"), Dim.named(session.unique("part")), given.span()));
            default ->
                throw session.fail(
                    WRONG_TYPE,
                    given.spans().get(i),
                    "a size is a dimension, not " + Describe.kind(size));
          });
    }
    Dim whole = tensor.axes().get(place).dim();
    Dim sum = Dim.sum(sizes.stream().map(Axis::dim).toList());
    boolean unknown = given.values().stream().anyMatch(value -> value instanceof Datum.Unknown);
    boolean same = whole.equals(sum) || frame.canonical(whole).equals(frame.canonical(sum));
    if (!same && !unknown) {
      throw session.fail(
          Diagnostic.of(
                  SPLIT_SIZES,
                  given.span(),
                  "the parts add up to `"
                      + Frame.text(sum)
                      + "`, and the axis is `"
                      + Frame.text(whole)
                      + "`")
              .also(tensor.born(), "this is " + tensor.shapeText()));
    }
    var parts = new ArrayList<Datum>();
    Dim start = Dim.ZERO;
    for (Axis size : sizes) {
      Dim length = session.size(frame, size.dim(), given.span());
      Value value =
          session.emit(new Layout.Slice(tensor.value(), place, start, length, 1), given.span());
      var axes = new ArrayList<>(tensor.axes());
      axes.set(place, size);
      parts.add(new Tensor(axes, tensor.elem(), value, given.span()));
      start = start.plus(length);
    }
    return new Datum.Parts(parts);
  }

  Datum concat(Arguments given) {
    if (given.values().isEmpty()) given.count(2);
    Tensor first = given.tensor(0);
    if (given.over().isPresent()
        && given.over().get().stream().noneMatch(axis -> first.has(axis.dim()))) {
      throw session.fail(
          Diagnostic.of(
                  CONCAT_MISMATCH,
                  given.spans().getFirst(),
                  "this is %s, and has no axis %s to join along"
                      .formatted(
                          first.shapeText(),
                          Alignment.names(given.over().get().stream().map(Axis::dim).toList())))
              .also(first.born(), "this is " + first.shapeText()));
    }
    int place = given.along(first);
    Dim along = first.axes().get(place).dim();
    Elem elem = first.elem();
    var parts = new ArrayList<Tensor>();
    for (int i = 0; i < given.values().size(); i++) {
      Tensor part = given.tensor(i);
      if (part.elem() != elem) {
        if (!part.elem().isFloat() || !elem.isFloat()) {
          throw session.fail(
              ELEMENT_MISMATCH,
              given.spans().get(i),
              "`concat` of `" + elem + "` and `" + part.elem() + "`");
        }
        elem = Arithmetic.wider(part.elem(), elem);
      }
      parts.add(ordered(part, first, along, place, given, i));
    }
    var values = new ArrayList<Value>();
    var sizes = new ArrayList<Dim>();
    for (Tensor part : parts) {
      values.add(evaluator.alignment.cast(part, elem, given.span()).value());
      sizes.add(part.axes().get(place).dim());
    }
    var axes = new ArrayList<>(first.axes());
    axes.set(place, Axis.of(Dim.sum(sizes)));
    return new Tensor(
        axes, elem, session.emit(new Layout.Concat(values, place), given.span()), given.span());
  }

  /// A part with its axes in the order of the first: the one that it is joined along is `along`, or
  /// the only one that the first lacks.
  private Tensor ordered(
      Tensor part, Tensor first, Dim along, int place, Arguments given, int number) {
    var others = first.dims().stream().filter(dim -> !dim.equals(along)).toList();
    var own = part.dims().stream().filter(dim -> !others.contains(dim)).toList();
    if (own.size() != 1 || part.rank() != first.rank()) {
      throw session.fail(
          Diagnostic.of(
                  CONCAT_MISMATCH,
                  given.spans().get(number),
                  "this is "
                      + part.shapeText()
                      + ", and all axes but one must be those of "
                      + first.shapeText())
              .also(first.born(), "the first part is " + first.shapeText()));
    }
    var order = new ArrayList<>(others);
    order.add(place, own.getFirst());
    return evaluator.alignment.permute(part, order, given.span());
  }
}
