package dune.backend.torch.emit;

import dune.ir.Contraction.Dot;
import dune.ir.Control.Fused;
import dune.ir.Control.FusedKind;
import dune.ir.Elem;
import dune.ir.Elementwise.Binary;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Elementwise.Cast;
import dune.ir.Elementwise.Select;
import dune.ir.Elementwise.Unary;
import dune.ir.Elementwise.UnaryKind;
import dune.ir.FunctionBuilder;
import dune.ir.Layout.Broadcast;
import dune.ir.Layout.Permute;
import dune.ir.Op;
import dune.ir.Origin;
import dune.ir.Shape;
import dune.ir.Source;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.dim.Dim;
import dune.ir.interpret.Array;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/// Cases of fused attention: every kind, over masks of one row and of all, for all steps and one,
/// over few keys and over more than are attended to at once, with masks that are given and such
/// that are made of positions.
final class AttentionCases {
  private static final double SCALE = 0.5;
  private static final double CAP = 1.5;

  /// How far back a query sees. Where there are many keys, none of the first is allowed to some.
  private static final long WINDOW = 700;

  private static final List<FusedKind> KINDS =
      List.of(
          FusedKind.ATTENTION,
          FusedKind.CAPPED_ATTENTION,
          FusedKind.BIASED_ATTENTION,
          FusedKind.SINKING_ATTENTION);

  private final SampleBuilder s;
  private final Elem elem;
  private final FusedKind kind;
  private final Type queries;
  private final String keys;
  private final Shape scores;

  private AttentionCases(SampleBuilder s, Elem elem, FusedKind kind, String queries, String keys) {
    this.s = s;
    this.elem = elem;
    this.kind = kind;
    this.queries = SampleBuilder.type(elem, queries);
    this.keys = keys;
    this.scores =
        SampleBuilder.type(elem, queries.substring(0, queries.lastIndexOf(' ')) + " " + keys)
            .shape();
  }

  static void add(List<OperationsTest.Case> cases, Elem elem) {
    add(cases, elem, "B T 3 2 8", "B T", "S");
    add(cases, elem, "B T 3 2 8", "T", "S");
    add(cases, elem, "B T 3 2 8", "B T", "5");
    add(cases, elem, "1 T 3 2 8", "1 T", "S");
    add(cases, elem, "1 1 3 2 8", "1 1", "S");
    add(cases, elem, "B ONE 3 2 8", "B ONE", "S");
    add(cases, elem, "B ONE 3 2 8", "B ONE", "5");
    add(cases, elem, "B 3 2 8", "B", "S");
    add(cases, elem, "B 3 2 8", "", "S");
    add(cases, elem, "1 3 2 8", "1", "S");
  }

  /// Over more keys than are attended to at once.
  static void addLong(List<OperationsTest.Case> cases, Elem elem) {
    add(cases, elem, "B ONE 3 2 8", "B ONE", "M");
    add(cases, elem, "B 3 2 8", "B", "M");
    add(cases, elem, "B 3 2 8", "", "M");
  }

  private static void add(
      List<OperationsTest.Case> cases, Elem elem, String queries, String steps, String keys) {
    for (FusedKind kind : KINDS) {
      for (boolean given : List.of(true, false)) {
        add(cases, elem, kind, queries, steps, keys, given);
      }
    }
  }

  /// @param queries their shape
  /// @param steps for which the mask differs
  /// @param given whether the body takes the mask, or what it is made of
  private static void add(
      List<OperationsTest.Case> cases,
      Elem elem,
      FusedKind kind,
      String queries,
      String steps,
      String keys,
      boolean given) {
    OperationsTest.add(
        cases,
        "%s of [%s] over [%s] by [%s] %s %s"
            .formatted(kind, queries, keys, steps, given ? "given" : "made", elem),
        s -> new AttentionCases(s, elem, kind, queries, keys).build(queries, steps, given));
  }

  private void build(String queryShape, String steps, boolean given) {
    Value q = s.input(elem, queryShape);
    String batch = queryShape.substring(0, 1);
    var operands = new ArrayList<>(List.of(q));
    operands.add(s.input(elem, "%s %s 3 8".formatted(batch, keys)));
    operands.add(s.input(elem, "%s %s 3 8".formatted(batch, keys)));
    operands.add(s.emit(new Source.Constant(SCALE, elem)));
    if (kind == FusedKind.CAPPED_ATTENTION) operands.add(s.emit(new Source.Constant(CAP, elem)));
    if (kind == FusedKind.SINKING_ATTENTION) operands.add(s.input(elem, "3 2"));
    int rest = operands.size();
    Value limit = limit(SampleBuilder.type(Elem.INT, steps));
    operands.add(given ? mask(limit, s.builder) : limit);
    if (kind == FusedKind.BIASED_ATTENTION) {
      Value slopes = slopes(steps.startsWith("B"));
      operands.add(given ? bias(slopes, s.builder) : slopes);
    }
    FunctionBuilder body = s.builder.region(operands.stream().map(s.builder::of).toList());
    List<Value> own = body.arguments();
    Value allowed = region(own.get(rest), given ? (x, _) -> x : this::mask, body);
    Optional<Value> bias =
        kind == FusedKind.BIASED_ATTENTION
            ? Optional.of(region(own.get(rest + 1), given ? (x, _) -> x : this::bias, body))
            : Optional.empty();
    Value result = meaning(own, allowed, bias, body);
    s.output(s.emit(new Fused(kind, operands, body.buildRegion(List.of(result)))));
  }

