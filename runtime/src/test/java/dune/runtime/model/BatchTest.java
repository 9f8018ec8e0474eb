package dune.runtime.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dune.backend.torch.run.DeviceRequest;
import dune.runtime.compile.Compilation;
import dune.runtime.compile.CompileOptions;
import dune.runtime.compile.ModelCompiler;
import dune.runtime.generate.Generated;
import dune.runtime.generate.Generator;
import dune.runtime.generate.LanguageModel.Batch;
import dune.runtime.generate.Request;
import dune.runtime.library.ModelFile;
import dune.runtime.model.TorchModel.Mode;
import dune.runtime.sample.Penalties;
import dune.runtime.sample.SamplingSettings;
import dune.runtime.tokenize.SpecialTokens;
import dune.runtime.tokenize.Tokenizer;
import dune.weights.checkpoint.Checkpoint;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Sequences of one batch do not see one another: each gives what it gives alone, whatever their
/// lengths, and whichever end first. Small random models.
@Tag("torch")
final class BatchTest {
  private static final int CHUNK = 4;
  private static final SamplingSettings SAMPLED =
      new SamplingSettings(1, 20, 0.95, 0, new Penalties(1.2, 0.1, 0.1), 7);

  /// The text is beside the point: one letter per token.
  private record Letters(int end) implements Tokenizer {
    @Override
    public int[] encode(String text) {
      return text.chars().map(letter -> letter - 'A').toArray();
    }

    @Override
    public String decode(int[] ids) {
      var text = new StringBuilder();
      for (int id : ids) text.append((char) ('A' + id));
      return text.toString();
    }

    @Override
    public SpecialTokens special() {
      return new SpecialTokens(OptionalInt.empty(), false, new TreeSet<>(List.of(end)));
    }

    @Override
    public void close() {}
  }

  private static TorchModel model(String name, Mode mode) {
    Path folder = Path.of("src/test/resources/golden").resolve(name);
    Checkpoint checkpoint = Checkpoint.open(folder);
    ModelFile file = ModelFile.forArchitecture(checkpoint.architecture(), folder);
    CompileOptions options = CompileOptions.DEFAULTS.withContext(40).withChunk(CHUNK);
    var done = (Compilation.Done) ModelCompiler.compile(file, checkpoint, options);
    return ModelLoader.load(done.compiled(), checkpoint, DeviceRequest.CPU, mode);
  }

  /// Prompts shorter, as long as, and much longer than a chunk; the last fills the context.
  private static List<Request> requests(SamplingSettings sampling) {
    int[] lengths = {1, 4, 17, 6, 30};
    int[] limits = {20, 3, 12, 0, 20};
    var requests = new ArrayList<Request>();
    for (int row = 0; row < lengths.length; row++) {
      int salt = row;
      List<Integer> prompt =
          IntStream.range(0, lengths[row]).map(i -> (i * 37 + salt * 11 + 5) % 90).boxed().toList();
      requests.add(new Request(prompt, limits[row], sampling, List.of("~")));
    }
    return requests;
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama", "llama31", "mistral", "mixtral", "phi3", "qwen2"})
  void eachRowIsAsAlone(String name) {
    try (TorchModel model = model(name, Mode.CACHED)) {
      asAlone(model, SamplingSettings.GREEDY);
      asAlone(model, SAMPLED);
    }
  }

  @Test
  void eachRowIsAsAloneWithoutCaches() {
    try (TorchModel model = model("llama", Mode.RECOMPUTED)) {
      asAlone(model, SAMPLED);
    }
  }

  private static void asAlone(TorchModel model, SamplingSettings sampling) {
    var generator = new Generator(model, new Letters(3));
    List<Request> requests = requests(sampling);
    var texts = new ArrayList<StringBuilder>();
    requests.forEach(_ -> texts.add(new StringBuilder()));
    List<Generated> together =
        generator.run(requests, (row, piece) -> texts.get(row).append(piece));
    for (int row = 0; row < requests.size(); row++) {
      var text = new StringBuilder();
      Generated alone = generator.run(requests.get(row), text::append);
      assertThat(together.get(row).tokens()).as("row " + row).isEqualTo(alone.tokens());
      assertThat(together.get(row).ending()).isEqualTo(alone.ending());
      assertThat(texts.get(row)).hasToString(text.toString());
    }
    assertThat(together).extracting(Generated::ending).contains(Generated.Ending.LIMIT);
    assertThat(together.get(3).tokens()).isEmpty();
  }

  /// Rows that wait keep what they have, and go on from it.
  @ParameterizedTest
  @ValueSource(strings = {"llama", "mistral"})
  void rowsMayWait(String name) {
    int[] tokens = IntStream.range(0, 24).map(i -> (i * 29 + 3) % 90).toArray();
    try (TorchModel model = model(name, Mode.CACHED)) {
      float[] wanted = model.begin().append(tokens);
      Batch batch = model.batch(2);
      int[] none = {};
      assertThat(batch.append(List.of(part(tokens, 0, 9), part(tokens, 0, 1)))).hasSize(2);
      assertThat(batch.append(List.of(part(tokens, 9, 10), none)).get(1)).isEmpty();
      batch.append(List.of(none, part(tokens, 1, 20)));
      assertThat(batch.length(0)).isEqualTo(10);
      batch.append(List.of(none, part(tokens, 20, 23)));
      List<float[]> last = batch.append(List.of(part(tokens, 10, 24), part(tokens, 23, 24)));
      for (float[] logits : last) {
        assertThat(logits).hasSameSizeAs(wanted);
        for (int id = 0; id < wanted.length; id++) {
          assertThat(logits[id]).isCloseTo(wanted[id], within(1e-4f));
        }
      }
    }
  }

  private static int[] part(int[] tokens, int from, int to) {
    return java.util.Arrays.copyOfRange(tokens, from, to);
  }

  @Test
  void whatCannotBeAddedIsRefused() {
    try (TorchModel model = model("llama", Mode.CACHED)) {
      Batch batch = model.batch(2);
      int[] none = {};
      assertThatThrownBy(() -> batch.append(List.of(none, none)))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> batch.append(List.of(none, new int[41])))
          .hasMessage("41 tokens after 0 outgrow a context of 40");
      batch.append(List.of(new int[40], new int[1]));
      assertThat(batch.append(List.of(none, new int[] {1})).get(1)).hasSize(96);
      model.begin();
      assertThatThrownBy(() -> batch.append(List.of(none, new int[1])))
          .hasMessage("another sequence has begun");
    }
  }
}
