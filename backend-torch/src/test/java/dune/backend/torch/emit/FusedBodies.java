package dune.backend.torch.emit;

import dune.ir.Contraction.Reduce;
import dune.ir.Contraction.ReduceKind;
import dune.ir.Elem;
import dune.ir.Elementwise.Binary;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Elementwise.Cast;
import dune.ir.Elementwise.Unary;
import dune.ir.Elementwise.UnaryKind;
import dune.ir.FunctionBuilder;
import dune.ir.Layout.Broadcast;
import dune.ir.Layout.Concat;
import dune.ir.Layout.Slice;
import dune.ir.Op;
import dune.ir.Origin;
import dune.ir.Source;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// What groups mean, written in primitives: computed in f32 at least, and rounded once.
final class FusedBodies {
  private FusedBodies() {}

  static Value activation(String name, Value x, FunctionBuilder body) {
    Value y = wide(x, body);
    Value result =
        switch (name) {
          case "silu" -> {
            Value power = unary(UnaryKind.EXP, unary(UnaryKind.NEG, y, body), body);
            Value one = number(1, y, body);
            yield mul(y, binary(BinaryKind.DIV, one, add(power, one, body), body), body);
          }
          case "relu" -> binary(BinaryKind.MAX, y, number(0, y, body), body);
          case "gelu" -> {
            Value root = number(Math.sqrt(2), y, body);
            Value share = unary(UnaryKind.ERF, binary(BinaryKind.DIV, y, root, body), body);
            yield halved(y, share, body);
          }
          default -> {
            Value cube = mul(mul(y, y, body), y, body);
            Value inner = add(y, mul(cube, number(0.044715, y, body), body), body);
            Value scaled = mul(inner, number(Math.sqrt(2 / Math.PI), y, body), body);
            yield halved(y, unary(UnaryKind.TANH, scaled, body), body);
          }
        };
    return narrow(result, x, body);
  }

  private static Value halved(Value y, Value share, FunctionBuilder body) {
    Value half = mul(y, number(0.5, y, body), body);
    return mul(half, add(share, number(1, y, body), body), body);
  }

  static Value softmax(Value x, FunctionBuilder body) {
    Value shifted = binary(BinaryKind.SUB, x, along(ReduceKind.MAX, x, body), body);
    Value power = unary(UnaryKind.EXP, shifted, body);
    return binary(BinaryKind.DIV, power, along(ReduceKind.SUM, power, body), body);
  }

  /// A softmax to which a further score for each head belongs.
  static Value sinkingSoftmax(Value x, Value sinks, FunctionBuilder body) {
    Value most = emit(body, new Reduce(ReduceKind.MAX, x, last(x, body)));
    Type lead = body.of(most);
    List<Integer> heads = List.of(lead.rank() - 2, lead.rank() - 1);
    Value sink = emit(body, new Broadcast(wide(sinks, body), lead.shape(), heads));
    Value largest = binary(BinaryKind.MAX, most, sink, body);
    Value shifted = binary(BinaryKind.SUB, x, repeated(largest, x, body), body);
    Value power = unary(UnaryKind.EXP, shifted, body);
    Value sum = emit(body, new Reduce(ReduceKind.SUM, power, last(x, body)));
    Value rest = unary(UnaryKind.EXP, binary(BinaryKind.SUB, sink, largest, body), body);
    return binary(BinaryKind.DIV, power, repeated(add(sum, rest, body), x, body), body);
  }

  static Value rmsNorm(Value x, Value weight, Value eps, FunctionBuilder body) {
    Value y = wide(x, body);
    return mul(narrow(normed(y, eps, body), x, body), vector(weight, x, body), body);
  }

  static Value layerNorm(
      Value x, Value weight, Value eps, Optional<Value> bias, FunctionBuilder body) {
    Value y = wide(x, body);
    Value centred = binary(BinaryKind.SUB, y, along(ReduceKind.MEAN, y, body), body);
    Value scaled = mul(normed(centred, eps, body), vector(wide(weight, body), x, body), body);
    Value shifted =
        bias.map(term -> add(scaled, vector(wide(term, body), x, body), body)).orElse(scaled);
    return narrow(shifted, x, body);
  }

  private static Value normed(Value y, Value eps, FunctionBuilder body) {
    Value mean = emit(body, new Reduce(ReduceKind.MEAN, mul(y, y, body), last(y, body)));
    Value factor = unary(UnaryKind.RSQRT, add(mean, eps, body), body);
    return mul(y, repeated(factor, y, body), body);
  }

  /// @param axis along which the halves lie
  /// @param axes of `x` that `cos` and `sin` have
  static Value rotary(
      Value x, Value cos, Value sin, int axis, List<Integer> axes, FunctionBuilder body) {
    Type type = body.of(x);
    Dim half = Dim.of(type.dim(axis).size().orElseThrow() / 2);
    Value a = emit(body, new Slice(x, axis, Dim.ZERO, half, 1));
    Value b = emit(body, new Slice(x, axis, half, half, 1));
    Value turned = emit(body, new Concat(List.of(unary(UnaryKind.NEG, b, body), a), axis));
    Value c = emit(body, new Broadcast(cos, type.shape(), axes));
    Value s = emit(body, new Broadcast(sin, type.shape(), axes));
    return add(mul(x, c, body), mul(turned, s, body), body);
  }

  static Value add(Value x, Value y, FunctionBuilder body) {
    return binary(BinaryKind.ADD, x, y, body);
  }

  static Value mul(Value x, Value y, FunctionBuilder body) {
    return binary(BinaryKind.MUL, x, y, body);
  }

  private static Value binary(BinaryKind kind, Value x, Value y, FunctionBuilder body) {
    return emit(body, new Binary(kind, x, y));
  }

  private static Value unary(UnaryKind kind, Value x, FunctionBuilder body) {
    return emit(body, new Unary(kind, x));
  }

  private static Value number(double value, Value like, FunctionBuilder body) {
    return emit(body, new Source.Constant(value, body.of(like).elem()));
  }

  private static Value wide(Value x, FunctionBuilder body) {
    return body.of(x).elem().bytes() >= 4 ? x : emit(body, new Cast(x, Elem.F32));
  }

  private static Value narrow(Value y, Value like, FunctionBuilder body) {
    Elem elem = body.of(like).elem();
    return body.of(y).elem() == elem ? y : emit(body, new Cast(y, elem));
  }

  private static Value along(ReduceKind kind, Value x, FunctionBuilder body) {
    return repeated(emit(body, new Reduce(kind, x, last(x, body))), x, body);
  }

  private static Value repeated(Value folded, Value like, FunctionBuilder body) {
    List<Integer> lead = IntStream.range(0, body.of(like).rank() - 1).boxed().toList();
    return emit(body, new Broadcast(folded, body.of(like).shape(), lead));
  }

  private static Value vector(Value value, Value like, FunctionBuilder body) {
    return emit(body, new Broadcast(value, body.of(like).shape(), last(like, body)));
  }

  private static List<Integer> last(Value x, FunctionBuilder body) {
    return List.of(body.of(x).rank() - 1);
  }

  private static Value emit(FunctionBuilder body, Op op) {
    return body.emit(op, Origin.NONE);
  }
}
