package dune.passes.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dune.ir.Program;
import dune.ir.interpret.Array;
import dune.ir.interpret.Interpreter;
import dune.ir.interpret.StateStore;
import dune.ir.verify.Origins;
import dune.ir.verify.Verifier;
import dune.passes.Compiler;
import dune.passes.Optimization;
import dune.passes.model.Continuation;
import dune.passes.model.SmallModel;
import dune.passes.model.SmallModels;
import dune.passes.pass.Observer;
import dune.passes.time.StepOptions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import net.jqwik.api.Assume;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

final class AddLoraTest {
  private static final int STEPS = 6;

  @Property(tries = 60, seed = "20261127", edgeCases = EdgeCasesMode.NONE)
  void nothingChangesWhereUpIsZero(
      @ForAll(supplier = SmallModels.class) SmallModel model,
      @ForAll Optimization optimization,
      @ForAll Random random) {
    Program written = model.lower();
    List<Adapter> adapters = adapters(written);
    Assume.that(!adapters.isEmpty());
    Program adapted = AddLora.apply(written, adapters);
    assertThat(Verifier.verify(adapted, Origins.OPTIONAL)).isEmpty();
    assertThat(adapted.weights()).hasSize(written.weights().size() + 2 * adapters.size());
    int[] tokens = random.ints(STEPS, 0, SmallModel.VOCABULARY).toArray();
    Array before = score(written, optimization, tokens, path -> weight(written, path));
    Array after = score(adapted, optimization, tokens, path -> zeroUp(adapted, path));
    assertThat(after.data()).containsExactly(before.data());
    Array changed = score(adapted, optimization, tokens, path -> weight(adapted, path));
    assertThat(changed.data()).isNotEqualTo(before.data());
  }

  private static List<Adapter> adapters(Program program) {
    return Projections.of(program).stream()
        .map(Projection::weight)
        .distinct()
        .map(weight -> Adapter.plain(weight, 2, 4))
        .toList();
  }

  private static Array weight(Program program, String path) {
    return Continuation.weight(program, path, 5);
  }

  private static Array zeroUp(Program program, String path) {
    Array drawn = weight(program, path);
    return path.endsWith(".lora_B.weight") ? Array.filled(drawn.elem(), drawn.shape(), 0) : drawn;
  }

  private static Array score(
      Program program, Optimization optimization, int[] tokens, Function<String, Array> weights) {
    var options = new StepOptions(STEPS, STEPS);
    Program compiled = Compiler.compile(program, optimization, options, Observer.NONE).program();
    long[] shape = {1, STEPS};
    Array row = Array.ints(shape, Arrays.stream(tokens).asLongStream().toArray());
    return new Interpreter(compiled, weights::apply)
        .run("score", Map.of("tokens", row), Map.of(), new StateStore())
        .only();
  }

  @Example
  void scalesAsThePapersDo() {
    assertThat(Adapter.plain("a.weight", 16, 8).scale()).isEqualTo(0.5);
    assertThat(Adapter.rankStabilized("a.weight", 16, 8).scale()).isEqualTo(2);
    assertThat(Adapter.plain("a.weight", 16, 8).down()).isEqualTo("a.lora_A.weight");
  }

  @Example
  void saysWhatCanBeNamed() {
    assertThatThrownBy(() -> Selector.parse("attention.q + q_proj"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "`q_proj` names no products; names are `attention.q`, `attention.k`, `attention.v`,"
                + " `attention.o`, `mlp.gate`, `mlp.up`, `mlp.down`, `writers of the residual`,"
                + " `every linear`");
    assertThatThrownBy(() -> Selector.parse("layers 3..3: mlp.up"))
        .hasMessage("`layers 3..3: mlp.up` has no layer");
  }
}
