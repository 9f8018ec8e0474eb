package dune.passes.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dune.ir.Program;
import dune.ir.interpret.Array;
import dune.ir.interpret.Interpreter;
import dune.ir.interpret.StateStore;
import dune.passes.Compiler;
import dune.passes.Optimization;
import dune.passes.model.Continuation;
import dune.passes.model.SmallModel;
import dune.passes.model.SmallModels;
import dune.passes.pass.Observer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Assume;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

final class KeepApartTest {
  private static final int STEPS = 7;

  /// Two documents in one row lose what they lose in rows of their own.
  @Property(tries = 150, seed = "20261130", edgeCases = EdgeCasesMode.NONE)
  void noDocumentSeesAnother(
      @ForAll(supplier = SmallModels.class) SmallModel drawn,
      @ForAll Optimization optimization,
      @ForAll @IntRange(min = 1, max = STEPS - 1) int border,
      @ForAll Random random) {
    // Positions go on with the second document, so none may count but how far apart steps are.
    Assume.that(drawn.places() != SmallModel.Places.TABLE);
    boolean halfRotated =
        drawn.places() == SmallModel.Places.ROPE_AFTER_CACHE
            && drawn.mixing() == SmallModel.Mixing.LATENT;
    Assume.that(!halfRotated);
    SmallModel model = withoutSinks(drawn);
    Program program;
    try {
      program = compile(model, optimization, LossOptions.PLAIN.with(Sharing.DOCUMENTS));
    } catch (RuntimeException e) {
      assertThat(e).hasStackTraceContaining("documents cannot share rows of this model");
      assertThat(model.recurrence() != SmallModel.Recurrence.NONE || hidden(model)).isTrue();
      return;
    }
    assertThat(model.recurrence()).isEqualTo(SmallModel.Recurrence.NONE);
    long[] tokens = random.longs(STEPS, 0, SmallModel.VOCABULARY).toArray();
    long[] targets = random.longs(STEPS, 0, SmallModel.VOCABULARY).toArray();
    var documents = new long[STEPS];
    Arrays.fill(documents, border, STEPS, 1);
    double shared = loss(program, tokens, targets, documents);
    Program plain = compile(model, optimization, LossOptions.PLAIN);
    double first = alone(plain, tokens, targets, 0, border);
    double second = alone(plain, tokens, targets, border, STEPS);
    double expected = (border * first + (STEPS - border) * second) / STEPS;
    assertThat(shared).isCloseTo(expected, within(1e-5 * (1 + expected)));
  }

  private static SmallModel withoutSinks(SmallModel model) {
    return new SmallModel(
        model.heads(),
        model.groups(),
        model.windows(),
        0,
        model.places(),
        model.mixing(),
        model.recurrence(),
        model.feeding());
  }

  /// Whether it masks in other ways than by setting scores to minus infinity, or has a loop: it may
  /// go along time.
  private static boolean hidden(SmallModel model) {
    return model.feeding() == SmallModel.Feeding.LOOP
        || model.mixing() == SmallModel.Mixing.BIAS
        || model.mixing() == SmallModel.Mixing.LINEAR;
  }

  private static Program compile(SmallModel model, Optimization optimization, LossOptions options) {
    return Compiler.compileLoss(model.lower(), optimization, STEPS, options, Observer.NONE)
        .program();
  }

  private static double alone(Program program, long[] tokens, long[] targets, int begin, int end) {
    return loss(
        program,
        Arrays.copyOfRange(tokens, begin, end),
        Arrays.copyOfRange(targets, begin, end),
        new long[0]);
  }

  private static double loss(Program program, long[] tokens, long[] targets, long[] documents) {
    var inputs = new HashMap<String, Array>();
    long[] shape = {1, tokens.length};
    inputs.put("tokens", Array.ints(shape, tokens));
    inputs.put("targets", Array.ints(shape, targets));
    if (documents.length > 0) inputs.put(KeepApart.DOCUMENTS, Array.ints(shape, documents));
    return new Interpreter(program, path -> Continuation.weight(program, path, 5))
        .run(LossDerivation.FUNCTION, inputs, Map.of(), new StateStore())
        .outputs()
        .get("loss")
        .data()[0];
  }
}
