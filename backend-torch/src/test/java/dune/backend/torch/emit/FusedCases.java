package dune.backend.torch.emit;

import dune.ir.Contraction.Dot;
import dune.ir.Control.Fused;
import dune.ir.Control.FusedKind;
import dune.ir.Elem;
import dune.ir.FunctionBuilder;
import dune.ir.Layout.Concat;
import dune.ir.Origin;
import dune.ir.Source;
import dune.ir.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/// Cases of groups that libtorch has a kernel for, whose meaning is that of their bodies.
final class FusedCases {
  private FusedCases() {}

  static void add(List<OperationsTest.Case> cases, Elem elem) {
    var activations = List.of("silu", "gelu", "gelu_tanh");
    var alone = List.of(FusedKind.SILU, FusedKind.GELU, FusedKind.GELU_TANH);
    var gates = List.of(FusedKind.SWIGLU, FusedKind.GEGLU, FusedKind.GEGLU_TANH);
    for (int i = 0; i < activations.size(); i++) {
      String name = activations.get(i);
      FusedKind activation = alone.get(i);
      FusedKind gate = gates.get(i);
      OperationsTest.add(
          cases,
          name + " " + elem,
          s ->
              fused(
                  s,
                  activation,
                  List.of(s.input(elem, "B T 4")),
                  (own, body) -> List.of(FusedBodies.activation(name, own.getFirst(), body))));
      OperationsTest.add(
          cases,
          "gate of " + name + " " + elem,
          s ->
              fused(
                  s,
                  gate,
                  List.of(s.input(elem, "B T 4"), s.input(elem, "B T 4")),
                  (own, body) -> {
                    Value act = FusedBodies.activation(name, own.getFirst(), body);
                    return List.of(FusedBodies.mul(act, own.getLast(), body));
                  }));
    }
    linear(cases, "silu", FusedKind.LINEAR_SILU, elem);
    linear(cases, "gelu", FusedKind.LINEAR_GELU, elem);
    linear(cases, "gelu_tanh", FusedKind.LINEAR_GELU_TANH, elem);
    linear(cases, "relu", FusedKind.LINEAR_RELU, elem);
    OperationsTest.add(
        cases,
        "softmax " + elem,
        s ->
            fused(
                s,
                FusedKind.SOFTMAX,
                List.of(s.input(elem, "B T 5")),
                (own, body) -> List.of(FusedBodies.softmax(own.getFirst(), body))));
    norms(cases, elem);
    rotary(cases, "halves before pairs", elem, "B T 3 2 4", "B T 4", 3, List.of(0, 1, 4));
    rotary(cases, "pairs before halves", elem, "B T 3 4 2", "B T 4", 4, List.of(0, 1, 3));
    rotary(cases, "angles of all rows", elem, "B T 3 2 4", "T 4", 3, List.of(1, 4));
    rotary(cases, "angles of each feature", elem, "B T 3 8", "B T 8", 3, List.of(0, 1, 3));
    rotary(cases, "angles of each half", elem, "B T 3 2 4", "T 2 4", 3, List.of(1, 3, 4));
    OperationsTest.add(
        cases,
        "joined weights " + elem,
        s -> {
          Value x = s.input(elem, "B T 4");
          Value wide = s.weight(elem, "6 4");
          Value narrow = s.weight(elem, "2 4");
          Value both = s.emit(new Concat(List.of(wide, narrow), 0));
          s.output(s.emit(product(x, both)));
          // A weight that is also read alone is bound twice.
          s.output(s.emit(product(x, narrow)));
        });
    AttentionCases.add(cases, elem);
  }

  /// Of many rows, and of a single one.
  private static void linear(
      List<OperationsTest.Case> cases, String activation, FusedKind kind, Elem elem) {
    for (String rows : List.of("B T", "1 1")) {
      for (boolean biased : new boolean[] {false, true}) {
        OperationsTest.add(
            cases,
            "linear, %s of [%s]%s %s".formatted(activation, rows, biased ? " with bias" : "", elem),
            s -> {
              var operands =
                  new ArrayList<>(List.of(s.input(elem, rows + " 4"), s.weight(elem, "6 4")));
              if (biased) operands.add(s.weight(elem, "6"));
              fused(
                  s,
                  kind,
                  operands,
                  (own, body) -> {
                    Optional<Value> bias = own.stream().skip(2).findFirst();
                    var dot =
                        new Dot(
                            own.getFirst(),
                            own.get(1),
                            List.of(),
                            List.of(),
                            List.of(2),
                            List.of(1),
                            bias);
                    Value product = body.emit(dot, Origin.NONE);
                    return List.of(FusedBodies.activation(activation, product, body));
                  });
            });
      }
    }
  }

