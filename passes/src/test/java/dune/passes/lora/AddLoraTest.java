package dune.passes.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

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

  /// DoRA is the product with a matrix whose rows have the lengths that were learned.
  @Property(tries = 40, seed = "20261130", edgeCases = EdgeCasesMode.NONE)
  void learnedLengthsAreThoseOfTheRows(
      @ForAll(supplier = SmallModels.class) SmallModel model,
      @ForAll Optimization optimization,
      @ForAll Random random) {
    Program written = model.lower();
    List<Adapter> adapters = adapters(written);
    Assume.that(!adapters.isEmpty());
    int[] tokens = random.ints(STEPS, 0, SmallModel.VOCABULARY).toArray();
    Map<String, Array> merged = new java.util.HashMap<>();
    Map<String, Array> gains = new java.util.HashMap<>();
    Program learned = with(written, adapters, Adapter.Lengths.LEARNED);
    for (Adapter adapter : adapters) merge(learned, adapter, merged, gains);
    Array expected =
        score(
            written,
            optimization,
            tokens,
            path -> merged.containsKey(path) ? merged.get(path) : weight(written, path));
    Array found = score(learned, optimization, tokens, path -> weight(learned, path));
    assertClose(found, expected);
    Program given = with(written, adapters, Adapter.Lengths.GIVEN);
    assertThat(Verifier.verify(given, Origins.OPTIONAL)).isEmpty();
    Array same =
        score(
            given,
            optimization,
            tokens,
            path -> gains.containsKey(path) ? gains.get(path) : weight(given, path));
    assertClose(same, expected);
  }

  private static Program with(Program program, List<Adapter> adapters, Adapter.Lengths lengths) {
    return AddLora.apply(program, adapters.stream().map(each -> each.with(lengths)).toList());
  }

  private static void merge(
      Program program, Adapter adapter, Map<String, Array> merged, Map<String, Array> gains) {
    Array base = weight(program, adapter.weight());
    Array down = weight(program, adapter.down());
    Array up = weight(program, adapter.up());
    Array magnitude = weight(program, adapter.magnitude());
    int outputs = (int) base.shape()[0];
    int inputs = (int) base.shape()[1];
    int rank = (int) adapter.rank();
    var sum = base.data().clone();
    var gain = new double[outputs];
    for (int i = 0; i < outputs; i++) {
      double square = 0;
      for (int j = 0; j < inputs; j++) {
        for (int r = 0; r < rank; r++) {
          sum[i * inputs + j] +=
              adapter.scale() * up.data()[i * rank + r] * down.data()[r * inputs + j];
        }
        square += sum[i * inputs + j] * sum[i * inputs + j];
      }
      gain[i] = magnitude.data()[i] / Math.sqrt(square);
      for (int j = 0; j < inputs; j++) sum[i * inputs + j] *= gain[i];
    }
    merged.put(adapter.weight(), Array.of(base.elem(), base.shape(), sum));
    gains.put(adapter.gain(), Array.of(magnitude.elem(), magnitude.shape(), gain));
  }

  private static void assertClose(Array found, Array expected) {
    for (int i = 0; i < expected.data().length; i++) {
      assertThat(found.data()[i])
          .isCloseTo(expected.data()[i], within(1e-6 * (1 + Math.abs(expected.data()[i]))));
    }
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
