package dune.passes.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dune.ir.Program;
import dune.ir.interpret.Array;
import dune.ir.interpret.Interpreter;
import dune.ir.interpret.StateStore;
import dune.ir.text.Parser;
import dune.passes.Compiler;
import dune.passes.Optimization;
import dune.passes.model.Continuation;
import dune.passes.model.SmallModel;
import dune.passes.model.SmallModels;
import dune.passes.pass.Observer;
import dune.passes.time.StepOptions;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;

final class LossTest {
  private static final int STEPS = 7;

  /// Against the logits that `score` gives.
  @Property(tries = 60, seed = "20261127", edgeCases = EdgeCasesMode.NONE)
  void lossIsTheMeanOverTheStepsThatCount(
      @ForAll(supplier = SmallModels.class) SmallModel model,
      @ForAll Optimization optimization,
      @ForAll @DoubleRange(max = 1) double z,
      @ForAll Random random) {
    var options = new StepOptions(STEPS, STEPS);
    Program scored =
        Compiler.compile(model.lower(), Optimization.O0, options, Observer.NONE).program();
    Program program =
        Compiler.compileLoss(
                model.lower(), optimization, STEPS, LossOptions.PLAIN.withZ(z), Observer.NONE)
            .program();
    assertThat(program.functions()).hasSize(1);

    int[] tokens = random.ints(STEPS, 0, SmallModel.VOCABULARY).toArray();
    long[] targets = random.longs(STEPS, 0, SmallModel.VOCABULARY).toArray();
    for (int i = 0; i < STEPS; i += 1 + random.nextInt(3)) {
      if (i > 0) targets[i] = LossDerivation.IGNORED;
    }
    double[][] logits = new Continuation(scored, 5).score(tokens);
    double sum = 0;
    double squares = 0;
    int count = 0;
    for (int i = 0; i < STEPS; i++) {
      if (targets[i] == LossDerivation.IGNORED) continue;
      double all = Math.log(Arrays.stream(logits[i]).map(Math::exp).sum());
      sum += all - logits[i][(int) targets[i]];
      squares += all * all;
      count++;
    }
    var inputs = new HashMap<String, Array>();
    long[] shape = {1, STEPS};
    inputs.put("tokens", Array.ints(shape, Arrays.stream(tokens).asLongStream().toArray()));
    inputs.put("targets", Array.ints(shape, targets));
    Map<String, Array> found = run(program, inputs);
    assertThat(found.get("loss").data()[0]).isCloseTo(sum / count, within(1e-9 * (1 + sum)));
    double added = z == 0 ? 0 : found.get(LossDerivation.Z).data()[0];
    assertThat(added).isCloseTo(z * squares / count, within(1e-9 * (1 + squares)));
    assertThat(found).hasSize(z == 0 ? 1 : 2);
  }

  private static Map<String, Array> run(Program program, Map<String, Array> inputs) {
    return new Interpreter(program, path -> Continuation.weight(program, path, 5))
        .run(LossDerivation.FUNCTION, inputs, Map.of(), new StateStore())
        .outputs();
  }

  @Example
  void penaltiesFollowTheLoss() {
    Program program =
        Parser.parse(
            """
            program P

            function forward(%tokens tokens: int[B, T]) {
              %1: f32[B, T] = cast %tokens elem=f32
              %2: f32[B, T, 5] = broadcast %1 shape=[B, T, 5] axes=[0, 1]
              %3: f32[] = sum %1 axes=[0, 1]
              penalty %3
              return logits=%2
            }
            """);
    Program loss =
        Compiler.compileLoss(
                program, Optimization.O2, 4, LossOptions.PLAIN.withZ(0.5), Observer.NONE)
            .program();
    long[] shape = {1, 3};
    Array tokens = Array.ints(shape, 1, 2, 3);
    var outputs = run(loss, Map.of("tokens", tokens, "targets", Array.ints(shape, 0, 1, 2)));
    assertThat(outputs.keySet()).containsExactly("loss", "z_loss", "penalty1");
    // All logits of a step are alike.
    assertThat(outputs.get("loss").data()[0]).isCloseTo(Math.log(5), within(1e-12));
    double squares = 0;
    for (int x = 1; x <= 3; x++) squares += Math.pow(x + Math.log(5), 2);
    assertThat(outputs.get("z_loss").data()[0]).isCloseTo(0.5 * squares / 3, within(1e-12));
    assertThat(outputs.get("penalty1").data()[0]).isEqualTo(6);

    Array ignored = Array.ints(shape, -100, -100, -100);
    var none = run(loss, Map.of("tokens", tokens, "targets", ignored));
    assertThat(none.get("loss").data()[0]).isZero();
    assertThat(none.get("z_loss").data()[0]).isZero();
  }
}
