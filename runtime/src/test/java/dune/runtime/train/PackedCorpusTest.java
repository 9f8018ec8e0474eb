package dune.runtime.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dune.backend.torch.run.DeviceRequest;
import dune.backend.torch.run.Learner.Batch;
import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.elaborate.Settings;
import dune.ir.Elem;
import dune.passes.Optimization;
import dune.passes.train.Activations;
import dune.passes.train.LossOptions;
import dune.passes.train.Sharing;
import dune.runtime.compile.Compilation;
import dune.runtime.compile.Compiled;
import dune.runtime.compile.ModelCompiler;
import dune.runtime.data.Example;
import dune.runtime.initial.RandomCheckpoint;
import dune.runtime.library.ModelFile;
import dune.runtime.model.BoundWeights;
import dune.runtime.tokenize.SmallAlphabet;
import dune.weights.InputFailure;
import dune.weights.checkpoint.Checkpoint;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Documents that share rows.
final class PackedCorpusTest {
  private static final int STEPS = 12;
  private static final int VOCABULARY = 11;

  @TempDir Path folder;

  private static List<Example> examples(int count, Random random) {
    return IntStream.range(0, count)
        .mapToObj(
            _ -> {
              int length = 2 + random.nextInt(STEPS);
              var learned = new boolean[length];
              for (int i = 1; i < length; i++) learned[i] = i == length - 1 || random.nextBoolean();
              return new Example(random.ints(length, 0, VOCABULARY).toArray(), learned);
            })
        .toList();
  }

  @Test
  void everyExampleIsInOneRowThatHoldsIt() {
    List<Example> examples = examples(200, new Random(1));
    List<List<Example>> rows = PackedCorpus.pack(examples, STEPS);
    assertThat(rows.stream().flatMap(List::stream)).containsExactlyInAnyOrderElementsOf(examples);
    assertThat(rows)
        .allMatch(row -> row.stream().mapToInt(each -> each.tokens().length - 1).sum() <= STEPS);
    int tokens = examples.stream().mapToInt(each -> each.tokens().length - 1).sum();
    assertThat(rows).hasSizeLessThan((int) (1.1 * tokens / STEPS) + 1);
  }

  @Test
  void everyRowIsDrawnOnceARound() {
    List<Example> examples = examples(60, new Random(2));
    var corpus = new TaskCorpus(examples, examples).packed(STEPS);
    int rows = PackedCorpus.pack(examples, STEPS).size();
    var drawn = new ArrayList<String>();
    for (int i = 0; i < 2 * rows; i++) drawn.add(Arrays.toString(corpus.draw(1, 3, i).tokens()));
    assertThat(drawn.subList(rows, 2 * rows))
        .containsExactlyInAnyOrderElementsOf(drawn.subList(0, rows))
        .isNotEqualTo(drawn.subList(0, rows));
    assertThat(corpus.draw(2, 3, 0).tokens()).isEqualTo(corpus.draw(2, 3, 0).tokens());
  }

  /// One loss and one step of documents that share rows are those of the same ones in rows of their
  /// own.
  @ParameterizedTest
  @Tag("torch")
  @CsvSource({"llama, O0", "llama, O2", "mistral, O2", "qwen2, O2", "gemma2, O2"})
  void noneSeesAnother(String name, Optimization optimization) {
    List<Example> examples = examples(9, new Random(3));
    Batch apart = only(new TaskCorpus(examples, examples).windows(100));
    Batch packed = only(new TaskCorpus(examples, examples).packed(STEPS).windows(100));
    assertThat(packed.rows()).isLessThan(apart.rows());
    Checkpoint checkpoint = draw(name);
    var losses = new ArrayList<Double>();
    var norms = new ArrayList<Double>();
    for (LossOptions options :
        List.of(
            LossOptions.PLAIN,
            LossOptions.PLAIN.with(Sharing.DOCUMENTS),
            LossOptions.PLAIN.with(Sharing.DOCUMENTS).with(Activations.RECOMPUTED))) {
      Batch batch = options.sharing() == Sharing.NONE ? apart : packed;
      Compiled compiled = compile(name, checkpoint, optimization, options);
      try (var weights = BoundWeights.of(compiled, checkpoint);
          var trainee = Trainee.of(compiled, weights, DeviceRequest.CPU)) {
        losses.add(trainee.loss(batch));
        var optimizer = new dune.backend.torch.run.AdamW(0.9, 0.99, 1e-8, 0);
        var progress = trainee.step(List.of(batch), optimizer, 1e-3, 1);
        losses.add(progress.loss());
        norms.add(progress.norm());
      }
    }
    assertThat(losses)
        .allSatisfy(loss -> assertThat(loss).isCloseTo(losses.getFirst(), within(1e-5)));
    assertThat(norms)
        .allSatisfy(norm -> assertThat(norm).isCloseTo(norms.getFirst(), within(1e-4 * norm)));
  }

  @Test
  void whatGoesFromStepToStepOtherwiseIsRefused() {
    Checkpoint checkpoint = draw("mamba");
    Assertions.assertThatExceptionOfType(InputFailure.class)
        .isThrownBy(
            () ->
                compile(
                    "mamba",
                    checkpoint,
                    Optimization.O2,
                    LossOptions.PLAIN.with(Sharing.DOCUMENTS)))
        .withMessageContaining("documents cannot share rows of this model")
        .withMessageContaining("--documents apart");
  }

  private static Batch only(List<Batch> batches) {
    assertThat(batches).hasSize(1);
    return batches.getFirst();
  }

  private static ModelFile file(String name) {
    return ModelFile.read(Path.of(name), new Diagnostics()).orElseThrow();
  }

  private Checkpoint draw(String name) {
    var values = new LinkedHashMap<>(Map.of("V", "" + VOCABULARY, "L", "2", "D", "32"));
    if (!name.equals("mamba")) {
      values.putAll(Map.of("H", "2", "KV", "1", "F", "48"));
      if (name.equals("gemma2")) values.put("K", "16");
    }
    var request =
        new RandomCheckpoint.Request(file(name), Optional.empty(), values, Optional.of(Elem.F32));
    var drawn =
        (FirstCheckpoint.Outcome.Drawn)
            FirstCheckpoint.draw(folder.resolve(name), request, SmallAlphabet.of("abcdefghijk"), 1);
    return Checkpoint.open(drawn.folder());
  }

  private static Compiled compile(
      String name, Checkpoint checkpoint, Optimization optimization, LossOptions options) {
    Settings settings = Settings.of(checkpoint.config(), Elem.F32);
    return ((Compilation.Done)
            ModelCompiler.compileLoss(
                file(name), settings, optimization, STEPS, List.of(), options))
        .compiled();
  }
}
