package dune.backend.torch.emit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dune.backend.torch.run.Kernels;
import dune.ir.Contraction;
import dune.ir.Contraction.ReduceKind;
import dune.ir.Elem;
import dune.ir.Elementwise;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Elementwise.UnaryKind;
import dune.ir.Function;
import dune.ir.FunctionBuilder;
import dune.ir.Initializer;
import dune.ir.Layout;
import dune.ir.Origin;
import dune.ir.Program;
import dune.ir.Source;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.Weight;
import dune.ir.dim.Dim;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EmitterTest {
  /// A norm and a projection, as a model in bf16 has them.
  private static Program norm() {
    var s = new SampleBuilder("norm");
    Value x = s.input(Elem.BF16, "B T 4");
    Value wide = s.emit(new Elementwise.Cast(x, Elem.F32));
    Value square = s.emit(new Elementwise.Binary(BinaryKind.MUL, wide, wide));
    Value mean = s.emit(new Contraction.Reduce(ReduceKind.MEAN, square, List.of(2)));
    Value epsilon = s.emit(new Source.Constant(1e-5, Elem.F32));
    Value shifted = s.emit(new Elementwise.Binary(BinaryKind.ADD, mean, epsilon));
    Value root = s.emit(new Elementwise.Unary(UnaryKind.RSQRT, shifted));
    var shape = SampleBuilder.type(Elem.F32, "B T 4").shape();
    Value roots = s.emit(new Layout.Broadcast(root, shape, List.of(0, 1)));
    Value normal = s.emit(new Elementwise.Binary(BinaryKind.MUL, wide, roots));
    Value narrow = s.emit(new Elementwise.Cast(normal, Elem.BF16));
    Value weight = s.weight(Elem.BF16, "4");
    Value weights = s.emit(new Layout.Broadcast(weight, shape, List.of(2)));
    Value scaled = s.emit(new Elementwise.Binary(BinaryKind.MUL, narrow, weights));
    Value projection = s.weight(Elem.BF16, "6 4");
    Value y =
        s.emit(
            new Contraction.Dot(
                scaled,
                projection,
                List.of(),
                List.of(),
                List.of(2),
                List.of(1),
                Optional.empty()));
    Value merged = s.emit(new Layout.Reshape(y, SampleBuilder.type(Elem.BF16, "B*T 6").shape()));
    return s.output(merged).program();
  }

  @Test
  void textIsGolden() {
    assertThat(Emitter.emit(norm()).archive().code())
        .isEqualTo(
            """
            class Model(Module):
              __parameters__ = ["block_0_weight", "block_1_weight", ]
              __buffers__ = []
              block_0_weight : Tensor
              block_1_weight : Tensor
              training : bool
              _is_full_backward_hook : Optional[bool]
              def forward(self: __torch__.Model, x0: Tensor) -> Tensor:
                B = torch.size(x0, 0)
                T = torch.size(x0, 1)
                size_0 = B * T
                v1 = torch.to(x0, 6)  # norm.dune:1
                v2 = torch.mul(v1, v1)  # norm.dune:2
                v3 = torch.mean(v2, [2])  # norm.dune:3
                v5 = torch.add(v3, 1.0e-5)  # norm.dune:5
                v6 = torch.rsqrt(v5)  # norm.dune:6
                v7 = torch.unsqueeze(v6, 2)  # norm.dune:7
                v8 = torch.mul(v1, v7)  # norm.dune:8
                v9 = torch.to(v8, 15)  # norm.dune:9
                v12 = torch.mul(v9, self.block_0_weight)  # norm.dune:12
                v14 = torch.linear(v12, self.block_1_weight)  # norm.dune:14
                v15 = torch.reshape(v14, [size_0, 6])  # norm.dune:15
                return v15
            """);
  }

  @Test
  void sameProgramSameBytes() {
    assertThat(Emitter.emit(norm()).archive().toBytes())
        .isEqualTo(Emitter.emit(norm()).archive().toBytes());
  }

  @Test
  void slotsSayWhereThingsAreBound() {
    Emitted emitted = Emitter.emit(norm());
    assertThat(emitted.signature().weights())
        .containsExactly(
            slot("block_0_weight", new Signature.Part("block.0.weight", List.of(4L))),
            slot("block_1_weight", new Signature.Part("block.1.weight", List.of(6L, 4L))));
    assertThat(emitted.signature().method("forward"))
        .isEqualTo(
            new Signature.Method(
                "forward", List.of("x0"), List.of(), List.of("y0"), Kernels.VECTOR));
    assertThatIllegalArgumentException().isThrownBy(() -> emitted.signature().method("step"));
  }

  private static Signature.WeightSlot slot(String attribute, Signature.Part... parts) {
    return new Signature.WeightSlot(attribute, Elem.BF16, List.of(parts));
  }

  private static Program program(FunctionBuilder builder, Value output, List<Weight> weights) {
    Function function =
        builder.build("forward", List.of(), List.of(new Function.Output("y", output)), List.of());
    return new Program("test", weights, List.of(), List.of(function));
  }

  private static Weight weight(String path, Optional<String> tiedTo) {
    return new Weight(
        path, Type.of(Elem.F32, Dim.of(2)), new Initializer.Constant(1), tiedTo, Origin.NONE);
  }

  @Test
  void tiedWeightsAreOneAttribute() {
    var builder = new FunctionBuilder();
    Type type = Type.of(Elem.F32, Dim.of(2));
    Value a = builder.emit(new Source.Weight("a", type), Origin.NONE);
    Value b = builder.emit(new Source.Weight("b", type), Origin.NONE);
    Value sum = builder.emit(new Elementwise.Binary(BinaryKind.ADD, a, b), Origin.NONE);
    Program program =
        program(
            builder, sum, List.of(weight("b", Optional.of("a")), weight("a", Optional.empty())));
    Emitted emitted = Emitter.emit(program);
    assertThat(emitted.signature().weights())
        .extracting(slot -> slot.parts().getFirst().path())
        .containsExactly("a");
    assertThat(emitted.archive().code()).contains("torch.add(self.a, self.a)");
  }

  @Test
  void joinedWeightsAreOneAttribute() {
    var builder = new FunctionBuilder();
    Type type = Type.of(Elem.F32, Dim.of(2));
    Value q = builder.emit(new Source.Weight("a.q.w", type), Origin.NONE);
    Value k = builder.emit(new Source.Weight("a.k.w", type), Origin.NONE);
    Value both = builder.emit(new Layout.Concat(List.of(q, k), 0), Origin.NONE);
    Value sum = builder.emit(new Elementwise.Binary(BinaryKind.ADD, both, both), Origin.NONE);
    var weights = List.of(weight("a.q.w", Optional.empty()), weight("a.k.w", Optional.empty()));
    Emitted emitted = Emitter.emit(program(builder, sum, weights));
    assertThat(emitted.signature().weights())
        .containsExactly(
            new Signature.WeightSlot(
                "a_q_w_k_w",
                Elem.F32,
                List.of(
                    new Signature.Part("a.q.w", List.of(2L)),
                    new Signature.Part("a.k.w", List.of(2L)))));
    assertThat(emitted.signature().weights().getFirst().shape()).containsExactly(4L);
    assertThat(emitted.archive().code()).contains("torch.add(self.a_q_w_k_w, self.a_q_w_k_w)");
  }

  @Test
  void namesDoNotClash() {
    var builder = new FunctionBuilder();
    Type type = Type.of(Elem.F32, Dim.of(2));
    Value self = builder.input("self", type);
    Value a = builder.emit(new Source.Weight("a.b", type), Origin.NONE);
    Value b = builder.emit(new Source.Weight("a_b", type), Origin.NONE);
    Value c = builder.emit(new Source.Weight("forward", type), Origin.NONE);
    Value sum = builder.emit(new Elementwise.Binary(BinaryKind.ADD, a, b), Origin.NONE);
    sum = builder.emit(new Elementwise.Binary(BinaryKind.ADD, sum, c), Origin.NONE);
    sum = builder.emit(new Elementwise.Binary(BinaryKind.ADD, sum, self), Origin.NONE);
    var weights =
        List.of(
            weight("a.b", Optional.empty()),
            weight("a_b", Optional.empty()),
            weight("forward", Optional.empty()));
    Emitted emitted = Emitter.emit(program(builder, sum, weights));
    assertThat(emitted.signature().weights())
        .extracting(Signature.WeightSlot::attribute)
        .containsExactly("a_b", "a_b_1", "forward_1");
    assertThat(emitted.archive().code()).contains("(self: __torch__.Model, self_1: Tensor)");
  }

  @Test
  void sizeThatNoInputShowsIsRefused() {
    var builder = new FunctionBuilder();
    Value position = builder.emit(new Source.Iota(Dim.named("N")), Origin.NONE);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Emitter.emit(program(builder, position, List.of())))
        .withMessage("no input shows the size of `N`");
  }

  @Test
  void undeclaredWeightIsRefused() {
    var builder = new FunctionBuilder();
    Value a = builder.emit(new Source.Weight("a", Type.of(Elem.F32, Dim.of(2))), Origin.NONE);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Emitter.emit(program(builder, a, List.of())))
        .withMessage("no weight `a` is declared");
  }
}
