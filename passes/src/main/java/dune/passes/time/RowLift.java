package dune.passes.time;

import dune.ir.Contraction;
import dune.ir.Control;
import dune.ir.Elementwise;
import dune.ir.FunctionBuilder;
import dune.ir.Indexing;
import dune.ir.Inferred;
import dune.ir.Layout;
import dune.ir.Op;
import dune.ir.Operands;
import dune.ir.Origin;
import dune.ir.Shape;
import dune.ir.Source;
import dune.ir.Stateful;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/// Emits operations some of whose operands have got rows: batching, as `vmap` does it.
///
/// Rows are put before all other axes, and meet the rows that the other operands have anyway. Where
/// the result had rows already they end up where they were.
final class RowLift {
  private final FunctionBuilder into;
  private final Origin origin;

  RowLift(FunctionBuilder into, Origin origin) {
    this.into = into;
    this.origin = origin;
  }

  /// The images of the results of `op`, whose operands are given by their images.
  List<Image> emit(Op op, java.util.function.Function<Value, Image> images) {
    if (Operands.of(op).stream().map(images).noneMatch(Image::isPerRow)) {
      return into.emitAll(Operands.map(op, value -> images.apply(value).value()), origin).stream()
          .map(Image::plain)
          .toList();
    }
    Shape shape = plainShape(op, images);
    return switch (op) {
      case Elementwise elementwise -> List.of(elementwise(elementwise, shape, images));
      case Layout layout -> List.of(layout(layout, shape, images));
      case Indexing.Gather gather -> List.of(gather(gather, shape, images));
      case Contraction.Dot dot -> List.of(dot(dot, shape, images));
      case Contraction.Reduce(var kind, Value x, List<Integer> axes) ->
          perRow(new Contraction.Reduce(kind, front(images.apply(x)), shifted(axes)));
      case Contraction.Top(Value x, Dim k) ->
          perRow(new Contraction.Top(front(images.apply(x)), k));
      case Control _, Source _, Stateful _ ->
          throw new IllegalStateException("cannot give rows to " + op);
    };
  }

  private List<Image> perRow(Op op) {
    return into.emitAll(op, origin).stream().map(Image::perRow).toList();
  }

  /// The shape of the only result, or of the first, without what rows were put before it.
  private Shape plainShape(Op op, java.util.function.Function<Value, Image> images) {
    return switch (op.infer(value -> plainType(images.apply(value)))) {
      case Inferred.Results(List<Type> types) -> types.getFirst().shape();
      case Inferred.Broken(String constraint, String reason) ->
          throw new IllegalStateException(constraint + ": " + reason + " in " + op);
    };
  }

  Type plainType(Image image) {
    Type type = into.of(image.value());
    if (!image.isPerRow()) return type;
    return type.with(new Shape(type.shape().dims().subList(1, type.rank())));
  }

  private boolean hasRows(Image image) {
    return Axes.rows(plainType(image).shape()).isPresent();
  }

  /// The value with rows as its first axis.
  Value front(Image image) {
    if (image.isPerRow()) return image.value();
    Shape shape = into.of(image.value()).shape();
    OptionalInt rows = Axes.rows(shape);
    if (rows.isPresent()) return moved(image.value(), rows.getAsInt(), 0);
    return into.emit(
        new Layout.Broadcast(image.value(), withRows(shape), axes(1, shape.rank())), origin);
  }

  /// The image of a value of shape `plain` that has rows as its first axis.
  Image place(Value fronted, Shape plain) {
    OptionalInt rows = Axes.rows(plain);
    return rows.isPresent()
        ? Image.plain(moved(fronted, 0, rows.getAsInt()))
        : Image.perRow(fronted);
  }

  /// `x` repeated along new axes of a shape.
  Image broadcast(Image x, Shape shape, List<Integer> axes) {
    if (!x.isPerRow()) {
      return Image.plain(into.emit(new Layout.Broadcast(x.value(), shape, axes), origin));
    }
    OptionalInt rows = Axes.rows(shape);
    if (rows.isEmpty()) {
      var all = new ArrayList<Integer>();
      all.add(0);
      all.addAll(shifted(axes));
      return Image.perRow(into.emit(new Layout.Broadcast(x.value(), withRows(shape), all), origin));
    }
    int before = (int) axes.stream().filter(axis -> axis < rows.getAsInt()).count();
    var all = new ArrayList<>(axes);
    all.add(before, rows.getAsInt());
    return Image.plain(
        into.emit(new Layout.Broadcast(moved(x.value(), 0, before), shape, all), origin));
  }

  private Image elementwise(
      Elementwise op, Shape shape, java.util.function.Function<Value, Image> images) {
    boolean hasRows = Axes.rows(shape).isPresent();
    UnaryOperator<Value> fit =
        operand -> {
          Image image = images.apply(operand);
          boolean isScalar = plainType(image).rank() == 0;
          if (isScalar && !image.isPerRow()) return image.value();
          if (isScalar && shape.rank() > 0) return broadcast(image, shape, List.of()).value();
          return hasRows ? image.value() : front(image);
        };
    Value result = into.emit(Operands.map(op, fit), origin);
    return hasRows ? Image.plain(result) : Image.perRow(result);
  }

