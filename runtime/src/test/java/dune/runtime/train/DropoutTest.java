package dune.runtime.train;

import static org.assertj.core.api.Assertions.assertThat;

import dune.backend.torch.TorchBackend;
import dune.backend.torch.archive.TensorBytes;
import dune.backend.torch.run.DeviceRequest;
import dune.backend.torch.run.Learner;
import dune.backend.torch.run.Learner.Batch;
import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.elaborate.Settings;
import dune.ir.Elem;
import dune.ir.Program;
import dune.passes.Optimization;
import dune.passes.train.LossDerivation;
import dune.runtime.compile.Compilation;
import dune.runtime.compile.ModelCompiler;
import dune.runtime.library.ModelFile;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Dropout is drawn anew by each seed, in training and nowhere else.
@Tag("torch")
final class DropoutTest {
  private static final Batch BATCH =
      new Batch(2, 4, new long[] {3, 9, 1, 4, 10, 2, 7, 0}, new long[] {9, 1, 6, 8, 2, 7, 0, 5});

  private static Program compile(String rate) {
    var values =
        new LinkedHashMap<>(Map.of("L", "2", "H", "2", "D", "16", "F", "32", "P", "8", "V", "11"));
    for (String drop : new String[] {"drop", "attention_drop", "embedding_drop"}) {
      values.put(drop, rate);
    }
    ModelFile gpt2 = ModelFile.read(Path.of("gpt2"), new Diagnostics()).orElseThrow();
    Settings settings = Settings.defaults(Elem.F32).with(values);
    return ((Compilation.Done) ModelCompiler.compileLoss(gpt2, settings, Optimization.O2, 4))
        .compiled()
        .program();
  }

  private static Learner learner(Program program) {
    return TorchBackend.learn(
        TorchBackend.emitForLearning(program),
        slot ->
            TensorBytes.of(
                slot.elem(),
                new Random(slot.attribute().hashCode())
                    .doubles(slot.bytes() / slot.elem().bytes(), -0.5, 0.5)
                    .toArray()),
        DeviceRequest.CPU);
  }

  private static double learn(Learner learner, long seed) {
    learner.seed(seed);
    return learner.learn(LossDerivation.FUNCTION, BATCH, 1);
  }

  @Test
  void theSeedDecidesWhatDrops() {
    try (Learner learner = learner(compile("0.1"))) {
      double first = learn(learner, 5);
      assertThat(learn(learner, 6)).isNotEqualTo(first);
      assertThat(learn(learner, 5)).isEqualTo(first);
    }
  }

  @Test
  void measuringDropsNothing() {
    double whole;
    try (Learner learner = learner(compile("0"))) {
      whole = learn(learner, 5);
    }
    try (Learner learner = learner(compile("0.1"))) {
      for (long seed = 5; seed < 8; seed++) {
        learner.seed(seed);
        assertThat(learner.loss(ModelCompiler.MEASURE, BATCH)).isEqualTo(whole);
      }
      assertThat(learn(learner, 5)).isNotEqualTo(whole);
    }
  }

  /// Without a rate nothing is there that could drop.
  @Test
  void withoutARateTrainingIsMeasuring() {
    assertThat(compile("0").functions()).hasSize(1);
    assertThat(compile("0.1").functions()).hasSize(2);
  }
}
