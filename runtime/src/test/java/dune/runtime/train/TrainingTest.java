package dune.runtime.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dune.backend.torch.run.AdamW;
import dune.backend.torch.run.DeviceRequest;
import dune.frontend.diagnostic.Diagnostics;
import dune.ir.Elem;
import dune.runtime.initial.RandomCheckpoint;
import dune.runtime.library.ModelFile;
import dune.runtime.tokenize.SmallAlphabet;
import dune.weights.InputFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("torch")
final class TrainingTest {
  private static final String TEXT = "so foul and fair a day i have not seen; ".repeat(40);
  private static final Map<String, String> SIZES = Map.of("L", "2", "H", "2", "D", "32", "P", "32");

  @TempDir Path folder;

  /// Stops a training as a power cut does, when so many steps are made.
  private static final class Stop extends RuntimeException {}

  private static class Quiet implements Training.Listener {
    private final int last;
    private double loss;

    Quiet(int last) {
      this.last = last;
    }

    @Override
    public void adapted(java.util.List<dune.passes.lora.Projection> matched) {}

    @Override
    public void began(int made, int steps, long weights, int tokens, int measured) {
      assertThat(weights).isPositive();
    }

    @Override
    public void stepped(int step, double rate, Trainee.Progress progress) {
      loss = progress.loss();
      if (step == last) throw new Stop();
    }

    @Override
    public void evaluated(int steps, double measured) {}
  }

  private static TrainingPlan plan(int steps, int pause) {
    return new TrainingPlan(
        new Schedule(3e-3, 3e-4, 2, steps), new AdamW(0.9, 0.99, 1e-8, 0.1), 4, 2, 1, pause, 7);
  }

  private Path begin(String name, String model, Elem elem, TrainingPlan plan, Quiet listener) {
    return begin(name, model, elem, plan, SamplePlan.NONE, listener);
  }