  private static Dot product(Value x, Value weight) {
    return new Dot(x, weight, List.of(), List.of(), List.of(2), List.of(1), Optional.empty());
  }

  private static void norms(List<OperationsTest.Case> cases, Elem elem) {
    OperationsTest.add(
        cases,
        "rms norm " + elem,
        s ->
            fused(
                s,
                FusedKind.RMS_NORM,
                List.of(s.input(elem, "B T 4"), s.input(elem, "4"), eps(s, elem)),
                (own, body) ->
                    List.of(FusedBodies.rmsNorm(own.get(0), own.get(1), own.get(2), body))));
    OperationsTest.add(
        cases,
        "sum and rms norm " + elem,
        s ->
            fused(
                s,
                FusedKind.ADD_RMS_NORM,
                List.of(
                    s.input(elem, "B T 4"),
                    s.input(elem, "B T 4"),
                    s.input(elem, "4"),
                    eps(s, elem)),
                (own, body) -> {
                  Value sum = FusedBodies.add(own.get(0), own.get(1), body);
                  return List.of(sum, FusedBodies.rmsNorm(sum, own.get(2), own.get(3), body));
                }));
    for (boolean biased : new boolean[] {false, true}) {
      OperationsTest.add(
          cases,
          "layer norm " + (biased ? "with bias " : "") + elem,
          s ->
              fused(
                  s,
                  FusedKind.LAYER_NORM,
                  operands(s, elem, List.of("B T 4"), biased),
                  (own, body) -> List.of(layerNorm(own.getFirst(), own, 1, body))));
      OperationsTest.add(
          cases,
          "sum and layer norm " + (biased ? "with bias " : "") + elem,
          s ->
              fused(
                  s,
                  FusedKind.ADD_LAYER_NORM,
                  operands(s, elem, List.of("B T 4", "B T 4"), biased),
                  (own, body) -> {
                    Value sum = FusedBodies.add(own.get(0), own.get(1), body);
                    return List.of(sum, layerNorm(sum, own, 2, body));
                  }));
    }
  }

  private static List<Value> operands(
      SampleBuilder s, Elem elem, List<String> terms, boolean biased) {
    var operands = new ArrayList<Value>();
    for (String term : terms) operands.add(s.input(elem, term));
    operands.add(s.input(elem, "4"));
    operands.add(eps(s, elem));
    if (biased) operands.add(s.input(elem, "4"));
    return operands;
  }

  /// @param at where the weight stands among the operands
  private static Value layerNorm(Value x, List<Value> own, int at, FunctionBuilder body) {
    Optional<Value> bias = own.size() > at + 2 ? Optional.of(own.get(at + 2)) : Optional.empty();
    return FusedBodies.layerNorm(x, own.get(at), own.get(at + 1), bias, body);
  }

  private static Value eps(SampleBuilder s, Elem elem) {
    return s.emit(new Source.Constant(1e-3, elem.bytes() >= 4 ? elem : Elem.F32));
  }

  private static void rotary(
      List<OperationsTest.Case> cases,
      String name,
      Elem elem,
      String x,
      String angles,
      int axis,
      List<Integer> axes) {
    OperationsTest.add(
        cases,
        "rotary, " + name + " " + elem,
        s ->
            fused(
                s,
                FusedKind.ROTARY,
                List.of(s.input(elem, x), s.input(elem, angles), s.input(elem, angles)),
                (own, body) ->
                    List.of(
                        FusedBodies.rotary(own.get(0), own.get(1), own.get(2), axis, axes, body))));
  }

  private static void fused(
      SampleBuilder s,
      FusedKind kind,
      List<Value> operands,
      BiFunction<List<Value>, FunctionBuilder, List<Value>> meaning) {
    FunctionBuilder body = s.builder.region(operands.stream().map(s.builder::of).toList());
    List<Value> results = meaning.apply(body.arguments(), body);
    var op = new Fused(kind, operands, body.buildRegion(results));
    s.builder.emitAll(op, Origin.NONE).forEach(s::output);
  }
}
