package dune.runtime.train;

import static org.assertj.core.api.Assertions.assertThat;

import dune.backend.torch.archive.TensorBytes;
import dune.backend.torch.run.AdamW;
import dune.backend.torch.run.DeviceRequest;
import dune.backend.torch.run.Learner.Batch;
import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.elaborate.Settings;
import dune.ir.Elem;
import dune.passes.Optimization;
import dune.passes.train.Activations;
import dune.passes.train.LossOptions;
import dune.runtime.bench.ResidentMemory;
import dune.runtime.compile.Compilation;
import dune.runtime.compile.ModelCompiler;
import dune.runtime.library.ModelFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Measures what `docs/performance.md` tells of training, and prints it: time and memory of a step
/// of LLaMA with 25 million weights. One case at a time, since memory that one has given back may
/// stay with the process:
///
///     mvn test -pl runtime -am -Dtest='TrainingMeasureTest#aStep*' -Ddune.measure=KEPT
///         -Dsurefire.failIfNoSpecifiedTests=false
@Tag("torch")
@EnabledIfSystemProperty(named = "dune.measure", matches = "KEPT|RECOMPUTED")
final class TrainingMeasureTest {
  private static final int ROWS = 4;
  private static final int STEPS = 256;
  private static final int WARM = 1;
  private static final int ROUNDS = 5;

  private static final Map<String, String> SIZES =
      Map.of("V", "8192", "D", "384", "F", "1024", "L", "12", "H", "6", "KV", "6");

  @ParameterizedTest
  @EnumSource(Activations.class)
  void aStep(Activations activations) {
    if (!activations.name().equals(System.getProperty("dune.measure"))) return;
    ModelFile model = ModelFile.read(Path.of("llama"), new Diagnostics()).orElseThrow();
    var compilation =
        ModelCompiler.compileLoss(
            model,
            Settings.defaults(Elem.F32).with(SIZES),
            Optimization.O2,
            STEPS,
            List.of(),
            LossOptions.PLAIN.with(activations));
    var random = new Random(1);
    try (Trainee trainee =
        Trainee.of(
            ((Compilation.Done) compilation).compiled(),
            slot ->
                TensorBytes.of(
                    slot.elem(),
                    random.doubles(slot.bytes() / slot.elem().bytes(), -0.03, 0.03).toArray()),
            DeviceRequest.CPU)) {
      System.gc();
      ResidentMemory.restart();
      long before = ResidentMemory.peak().orElse(0);
      var times = new double[ROUNDS];
      double loss = 0;
      double busy = 0;
      for (int round = -WARM; round < ROUNDS; round++) {
        long[] tokens = random.longs(ROWS * STEPS, 0, 8192).toArray();
        long[] targets = random.longs(ROWS * STEPS, 0, 8192).toArray();
        long start = System.nanoTime();
        loss =
            trainee
                .step(
                    List.of(new Batch(ROWS, STEPS, tokens, targets)),
                    new AdamW(0.9, 0.99, 1e-8, 0.1),
                    1e-3,
                    1)
                .loss();
        if (round >= 0) times[round] = (System.nanoTime() - start) * 1e-6;
        if (round == -1) busy = busy();
      }
      Arrays.sort(times);
      System.out.printf(
          "%s: median %.0f ms, best %.0f ms, processors %.0f ms;"
              + " %.0f MB before, %.0f MB at the most; last loss %.6f%n",
          activations,
          times[ROUNDS / 2],
          times[0],
          (busy() - busy) / ROUNDS,
          before * 1e-6,
          ResidentMemory.peak().orElse(0) * 1e-6,
          loss);
      assertThat(loss).isPositive();
    }
  }

  /// Milliseconds of processors that this process has had.
  private static double busy() {
    return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos() * 1e-6;
  }
}