  private Path begin(
      String name, String model, Elem elem, TrainingPlan plan, SamplePlan samples, Quiet listener) {
    Path run = folder.resolve(name);
    Path data = folder.resolve("data.txt");
    try {
      Files.writeString(data, TEXT);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    var file = ModelFile.read(Path.of(model), new Diagnostics()).orElseThrow();
    var values = new java.util.LinkedHashMap<>(SIZES);
    if (!model.equals("gpt2")) values.remove("P");
    if (!model.equals("gpt2")) values.putAll(Map.of("KV", "1", "F", "64"));
    var request = new RandomCheckpoint.Request(file, Optional.empty(), values, Optional.of(elem));
    var drawn =
        (FirstCheckpoint.Outcome.Drawn)
            FirstCheckpoint.draw(run, request, SmallAlphabet.of(TEXT), 1);
    var settings =
        new RunSettings(
                drawn.folder().getFileName().toString(), data.toString(), "", 0.9, 16, elem, plan)
            .with(samples);
    Training.begin(run, settings, DeviceRequest.CPU, listener);
    return run;
  }

  @ParameterizedTest
  @CsvSource({"gpt2, F32", "llama, F32", "llama, BF16"})
  void whatIsInterruptedEndsWithTheSameBytes(String model, Elem elem) throws IOException {
    Path whole = begin("whole", model, elem, plan(20, 4), new Quiet(-1));
    Path parts = folder.resolve("parts");
    assertThatThrownBy(() -> begin("parts", model, elem, plan(20, 4), new Quiet(2)))
        .isInstanceOf(Stop.class);
    for (int stop : new int[] {5, 14}) {
      assertThatThrownBy(() -> Training.resume(parts, DeviceRequest.CPU, new Quiet(stop)))
          .isInstanceOf(Stop.class);
    }
    Training.resume(parts, DeviceRequest.CPU, new Quiet(-1));
    for (String file : new String[] {"last/model.safetensors", "last/optimizer.safetensors"}) {
      assertThat(parts.resolve(file)).hasSameBinaryContentAs(whole.resolve(file));
    }
    assertThat(parts.resolve("metrics.jsonl"))
        .hasSameTextualContentAs(whole.resolve("metrics.jsonl"));
    assertThat(parts.resolve("best/training.json"))
        .hasSameTextualContentAs(whole.resolve("best/training.json"));
  }

  /// Texts are written in the middle of a training, and it goes on as if they were not.
  @ParameterizedTest
  @CsvSource({"gpt2, F32", "llama, BF16"})
  void textsOnTheWayChangeNothing(String model, Elem elem) throws IOException {
    var samples = new SamplePlan(List.of(0, 5), 4, List.of("so ", "fair"), 6, 0.8);
    Path without = begin("without", model, elem, plan(10, 4), new Quiet(-1));
    Path with = begin("with", model, elem, plan(10, 4), samples, new Quiet(-1));
    assertThat(with.resolve("last/model.safetensors"))
        .hasSameBinaryContentAs(without.resolve("last/model.safetensors"));
    assertThat(with.resolve("metrics.jsonl"))
        .hasSameTextualContentAs(without.resolve("metrics.jsonl"));
    assertThat(without.resolve("samples.jsonl")).doesNotExist();
    List<String> lines = Files.readAllLines(with.resolve("samples.jsonl"));
    assertThat(lines.stream().map(line -> line.replaceAll(",\"text.*", "")))
        .containsExactlyElementsOf(
            Stream.of(0, 4, 5, 8, 10)
                .flatMap(
                    step ->
                        Stream.of("so ", "fair")
                            .map(
                                prompt ->
                                    "{\"step\":%d,\"seed\":7,\"prompt\":\"%s\""
                                        .formatted(step, prompt)))
                .toList());
    assertThat(lines).allMatch(line -> line.matches(".*\"text\":\".{6}\"}"));
  }

  @Test
  void whoGoesOnWritesNothingTwice() {
    var samples = new SamplePlan(List.of(0, 4), 3, List.of(), 6, 0);
    Path whole = begin("whole", "llama", Elem.F32, plan(10, 4), samples, new Quiet(-1));
    Path parts = folder.resolve("parts");
    assertThatThrownBy(() -> begin("parts", "llama", Elem.F32, plan(10, 4), samples, new Quiet(2)))
        .isInstanceOf(Stop.class);
    for (int stop : new int[] {6, 9}) {
      assertThatThrownBy(() -> Training.resume(parts, DeviceRequest.CPU, new Quiet(stop)))
          .isInstanceOf(Stop.class);
    }
    Training.resume(parts, DeviceRequest.CPU, new Quiet(-1));
    assertThat(parts.resolve("samples.jsonl"))
        .hasSameTextualContentAs(whole.resolve("samples.jsonl"));
  }

  @Test
  void aTextIsLearnedByHeart() {
    var listener = new Quiet(-1);
    begin("heart", "llama", Elem.F32, plan(150, 150), listener);
    assertThat(listener.loss).isLessThan(0.2);
  }

  @Test
  void twoTrainingsDoNotShareAFolder() throws IOException {
    Path run = begin("shared", "gpt2", Elem.F32, plan(3, 3), new Quiet(-1));
    Files.createDirectories(run.resolve(".step-2.old"));
    try (var _ = new RunFolder(run).claim()) {
      assertThat(run.resolve(".step-2.old")).doesNotExist();
      assertThatThrownBy(() -> Training.resume(run, DeviceRequest.CPU, new Quiet(-1)))
          .hasMessageContaining("another training goes on there");
    }
  }

  /// A training that is over makes no step more.
  @Test
  void whatIsDoneStaysAsItIs() throws IOException {
    Path run = begin("done", "gpt2", Elem.F32, plan(3, 3), new Quiet(-1));
    byte[] before = Files.readAllBytes(run.resolve("last/model.safetensors"));
    Training.resume(run, DeviceRequest.CPU, new Quiet(0));
    assertThat(Files.readAllBytes(run.resolve("last/model.safetensors"))).isEqualTo(before);
  }

  @Test
  void textsThatAreTooShortAreRefused() {
    assertThatThrownBy(() -> Corpus.split(new int[20], 0.5, 10))
        .isInstanceOf(InputFailure.class)
        .hasMessageContaining("there are 10 tokens to learn from")
        .hasMessageContaining("--ctx-size");
  }

  @Test
  void windowsLieBehindOneAnother() {
    var corpus = Corpus.of(new int[20], new int[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, 3);
    var windows = corpus.windows(2);
    assertThat(windows).hasSize(2);
    assertThat(windows.getFirst().tokens()).containsExactly(1, 2, 3, 4, 5, 6);
    assertThat(windows.getFirst().targets()).containsExactly(2, 3, 4, 5, 6, 7);
    assertThat(windows.getLast().tokens()).containsExactly(7, 8, 9);
    assertThat(windows.getLast().targets()).containsExactly(8, 9, 10);
  }
}
