package dune.runtime.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dune.backend.torch.TorchBackend;
import dune.backend.torch.archive.TensorBytes;
import dune.backend.torch.run.Call;
import dune.backend.torch.run.DeviceRequest;
import dune.backend.torch.run.Learner;
import dune.backend.torch.run.Learner.Batch;
import dune.backend.torch.run.Tensor;
import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.elaborate.Elaborator;
import dune.frontend.elaborate.Settings;
import dune.ir.Elem;
import dune.ir.Program;
import dune.passes.Compiler;
import dune.passes.Optimization;
import dune.passes.pass.Observer;
import dune.passes.time.StepOptions;
import dune.passes.train.LossDerivation;
import dune.runtime.compile.Compilation;
import dune.runtime.compile.ModelCompiler;
import dune.runtime.library.ModelFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

  /// Of ones, as many become 0 as the rate says, and what is left makes up for them.
  @ParameterizedTest
  @ValueSource(doubles = {0.1, 0.5})
  void asManyDropAsTheRateSays(double rate, @TempDir Path folder) throws IOException {
    Path file = folder.resolve("drop.dune");
    Files.writeString(
        file,
        """
        import std.{Embedding, dropout}

        model Drop(V: dim = 50, rate: float = 0.1) {
          table: Embedding(V, V)
          forward(tokens: int[B, T]) -> [B, T, V] { dropout(table(tokens), rate) }
        }
        """);
    ModelFile model = ModelFile.read(file, new Diagnostics()).orElseThrow();
    Settings settings =
        Settings.defaults(Elem.F32).with(Map.of("rate", "" + rate)).with(Settings.Purpose.TRAINING);
    Program written =
        Elaborator.elaborate(model.text(), model.sources(), settings).program().orElseThrow();
    Program program =
        Compiler.compile(written, Optimization.O2, new StepOptions(64, 64), Observer.NONE)
            .program();
    double[] ones = DoubleStream.generate(() -> 1).limit(50 * 50).toArray();
    int count = 8 * 64 * 50;
    try (var loaded =
            TorchBackend.load(
                TorchBackend.emit(program),
                slot -> TensorBytes.of(slot.elem(), ones),
                DeviceRequest.CPU);
        Call call = loaded.prepare("score");
        Tensor tokens = TorchBackend.torch().of(new long[8 * 64], 8, 64);
        Tensor found = call.set(0, tokens).run().getFirst()) {
      float[] numbers = found.toFloats();
      long dropped = IntStream.range(0, count).filter(i -> numbers[i] == 0).count();
      // Five times what chance moves it by.
      double allowed = 5 * Math.sqrt(rate * (1 - rate) / count);
      assertThat((double) dropped / count).isCloseTo(rate, within(allowed));
      for (float number : numbers) {
        if (number != 0) assertThat(number).isCloseTo((float) (1 / (1 - rate)), within(1e-6f));
      }
    }
  }
}
