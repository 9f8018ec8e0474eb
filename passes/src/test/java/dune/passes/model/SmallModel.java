package dune.passes.model;

import static dune.passes.model.Sketch.B;
import static dune.passes.model.Sketch.S;
import static dune.passes.model.Sketch.T;

import dune.ir.Contraction.ReduceKind;
import dune.ir.Contraction.Top;
import dune.ir.Control.Dispatch;
import dune.ir.Control.Scan;
import dune.ir.Elem;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Elementwise.UnaryKind;
import dune.ir.Function;
import dune.ir.FunctionBuilder;
import dune.ir.Program;
import dune.ir.Shape;
import dune.ir.Source.Fill;
import dune.ir.Source.Iota;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.Weight;
import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/// A small transformer with every way of looking back that models have.
///
/// @param groups query heads per key head
/// @param windows one entry per layer: how many steps it looks back, or all
/// @param sinks first steps that windows keep in sight
public record SmallModel(
    int heads,
    int groups,
    List<OptionalInt> windows,
    int sinks,
    Places places,
    Mixing mixing,
    Recurrence recurrence,
    Feeding feeding) {
  public static final int VOCABULARY = 13;

  /// The most steps that a model with a table of positions can have.
  public static final int LONGEST = 24;

  private static final int K = 4;
  private static final double EPSILON = 1e-5;

  /// How a model knows where a step is.
  public enum Places {
    NONE,
    ROPE,
    ROPE_AFTER_CACHE,
    TABLE,
    SLOPES
  }

  /// How scores become a sum of values.
  public enum Mixing {
    SOFTMAX,
    /// With a learned score that is no key.
    SINK_LOGIT,
    /// Additive mask: scores plus 0 or -inf.
    BIAS,
    /// Scores as they are, masked with 0.
    LINEAR,
    /// Keys and values computed from one cached vector.
    LATENT,
    /// The same keys under two masks, each with values of its own.
    TWICE,
    /// Scores as `[B, S, KV, T, G]`, to have the axes elsewhere.
    TURNED
  }

  /// What else hands something on from step to step.
  public enum Recurrence {
    NONE,
    /// The step before.
    SHIFT,
    /// A decaying matrix per head, and how often it was changed.
    MATRIX,
    /// A state without rows, moved by positions.
    CLOCK
  }

  /// What each step does for itself.
  public enum Feeding {
    DENSE,
    /// The two best of three experts, which share a weight.
    EXPERTS,
    /// A loop that is not along time, over values of every step and over positions.
    LOOP
  }

  /// One that mixes by attention only.
  public static SmallModel attending(List<OptionalInt> windows, int sinks, Mixing mixing) {
    return new SmallModel(
        2, 2, windows, sinks, Places.ROPE, mixing, Recurrence.NONE, Feeding.DENSE);
  }

  private long width() {
    return (long) heads * groups * K;
  }

  public Program lower() {
    var builder = new FunctionBuilder();
    Map<String, Weight> weights = new LinkedHashMap<>();
    var model = new Sketch(builder, weights, "");
    Value tokens = builder.input("tokens", Type.of(Elem.INT, B, T));
    Value x = model.line(1).gather(model.weight("embed.weight", VOCABULARY, width()), tokens, 0);
    if (places == Places.TABLE) {
      Value table = model.line(2).weight("places.weight", LONGEST, width());
      Value place = model.gather(table, model.position(T), 0);
      x = model.add(x, model.spread(place, model.shape(x), 1, 2));
    }
    for (int i = 0; i < windows.size(); i++) {
      Sketch layer = model.in("layers." + i);
      x =
          layer.add(
              x, attention(layer.in("attn"), norm(layer.line(3), x, "norm1"), windows.get(i)));
      x = layer.add(x, recurrence(layer.in("mix"), norm(layer.line(4), x, "norm2")));
      x = layer.add(x, mlp(layer.in("mlp"), norm(layer.line(5), x, "norm3")));
    }
    Value logits = model.line(6).linear(norm(model, x, "norm"), "head.weight", VOCABULARY, width());
    Function forward =
        builder.build(
            "forward", List.of(), List.of(new Function.Output("logits", logits)), List.of());
    return new Program("Small", List.copyOf(weights.values()), List.of(), List.of(forward));
  }

  private Value norm(Sketch s, Value x, String name) {
    int last = s.shape(x).rank() - 1;
    Value mean = s.reduce(ReduceKind.MEAN, s.mul(x, x), last);
    Value scale = s.unary(UnaryKind.RSQRT, s.add(mean, s.number(EPSILON)));
    Value y = s.mul(x, s.spreadWithout(scale, s.shape(x), last));
    return s.mul(y, s.spreadLast(s.weight(name + ".weight", width()), s.shape(x)));
  }

  private Value mlp(Sketch s, Value x) {
    return switch (feeding) {
      case DENSE -> dense(s.line(50), x);
      case EXPERTS -> experts(s.line(51), x);
      case LOOP -> loop(s.line(52), x);
    };
  }

  private Value dense(Sketch s, Value x) {
    Value up = s.linear(x, "up.weight", 6, width());
    return s.linear(s.unary(UnaryKind.TANH, up), "down.weight", width(), 6);
  }

  private Value experts(Sketch s, Value x) {
    Value scores = s.linear(x, "gate.weight", 3, width());
    List<Value> best = s.builder().emitAll(new Top(scores, Dim.of(2)), s.origin());
    var captures = new ArrayList<List<Value>>();
    for (int e = 0; e < 3; e++) {
      captures.add(List.of(s.in("experts." + e).weight("up.weight", 6, width())));
    }
    Value down = s.weight("down.weight", width(), 6);
    Dim rows = Dim.named("rows");
    FunctionBuilder body =
        s.builder()
            .region(
                List.of(
                    Type.of(Elem.F64, rows, Dim.of(width())),
                    s.builder().of(captures.getFirst().getFirst())));
    Sketch in = s.in(body);
    Value up =
        in.dot(
            body.arguments().get(0),
            body.arguments().get(1),
            List.of(),
            List.of(),
            List.of(1),
            List.of(1));
    Value out =
        in.dot(in.unary(UnaryKind.TANH, up), down, List.of(), List.of(), List.of(1), List.of(1));
    var region = body.buildRegion(List.of(out));
    Value chosen = s.op(new Dispatch(x, best.get(1), captures, body.captured(), region));
    return s.dot(best.get(0), chosen, List.of(0, 1), List.of(0, 1), List.of(2), List.of(2));
  }

  /// Three rounds, in which a clock `[T]` goes round with the values.
  private Value loop(Sketch s, Value x) {
    Value clock = s.op(new Fill(1, Type.of(Elem.F64, T)));
    FunctionBuilder body = body(s, x, clock);
    Sketch in = s.in(body);
    Value values = body.arguments().get(1);
    Value round = in.cast(body.arguments().get(0), Elem.F64);
    Value turned =
        in.add(
            in.mul(body.arguments().get(2), in.number(0.5)),
            in.unary(UnaryKind.SIN, in.add(in.cast(in.position(T), Elem.F64), round)));
    Value next = in.unary(UnaryKind.TANH, in.add(values, in.spread(turned, s.shape(x), 1)));
    var region = body.buildRegion(List.of(next, turned, turned));
    List<Value> results =
        s.builder()
            .emitAll(new Scan(Dim.of(3), List.of(x, clock), body.captured(), region), s.origin());
    Value rounds = s.reduce(ReduceKind.SUM, results.get(2), 0);
    return s.mul(results.get(0), s.spread(rounds, s.shape(x), 1));
  }

  private Value attention(Sketch s, Value x, OptionalInt window) {
    Dim kv = Dim.of(heads);
    Dim g = Dim.of(groups);
    Dim k = Dim.of(K);
    Value q = s.line(10).linear(x, "q.weight", width(), width());
    q = s.reshape(q, B, T, Dim.of((long) heads * groups), k);
    if (places == Places.ROPE || places == Places.ROPE_AFTER_CACHE) q = rope(s, q, T);
    q = s.reshape(q, B, T, kv, g, k);
    Value keys;
    Value values;
    if (mixing == Mixing.LATENT) {
      Value latent = s.line(11).history(s.linear(x, "c.weight", 3, width()));
      keys = s.reshape(s.linear(latent, "kb.weight", (long) heads * K, 3), B, S, kv, k);
      values = s.reshape(s.linear(latent, "vb.weight", (long) heads * K, 3), B, S, kv, k);
      if (places == Places.ROPE) keys = rope(s, keys, S);
    } else {
      keys = s.reshape(s.linear(x, "k.weight", (long) heads * K, width()), B, T, kv, k);
      values = s.reshape(s.linear(x, "v.weight", (long) heads * K, width()), B, T, kv, k);
      if (places == Places.ROPE) keys = rope(s, keys, T);
      keys = s.line(12).history(keys);
      values = s.history(values);
    }
    if (places == Places.ROPE_AFTER_CACHE && mixing != Mixing.LATENT) keys = rope(s, keys, S);

    // [B, KV, T, G, S], then by name.
    Value scores = s.line(13).dot(q, keys, List.of(0, 2), List.of(0, 2), List.of(4), List.of(3));
    scores = s.permute(s.mul(scores, s.number(0.5)), 0, 2, 1, 3, 4);
    if (places == Places.SLOPES) scores = slopes(s.line(14), scores);
    Value mixed =
        mixing == Mixing.TURNED
            ? turned(s, scores, values, window)
            : mixed(s, scores, values, window);
    if (mixing == Mixing.TWICE) {
      Value others = s.reshape(s.linear(x, "w.weight", (long) heads * K, width()), B, T, kv, k);
      Value near = mixed(s, scores, s.history(others), OptionalInt.of(2));
      mixed = s.add(mixed, near);
    }
    mixed = s.reshape(s.permute(mixed, 0, 2, 1, 3, 4), B, T, Dim.of(width()));
    return s.line(19).linear(mixed, "o.weight", width(), width());
  }

  private Value mixed(Sketch s, Value scores, Value values, OptionalInt window) {
    Shape shape = s.shape(scores);
    Value mask = s.line(15).spread(mask(s, window), shape, 1, 4);
    Value weights =
        switch (mixing) {
          case LINEAR -> s.select(mask, scores, s.number(0));
          case BIAS -> {
            Value bias = s.select(mask(s, window), s.number(0), s.number(Double.NEGATIVE_INFINITY));
            yield softmax(s, s.add(scores, s.spread(bias, shape, 1, 4)), 4);
          }
          case SINK_LOGIT -> {
            Value z = s.select(mask, scores, s.number(Double.NEGATIVE_INFINITY));
            Value sink = s.weight("sink", heads, groups);
            Value top = s.reduce(ReduceKind.MAX, z, 4);
            Value wide = s.spread(sink, s.shape(top), 2, 3);
            top = s.binary(BinaryKind.MAX, top, wide);
            Value e = s.line(16).unary(UnaryKind.EXP, s.sub(z, s.spreadWithout(top, shape, 4)));
            Value sum =
                s.add(s.reduce(ReduceKind.SUM, e, 4), s.unary(UnaryKind.EXP, s.sub(wide, top)));
            yield s.div(e, s.spreadWithout(sum, shape, 4));
          }
          case SOFTMAX, LATENT, TWICE ->
              softmax(s.line(16), s.select(mask, scores, s.number(Double.NEGATIVE_INFINITY)), 4);
          case TURNED -> throw new IllegalStateException();
        };
    // [B, KV, T, G, K]
    return s.line(17).dot(weights, values, List.of(0, 2), List.of(0, 2), List.of(4), List.of(1));
  }

  private Value turned(Sketch s, Value scores, Value values, OptionalInt window) {
    Value other = s.permute(scores, 0, 4, 2, 1, 3);
    Shape shape = s.shape(other);
    Value mask = s.spread(s.permute(mask(s, window), 1, 0), shape, 1, 3);
    Value z = s.select(mask, other, s.number(Double.NEGATIVE_INFINITY));
    return s.dot(softmax(s, z, 1), values, List.of(0, 2), List.of(0, 2), List.of(1), List.of(1));
  }

  private static Value softmax(Sketch s, Value z, int axis) {
    Shape shape = s.shape(z);
    Value top = s.reduce(ReduceKind.MAX, z, axis);
    Value e = s.unary(UnaryKind.EXP, s.sub(z, s.spreadWithout(top, shape, axis)));
    return s.div(e, s.spreadWithout(s.reduce(ReduceKind.SUM, e, axis), shape, axis));
  }

  /// `key <= query and (key < sinks or query - key < window)`: `bool[T, S]`
  private Value mask(Sketch s, OptionalInt window) {
    Shape pairs = Shape.of(T, S);
    Value query = s.spread(s.position(T), pairs, 0);
    Value key = s.spread(s.position(S), pairs, 1);
    Value mask = s.binary(BinaryKind.LE, key, query);
    if (window.isEmpty()) return mask;
    Value near = s.binary(BinaryKind.LT, s.sub(query, key), s.count(window.getAsInt()));
    if (sinks > 0)
      near = s.binary(BinaryKind.OR, s.binary(BinaryKind.LT, key, s.count(sinks)), near);
    return s.binary(BinaryKind.AND, mask, near);
  }

  private Value slopes(Sketch s, Value scores) {
    Shape pairs = Shape.of(T, S);
    Value distance = s.sub(s.spread(s.position(S), pairs, 1), s.spread(s.position(T), pairs, 0));
    Value slope = s.weight("slopes", heads, groups);
    Shape shape = s.shape(scores);
    Value bias =
        s.mul(s.spread(slope, shape, 2, 3), s.spread(s.cast(distance, Elem.F64), shape, 1, 4));
    return s.add(scores, bias);
  }

  /// Turns pairs `(i, i + K / 2)` of `x: [B, axis, N, K]`.
  private static Value rope(Sketch s, Value x, Dim axis) {
    Shape shape = s.shape(x);
    Value steps = s.cast(s.position(axis), Elem.F64);
    Value pair = s.cast(s.op(new Iota(Dim.of(K / 2))), Elem.F64);
    Value f = s.binary(BinaryKind.POW, s.number(100), s.mul(pair, s.number(-2.0 / K)));
    Shape angles = Shape.of(axis, Dim.of(K / 2));
    Value angle = s.mul(s.spread(steps, angles, 0), s.spread(f, angles, 1));
    Dim two = Dim.of(2);
    Value y = s.reshape(x, B, axis, shape.get(2), two, Dim.of(K / 2));
    Shape halves = s.shape(y);
    Value cos = s.spread(s.unary(UnaryKind.COS, angle), halves, 1, 4);
    Value sin = s.spread(s.unary(UnaryKind.SIN, angle), halves, 1, 4);
    Value a = s.slice(y, 3, 0, 1);
    Value b = s.slice(y, 3, 1, 1);
    Value turned = s.concat(3, s.unary(UnaryKind.NEG, b), a);
    Value sum = s.add(s.mul(y, cos), s.mul(turned, sin));
    return s.reshape(sum, B, axis, shape.get(2), Dim.of(K));
  }

  private Value recurrence(Sketch s, Value x) {
    return switch (recurrence) {
      case NONE -> s.mul(x, s.number(0.1));
      case SHIFT -> shift(s.line(30), x);
      case MATRIX -> matrix(s.line(31), x);
      case CLOCK -> clock(s.line(32), x);
    };
  }

  private Value shift(Sketch s, Value x) {
    Value zeros = s.op(new Fill(0, Type.of(Elem.F64, B, Dim.of(width()))));
    FunctionBuilder body = body(s, zeros);
    Sketch in = s.in(body);
    Value now = in.gather(x, body.arguments().get(0), 1);
    Value before = body.arguments().get(1);
    return s.permute(scan(s, List.of(zeros), body, List.of(now, before)).get(1), 1, 0, 2);
  }

  /// `state = decay * state + x outer x`, `out = state @ x * count`, with a state `[D, B, D]`.
  private Value matrix(Sketch s, Value x) {
    Dim d = Dim.of(width());
    Value begin = s.op(new Fill(0.25, Type.of(Elem.F64, d, B, d)));
    Value seen = s.count(1);
    FunctionBuilder body = body(s, begin, seen);
    Sketch in = s.in(body);
    Value now = in.mul(in.gather(x, body.arguments().get(0), 1), in.number(0.3));
    Value state = body.arguments().get(1);
    Value seenNow = in.add(body.arguments().get(2), in.count(1));
    Value outer =
        in.permute(in.dot(now, now, List.of(0), List.of(0), List.of(), List.of()), 1, 0, 2);
    Value kept = in.add(in.mul(state, in.number(0.7)), outer);
    Value out = in.dot(kept, now, List.of(1), List.of(0), List.of(2), List.of(1));
    Value scaled = in.div(out, in.cast(seenNow, Elem.F64));
    List<Value> results = scan(s, List.of(begin, seen), body, List.of(kept, seenNow, scaled));
    return s.permute(results.get(2), 1, 0, 2);
  }

  /// A state `[D]` that knows nothing of rows, and steps used as numbers.
  private Value clock(Sketch s, Value x) {
    Value begin = s.weight("begin", width());
    Value paces = s.weight("paces", LONGEST);
    FunctionBuilder body = body(s, begin);
    Sketch in = s.in(body);
    Value step = body.arguments().get(0);
    Value place = in.gather(s.position(T), step, 0);
    Value pace = in.unary(UnaryKind.SIN, in.cast(in.add(step, place), Elem.F64));
    pace = in.mul(pace, in.gather(paces, step, 0));
    Value state = in.add(in.mul(body.arguments().get(1), in.number(0.9)), pace);
    List<Value> results = scan(s, List.of(begin), body, List.of(state, state));
    return s.mul(x, s.spread(results.get(1), s.shape(x), 1, 2));
  }

  private static FunctionBuilder body(Sketch s, Value... initial) {
    var types = new ArrayList<Type>();
    types.add(Type.scalar(Elem.INT));
    for (Value value : initial) types.add(s.builder().of(value));
    return s.builder().region(types);
  }

  private static List<Value> scan(
      Sketch s, List<Value> initial, FunctionBuilder body, List<Value> results) {
    var region = body.buildRegion(results);
    return s.builder().emitAll(new Scan(T, initial, body.captured(), region), s.origin());
  }
}
