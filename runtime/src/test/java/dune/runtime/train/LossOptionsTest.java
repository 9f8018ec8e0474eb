package dune.runtime.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

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
import dune.runtime.compile.Compilation;
import dune.runtime.compile.Compiled;
import dune.runtime.compile.ModelCompiler;
import dune.runtime.library.ModelFile;
import dune.weights.InputFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a step makes of a loss.
@Tag("torch")
final class LossOptionsTest {
  private static final AdamW OPTIMIZER = new AdamW(0.9, 0.99, 1e-8, 0.1);
  private static final LossOptions RECOMPUTED = LossOptions.PLAIN.with(Activations.RECOMPUTED);
  private static final long NONE = Batch.IGNORED;

  /// Of sequences of 4, in which so many of the first targets are ignored.
  private static Batch batch(long seed, int ignored) {
    var random = new Random(seed);
    long[] targets = random.longs(8, 0, 11).toArray();
    Arrays.fill(targets, 0, ignored, NONE);
    return new Batch(2, 4, random.longs(8, 0, 11).toArray(), targets);
  }

  private static Compiled compile(String name, Elem elem, LossOptions options) {
    var values = new LinkedHashMap<>(Map.of("L", "3", "H", "2", "D", "16", "F", "24", "V", "11"));
    switch (name) {
      case "gpt2" ->
          values.putAll(
              Map.of("P", "8", "drop", "0.2", "attention_drop", "0.1", "embedding_drop", "0.1"));
      case "mixtral" -> values.putAll(Map.of("KV", "1", "E", "3", "balance", "0.3"));
      default -> values.put("KV", "1");
    }
    ModelFile model = ModelFile.read(Path.of(name), new Diagnostics()).orElseThrow();
    Settings settings = Settings.defaults(elem).with(values);
    return ((Compilation.Done)
            ModelCompiler.compileLoss(model, settings, Optimization.O2, 4, List.of(), options))
        .compiled();
  }

  private static Trainee trainee(Compiled compiled) {
    return Trainee.of(
        compiled,
        slot ->
            TensorBytes.of(
                slot.elem(),
                new Random(slot.paths().hashCode())
                    .doubles(slot.bytes() / slot.elem().bytes(), -0.4, 0.4)
                    .toArray()),
        DeviceRequest.CPU);
  }

  /// What three steps come to: losses, norms and all weights.
  ///
  /// @param batches of each step
  private static List<Object> train(Compiled compiled, int batches) {
    var all = new ArrayList<Object>();
    try (Trainee trainee = trainee(compiled)) {
      for (int step = 0; step < 3; step++) {
        trainee.seed(step);
        var given = new ArrayList<>(List.of(batch(2 * step, 1), batch(2 * step + 1, 0)));
        all.add(trainee.step(given.subList(0, batches), OPTIMIZER, 0.01, 1));
      }
      all.add(trainee.loss(batch(0, 0)));
      trainee.weights().forEach((path, numbers) -> all.add(path + Arrays.toString(numbers)));
    }
    return all;
  }

  /// Also where units drop and routers are penalised. Of several batches, the two gradients of a
  /// tied weight are added in another order, so GPT-2 has one.
  @ParameterizedTest
  @CsvSource({"gpt2, F32, 1", "llama, F32, 2", "llama, BF16, 2", "mixtral, F32, 2"})
  void recomputedBlocksMakeTheSameStepsToTheBit(String model, Elem elem, int batches) {
    Compiled kept = compile(model, elem, LossOptions.PLAIN.withZ(0.1));
    Compiled recomputed = compile(model, elem, RECOMPUTED.withZ(0.1));
    assertThat(recomputed.program().functions()).hasSize(4);
    assertThat(train(recomputed, batches)).isEqualTo(train(kept, batches));
  }