  private Image layout(Layout op, Shape shape, java.util.function.Function<Value, Image> images) {
    return switch (op) {
      case Layout.Broadcast(Value x, _, List<Integer> axes) ->
          broadcast(images.apply(x), shape, axes);
      case Layout.Reshape(Value x, _) ->
          perRow(new Layout.Reshape(front(images.apply(x)), withRows(shape))).getFirst();
      case Layout.Permute(Value x, List<Integer> order) -> {
        var all = new ArrayList<Integer>();
        all.add(0);
        all.addAll(shifted(order));
        yield perRow(new Layout.Permute(front(images.apply(x)), all)).getFirst();
      }
      case Layout.Slice(Value x, int axis, Dim start, Dim size, long step) ->
          perRow(new Layout.Slice(front(images.apply(x)), axis + 1, start, size, step)).getFirst();
      case Layout.Concat(List<Value> parts, int axis) ->
          perRow(
                  new Layout.Concat(
                      parts.stream().map(part -> front(images.apply(part))).toList(), axis + 1))
              .getFirst();
      case Layout.History _ -> throw new IllegalStateException("a cache is no layout: " + op);
    };
  }

  private Image gather(
      Indexing.Gather op, Shape shape, java.util.function.Function<Value, Image> images) {
    Image x = images.apply(op.x());
    Image indices = images.apply(op.indices());
    if (op.batch() == 0 && !x.isPerRow() && !hasRows(x)) {
      Value picked =
          into.emit(new Indexing.Gather(x.value(), front(indices), op.axis(), 0), origin);
      return place(moved(picked, op.axis(), 0), shape);
    }
    if (op.batch() == 0 && !indices.isPerRow() && !hasRows(indices)) {
      return Image.perRow(
          into.emit(new Indexing.Gather(x.value(), indices.value(), op.axis() + 1, 0), origin));
    }
    return place(
        into.emit(
            new Indexing.Gather(front(x), front(indices), fronted(x, op.axis()), op.batch() + 1),
            origin),
        shape);
  }

  private Image dot(
      Contraction.Dot op, Shape shape, java.util.function.Function<Value, Image> images) {
    Image left = images.apply(op.lhs());
    Image right = images.apply(op.rhs());
    boolean leftRows = left.isPerRow() || hasRows(left);
    boolean rightRows = right.isPerRow() || hasRows(right);
    var leftBatch = new ArrayList<Integer>();
    var rightBatch = new ArrayList<Integer>();
    if (leftRows && rightRows) {
      leftBatch.add(0);
      rightBatch.add(0);
    }
    for (int axis : op.lhsBatch()) leftBatch.add(leftRows ? fronted(left, axis) : axis);
    for (int axis : op.rhsBatch()) rightBatch.add(rightRows ? fronted(right, axis) : axis);
    List<Integer> leftSum = op.lhsSum().stream().map(a -> leftRows ? fronted(left, a) : a).toList();
    List<Integer> rightSum =
        op.rhsSum().stream().map(a -> rightRows ? fronted(right, a) : a).toList();
    Value product =
        into.emit(
            new Contraction.Dot(
                leftRows ? front(left) : left.value(),
                rightRows ? front(right) : right.value(),
                leftBatch,
                rightBatch,
                leftSum,
                rightSum,
                Optional.empty()),
            origin);
    int rows;
    if (leftRows && rightRows) rows = 0;
    else if (leftRows) rows = leftBatch.size();
    else rows = into.of(left.value()).rank() - leftSum.size();
    Image result = place(moved(product, rows, 0), shape);
    if (op.plus().isEmpty()) return result;
    // The term is rounded apart from the product here: `plus` must end like the result, rows do
    // not.
    Image term = images.apply(op.plus().get());
    int skipped = shape.rank() - plainType(term).rank();
    Image wide = broadcast(term, shape, axes(skipped, plainType(term).rank()));
    return emit(
            new Elementwise.Binary(Elementwise.BinaryKind.ADD, result.value(), wide.value()),
            value -> value.equals(result.value()) ? result : wide)
        .getFirst();
  }

  /// Where `axis` of a value is after {@link #front}, which has rows somewhere.
  private int fronted(Image image, int axis) {
    if (image.isPerRow()) return axis + 1;
    OptionalInt rows = Axes.rows(into.of(image.value()).shape());
    if (rows.isPresent() && rows.getAsInt() == axis) return 0;
    return rows.isEmpty() || axis < rows.getAsInt() ? axis + 1 : axis;
  }

  /// The value with one axis at another place, all others in order.
  Value moved(Value value, int from, int to) {
    if (from == to) return value;
    var order = new ArrayList<Integer>();
    for (int axis = 0; axis < into.of(value).rank(); axis++) {
      if (axis != from) order.add(axis);
    }
    order.add(to, from);
    return into.emit(new Layout.Permute(value, order), origin);
  }

  private static Shape withRows(Shape shape) {
    var dims = new ArrayList<Dim>();
    dims.add(Axes.ROWS);
    dims.addAll(shape.dims());
    return new Shape(dims);
  }

  private static List<Integer> shifted(List<Integer> axes) {
    return axes.stream().map(axis -> axis + 1).toList();
  }

  private static List<Integer> axes(int first, int count) {
    return IntStream.range(first, first + count).boxed().toList();
  }
}
