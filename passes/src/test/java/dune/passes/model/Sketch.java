package dune.passes.model;

import dune.ir.Contraction.Dot;
import dune.ir.Contraction.Reduce;
import dune.ir.Contraction.ReduceKind;
import dune.ir.Elem;
import dune.ir.Elementwise.Binary;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Elementwise.Cast;
import dune.ir.Elementwise.Select;
import dune.ir.Elementwise.Unary;
import dune.ir.Elementwise.UnaryKind;
import dune.ir.FunctionBuilder;
import dune.ir.Indexing.Gather;
import dune.ir.Initializer;
import dune.ir.Layout.Broadcast;
import dune.ir.Layout.Concat;
import dune.ir.Layout.History;
import dune.ir.Layout.Permute;
import dune.ir.Layout.Reshape;
import dune.ir.Layout.Slice;
import dune.ir.Op;
import dune.ir.Origin;
import dune.ir.Shape;
import dune.ir.Source.Constant;
import dune.ir.Source.Position;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.Weight;
import dune.ir.dim.Dim;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/// Short forms for building functions by hand. Every operation gets the line that was announced
/// last.
public final class Sketch {
  public static final Dim B = Dim.named("B");
  public static final Dim T = Dim.named("T");
  public static final Dim S = Dim.named("S");

  private final FunctionBuilder builder;
  private final Map<String, Weight> weights;
  private final String path;
  private int line;

  public Sketch(FunctionBuilder builder, Map<String, Weight> weights, String path) {
    this.builder = builder;
    this.weights = weights;
    this.path = path;
  }

  /// The same, for a block of the model.
  public Sketch in(String block) {
    return new Sketch(builder, weights, path.isEmpty() ? block : path + "." + block);
  }

  /// The same, for the body of an operation.
  public Sketch in(FunctionBuilder region) {
    var inside = new Sketch(region, weights, path);
    inside.line = line;
    return inside;
  }

  public Sketch line(int number) {
    line = number;
    return this;
  }

  public Origin origin() {
    return new Origin("model.dune", line, 1, path);
  }

  public FunctionBuilder builder() {
    return builder;
  }

  public Value op(Op op) {
    return builder.emit(op, origin());
  }

  public Shape shape(Value value) {
    return builder.of(value).shape();
  }

  public Value number(double number) {
    return op(new Constant(number, Elem.F64));
  }

  public Value count(long number) {
    return op(new Constant(number, Elem.INT));
  }

  public Value weight(String name, long... sizes) {
    String member = path.isEmpty() ? name : path + "." + name;
    Type type = new Type(Elem.F64, Shape.of(sizes));
    weights.putIfAbsent(
        member, new Weight(member, type, new Initializer.Normal(1), Optional.empty(), origin()));
    return op(new dune.ir.Source.Weight(member, type));
  }

  public Value position(Dim axis) {
    return op(new Position(axis));
  }

  public Value unary(UnaryKind kind, Value x) {
    return op(new Unary(kind, x));
  }

  public Value binary(BinaryKind kind, Value a, Value b) {
    return op(new Binary(kind, a, b));
  }

  public Value add(Value a, Value b) {
    return binary(BinaryKind.ADD, a, b);
  }

  public Value sub(Value a, Value b) {
    return binary(BinaryKind.SUB, a, b);
  }

  public Value mul(Value a, Value b) {
    return binary(BinaryKind.MUL, a, b);
  }

  public Value div(Value a, Value b) {
    return binary(BinaryKind.DIV, a, b);
  }

  public Value select(Value condition, Value then, Value otherwise) {
    return op(new Select(condition, then, otherwise));
  }

  public Value cast(Value x, Elem elem) {
    return op(new Cast(x, elem));
  }

  public Value reduce(ReduceKind kind, Value x, int axis) {
    return op(new Reduce(kind, x, List.of(axis)));
  }

  public Value reshape(Value x, Dim... dims) {
    return op(new Reshape(x, Shape.of(dims)));
  }

  public Value permute(Value x, Integer... order) {
    return op(new Permute(x, List.of(order)));
  }

  /// `x` with its axes at `axes` of a shape.
  public Value spread(Value x, Shape shape, Integer... axes) {
    return op(new Broadcast(x, shape, List.of(axes)));
  }

  /// `x`, whose axis is missing in the shape, spread along it.
  public Value spreadWithout(Value x, Shape shape, int missing) {
    return op(
        new Broadcast(
            x,
            shape,
            IntStream.range(0, shape.rank()).filter(axis -> axis != missing).boxed().toList()));
  }

  /// `x`, spread along all axes but the last ones.
  public Value spreadLast(Value x, Shape shape) {
    int skipped = shape.rank() - shape(x).rank();
    return op(new Broadcast(x, shape, IntStream.range(skipped, shape.rank()).boxed().toList()));
  }

  public Value slice(Value x, int axis, long start, long size) {
    return op(new Slice(x, axis, Dim.of(start), Dim.of(size), 1));
  }

  public Value concat(int axis, Value... parts) {
    return op(new Concat(List.of(parts), axis));
  }

  public Value gather(Value x, Value indices, int axis) {
    return op(new Gather(x, indices, axis, 0));
  }

  public Value dot(
      Value a,
      Value b,
      List<Integer> batchA,
      List<Integer> batchB,
      List<Integer> sumA,
      List<Integer> sumB) {
    return op(new Dot(a, b, batchA, batchB, sumA, sumB, Optional.empty()));
  }

  /// `x @ weight^T`, over the last axis of both.
  public Value linear(Value x, String name, long out, long in) {
    int last = shape(x).rank() - 1;
    return dot(x, weight(name, out, in), List.of(), List.of(), List.of(last), List.of(1));
  }

  /// `x[T -> S]`
  public Value history(Value x) {
    return op(new History(x, shape(x).dims().indexOf(T), S));
  }
}