  @Test
  void whereThereAreNoBlocksNothingCanBeRecomputed(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("flat.dune");
    Files.writeString(
        file,
        """
        import std.{Embedding, Linear}

        model Flat(V: dim = 11, D: dim = 4) {
          embed: Embedding(V, D)
          head: Linear(D, V)

          forward(tokens: int[B, T]) -> [B, T, V] { head(embed(tokens)) }
        }
        """);
    ModelFile model = ModelFile.read(file, new Diagnostics()).orElseThrow();
    assertThatThrownBy(
            () ->
                ModelCompiler.compileLoss(
                    model, Settings.defaults(Elem.F32), Optimization.O2, 4, List.of(), RECOMPUTED))
        .isInstanceOf(InputFailure.class)
        .hasMessageContaining("no list of blocks")
        .hasMessageContaining("--recompute");
  }

  /// However they are put into batches.
  @Test
  void everyTargetCountsAlike() {
    Compiled compiled = compile("llama", Elem.F32, LossOptions.PLAIN.withZ(0.1));
    Batch first = batch(1, 5);
    Batch second = batch(2, 0);
    long[] tokens = join(first.tokens(), second.tokens());
    var both = new Batch(4, 4, tokens, join(first.targets(), second.targets()));
    Batch nothing = batch(3, 8);
    Map<String, float[]> expected;
    double loss;
    try (Trainee trainee = trainee(compiled)) {
      loss = trainee.step(List.of(both), OPTIMIZER, 0.01, 1e9).loss();
      expected = trainee.weights();
    }
    try (Trainee trainee = trainee(compiled)) {
      var progress = trainee.step(List.of(first, nothing, second), OPTIMIZER, 0.01, 1e9);
      assertThat(progress.loss()).isCloseTo(loss, within(1e-6));
      trainee
          .weights()
          .forEach(
              (path, found) ->
                  assertThat(found).containsExactly(expected.get(path), within(1e-4f)));
    }
  }

  private static long[] join(long[] a, long[] b) {
    long[] all = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, all, a.length, b.length);
    return all;
  }

  @Test
  void nothingIsLearnedFromWhatDoesNotCount() {
    try (Trainee trainee = trainee(compile("llama", Elem.F32, RECOMPUTED))) {
      List<String> before = text(trainee);
      Batch nothing = batch(3, 8);
      assertThat(trainee.loss(nothing)).isZero();
      assertThat(trainee.step(List.of(nothing), OPTIMIZER, 0.01, 1))
          .isEqualTo(new Trainee.Progress(0, 0));
      assertThat(text(trainee)).isEqualTo(before);
    }
  }

  private static List<String> text(Trainee trainee) {
    return trainee.weights().values().stream().map(Arrays::toString).toList();
  }

  /// A model that learns one batch by heart has gradients that lead there.
  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama", "mixtral"})
  void oneBatchIsLearnedByHeart(String model) {
    var random = new Random(8);
    var batch = new Batch(2, 4, random.longs(8, 0, 11).toArray(), random.longs(8, 0, 11).toArray());
    double loss = Double.NaN;
    try (Trainee trainee = trainee(compile(model, Elem.F32, LossOptions.PLAIN))) {
      for (int step = 0; step < 150 && !(loss < 0.1); step++) {
        loss = trainee.step(List.of(batch), OPTIMIZER, 0.01, 1).loss();
      }
      assertThat(trainee.loss(batch)).isLessThan(0.1);
    }
  }

  /// The loss that is told is the cross entropy, whatever is added to it.
  @Test
  void lossesAreToldWithoutWhatIsAdded() {
    Batch batch = batch(1, 2);
    double plain;
    double norm;
    try (Trainee trainee = trainee(compile("llama", Elem.F32, LossOptions.PLAIN))) {
      plain = trainee.loss(batch);
      norm = trainee.step(List.of(batch), OPTIMIZER, 0.01, 1).norm();
    }
    try (Trainee trainee = trainee(compile("llama", Elem.F32, LossOptions.PLAIN.withZ(0.5)))) {
      assertThat(trainee.loss(batch)).isEqualTo(plain);
      var progress = trainee.step(List.of(batch), OPTIMIZER, 0.01, 1);
      assertThat(progress.loss()).isCloseTo(plain, within(1e-6));
      assertThat(progress.norm()).isNotCloseTo(norm, within(1e-3));
    }
  }
}