  private static Value region(
      Value operand, BiFunction<Value, FunctionBuilder, Value> make, FunctionBuilder into) {
    FunctionBuilder body = into.region(List.of(into.of(operand)));
    Value result = make.apply(body.arguments().getFirst(), body);
    return emit(
        into, new Fused(FusedKind.REGION, List.of(operand), body.buildRegion(List.of(result))));
  }

  /// The last key that each step sees.
  private Value limit(Type type) {
    long count = SampleBuilder.type(Elem.INT, keys).shape().evaluate(SampleBuilder.SIZES)[0];
    long[] shape = type.shape().evaluate(SampleBuilder.SIZES);
    double[] limits = new double[(int) LongStream.of(shape).reduce(1, (a, b) -> a * b)];
    for (int i = 0; i < limits.length; i++) limits[i] = i % 2 == 0 ? count - 1 : i % count;
    return s.input(type, Array.of(Elem.INT, shape, limits));
  }

  /// Keys up to the limit, and none too far back: at least one.
  private Value mask(Value limit, FunctionBuilder into) {
    Type steps = into.of(limit);
    var dims = new ArrayList<>(steps.shape().dims());
    dims.add(Dim.parse(keys));
    var shape = new Shape(dims);
    Value key = emit(into, new Source.Iota(Dim.parse(keys)));
    Value repeated = emit(into, new Broadcast(key, shape, List.of(steps.rank())));
    List<Integer> lead = IntStream.range(0, steps.rank()).boxed().toList();
    Value limits = emit(into, new Broadcast(limit, shape, lead));
    Value window = emit(into, new Source.Constant(WINDOW, Elem.INT));
    Value past = emit(into, new Binary(BinaryKind.LE, repeated, limits));
    Value distance = emit(into, new Binary(BinaryKind.SUB, limits, repeated));
    Value near = emit(into, new Binary(BinaryKind.LT, distance, window));
    return emit(into, new Binary(BinaryKind.AND, past, near));
  }

  /// For each head and step, and perhaps row, how much a key counts for its place, in f32 at least.
  private Value slopes(boolean ofRows) {
    Elem wide = elem.bytes() >= 4 ? elem : Elem.F32;
    List<Dim> dims = scores.dims().subList(ofRows ? 0 : 1, scores.rank() - 1);
    var type = new Type(wide, new Shape(dims));
    return s.input(type, s.array(type, -1, 1));
  }

  private Value bias(Value slopes, FunctionBuilder into) {
    Type type = into.of(slopes);
    Value key = emit(into, new Cast(emit(into, new Source.Iota(Dim.parse(keys))), type.elem()));
    Value place = emit(into, new Broadcast(key, scores, List.of(scores.rank() - 1)));
    int first = scores.rank() - 1 - type.rank();
    List<Integer> lead = IntStream.range(first, scores.rank() - 1).boxed().toList();
    Value slope = emit(into, new Broadcast(slopes, scores, lead));
    Value sine = emit(into, new Unary(UnaryKind.SIN, place));
    return emit(into, new Binary(BinaryKind.MUL, slope, sine));
  }

  private Value meaning(
      List<Value> own, Value allowed, Optional<Value> bias, FunctionBuilder body) {
    int rank = queries.rank();
    Value raw = emit(body, perHead(own.get(0), own.get(1), 3));
    Value ordered = rank == 5 ? emit(body, new Permute(raw, List.of(0, 2, 1, 3, 4))) : raw;
    Value scaled = emit(body, new Binary(BinaryKind.MUL, ordered, own.get(3)));
    Value capped = kind == FusedKind.CAPPED_ATTENTION ? capped(scaled, own.get(4), body) : scaled;
    Value precise = elem.bytes() >= 4 ? capped : emit(body, new Cast(capped, Elem.F32));
    Value sum = bias.map(each -> FusedBodies.add(precise, each, body)).orElse(precise);
    List<Integer> axes =
        IntStream.range(0, rank)
            .filter(axis -> axis < rank - 3 || axis == rank - 1)
            .boxed()
            .toList();
    if (body.of(allowed).rank() < axes.size()) axes = axes.subList(1, axes.size());
    Value permitted = emit(body, new Broadcast(allowed, scores, axes));
    Value never =
        emit(body, new Source.Constant(Double.NEGATIVE_INFINITY, body.of(precise).elem()));
    Value masked = emit(body, new Select(permitted, sum, never));
    Value share =
        kind == FusedKind.SINKING_ATTENTION
            ? FusedBodies.sinkingSoftmax(masked, own.get(4), body)
            : FusedBodies.softmax(masked, body);
    Value rounded = elem.bytes() >= 4 ? share : emit(body, new Cast(share, elem));
    return emit(body, perHead(rounded, own.get(2), 1));
  }

  private static Value capped(Value scores, Value cap, FunctionBuilder body) {
    Value quotient = emit(body, new Binary(BinaryKind.DIV, scores, cap));
    Value bounded = emit(body, new Unary(UnaryKind.TANH, quotient));
    return emit(body, new Binary(BinaryKind.MUL, bounded, cap));
  }

  private Dot perHead(Value lhs, Value rhs, int summed) {
    int rank = queries.rank();
    return new Dot(
        lhs,
        rhs,
        List.of(0, rank - 3),
        List.of(0, 2),
        List.of(rank - 1),
        List.of(summed),
        Optional.empty());
  }

  private static Value emit(FunctionBuilder body, Op op) {
    return body.emit(op, Origin.NONE);
  }
}
