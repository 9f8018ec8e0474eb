package dune.passes.model;

import dune.ir.Contraction.Reduce;
import dune.ir.Contraction.ReduceKind;
import dune.ir.Elem;
import dune.ir.Elementwise.Binary;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Elementwise.Cast;
import dune.ir.Elementwise.Unary;
import dune.ir.Elementwise.UnaryKind;
import dune.ir.Function;
import dune.ir.FunctionBuilder;
import dune.ir.Layout.Broadcast;
import dune.ir.Layout.Concat;
import dune.ir.Layout.Permute;
import dune.ir.Layout.Slice;
import dune.ir.Op;
import dune.ir.Origin;
import dune.ir.Program;
import dune.ir.Shape;
import dune.ir.Source.Constant;
import dune.ir.Source.Fill;
import dune.ir.Source.Iota;
import dune.ir.Source.Size;
import dune.ir.Source.Table;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.dim.Dim;
import dune.ir.interpret.Array;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Random functions `step` that compute with the positions of steps, as derivation writes them, and
/// with what is no position: tokens, and how many steps there are.
public final class RandomPositions {
  private static final Dim B = Dim.named("B");
  private static final Dim T = Dim.named("T");
  private static final Shape STEPS = Shape.of(B, T);
  private static final Shape WIDE = Shape.of(B, T, Dim.of(2));

  private final Random random;
  private final FunctionBuilder builder = new FunctionBuilder();

  /// Values of `STEPS` and of `WIDE`, floats all.
  private final List<Value> narrow = new ArrayList<>();

  private final List<Value> wide = new ArrayList<>();

  private int line;

  private RandomPositions(long seed) {
    random = new Random(seed);
  }

  public static Program program(long seed) {
    return new RandomPositions(seed).program();
  }

  /// Numbers for a call of two rows, which fit into a capacity.
  public static Map<String, Array> inputs(Random random, int steps, int capacity) {
    var start = new double[2];
    var count = new double[2];
    for (int b = 0; b < 2; b++) {
      count[b] = random.nextInt(steps + 1);
      start[b] = random.nextInt(capacity - (int) count[b] + 1);
    }
    double[] tokens = random.doubles(2L * steps).map(x -> Math.floor(9 * x)).toArray();
    return Map.of(
        "tokens", Array.of(Elem.INT, new long[] {2, steps}, tokens),
        "start", Array.of(Elem.INT, new long[] {2}, start),
        "count", Array.of(Elem.INT, new long[] {2}, count));
  }

  private Program program() {
    Value tokens = builder.input("tokens", new Type(Elem.INT, STEPS));
    Value start = builder.input("start", Type.of(Elem.INT, B));
    Value count = builder.input("count", Type.of(Elem.INT, B));
    Value from = emit(new Broadcast(start, STEPS, List.of(0)));
    Value more = emit(new Broadcast(emit(new Iota(T)), STEPS, List.of(1)));
    Value total = emit(new Binary(BinaryKind.ADD, start, count));
    Value one = emit(new Constant(1, Elem.INT));
    Value zero = emit(new Constant(0, Elem.INT));
    Value before = emit(new Binary(BinaryKind.SUB, total, one));
    Value last = emit(new Binary(BinaryKind.MAX, before, zero));
    Value end = emit(new Broadcast(last, STEPS, List.of(0)));
    Value counted = emit(new Binary(BinaryKind.ADD, from, more));
    Value positions = emit(new Binary(BinaryKind.MIN, counted, end));
    for (int i = 0; i < 4; i++) narrow.add(emit(new Cast(positions, Elem.F64)));
    if (random.nextInt(3) == 0) narrow.add(emit(new Cast(tokens, Elem.F64)));
    if (random.nextInt(3) == 0) narrow.add(emit(new Cast(from, Elem.F64)));
    wide.add(widened(narrow.getFirst()));
    for (int i = 0; i < 12; i++) step();
    var outputs = new ArrayList<Function.Output>();
    for (Value value : wide.subList(wide.size() / 2, wide.size())) {
      outputs.add(new Function.Output("y" + outputs.size(), value));
    }
    outputs.add(new Function.Output("last", narrow.getLast()));
    return new Program(
        "Positions",
        List.of(),
        List.of(),
        List.of(builder.build("step", List.of("S"), outputs, List.of())));
  }

  private void step() {
    Value x = one(wide);
    switch (random.nextInt(12)) {
      case 0 -> narrow.add(emit(function(one(narrow))));
      case 1 -> wide.add(widened(one(narrow)));
      case 2 -> narrow.add(emit(new Reduce(ReduceKind.SUM, x, List.of(2))));
      case 3 -> wide.add(emit(new Binary(BinaryKind.MUL, x, repeated())));
      case 4 -> wide.add(emit(new Binary(BinaryKind.ADD, x, one(wide))));
      case 5 -> wide.add(emit(new Binary(BinaryKind.ADD, x, emit(new Fill(0.5, f64(WIDE))))));
      case 6 ->
          wide.add(emit(new Permute(emit(new Permute(x, List.of(1, 0, 2))), List.of(1, 0, 2))));
      case 7 -> {
        Dim one = Dim.of(1);
        Value second = emit(new Slice(x, 2, one, one, 1));
        Value first = emit(new Slice(x, 2, Dim.ZERO, one, 1));
        wide.add(emit(new Concat(List.of(second, first), 2)));
      }
      case 8 -> {
        Value length = emit(new Size(random.nextBoolean() ? Dim.named("S") : Dim.of(7), Elem.F64));
        wide.add(emit(new Binary(BinaryKind.DIV, x, length)));
      }
      default -> wide.add(emit(function(x)));
    }
  }

  /// Mostly one that is worth a table. None grows.
  private Op function(Value x) {
    return switch (random.nextInt(5)) {
      case 0 -> new Unary(UnaryKind.COS, x);
      case 1 -> new Unary(UnaryKind.SIN, x);
      case 2 -> new Unary(UnaryKind.TANH, x);
      case 3 -> new Unary(UnaryKind.NEG, x);
      default -> new Binary(BinaryKind.MUL, x, emit(new Constant(0.25, Elem.F64)));
    };
  }

  private Value widened(Value value) {
    return emit(new Broadcast(value, WIDE, List.of(0, 1)));
  }

  private Value repeated() {
    Value table = emit(new Table(List.of(1.0, 0.5), Elem.F64));
    return emit(new Broadcast(table, WIDE, List.of(2)));
  }

  private static Type f64(Shape shape) {
    return new Type(Elem.F64, shape);
  }

  private Value one(List<Value> values) {
    return values.get(random.nextInt(values.size()));
  }

  private Value emit(Op op) {
    return builder.emit(op, new Origin("std/random.dune", ++line, 1, "layers.0.rope"));
  }
}
