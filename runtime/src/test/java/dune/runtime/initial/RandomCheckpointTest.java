package dune.runtime.initial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dune.backend.torch.run.DeviceRequest;
import dune.frontend.source.SourceText;
import dune.ir.Elem;
import dune.ir.checkpoint.Config;
import dune.runtime.compile.Compilation;
import dune.runtime.compile.CompileOptions;
import dune.runtime.compile.ModelCompiler;
import dune.runtime.library.Library;
import dune.runtime.library.ModelFile;
import dune.runtime.model.ModelLoader;
import dune.runtime.model.TorchModel;
import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import dune.weights.bind.Binder;
import dune.weights.bind.Binding;
import dune.weights.bind.BindingReport;
import dune.weights.bind.Finding;
import dune.weights.bind.WeightLoader;
import dune.weights.checkpoint.Checkpoint;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RandomCheckpointTest {
  private static final long WHOLE = Long.MAX_VALUE;

  @TempDir Path parent;

  private static ModelFile shipped(String name) {
    return Library.models().stream()
        .filter(text -> text.name().equals("models/" + name + ".dune"))
        .map(text -> new ModelFile(text, Path.of("")))
        .findFirst()
        .orElseThrow();
  }

  /// Sizes at which everything is there and nothing is slow.
  private static Map<String, String> small(String name) {
    var values = new LinkedHashMap<>(Map.of("V", "260", "D", "48", "F", "80", "L", "2", "H", "4"));
    if (!name.equals("gpt2")) values.put("KV", "2");
    return values;
  }

  private static RandomCheckpoint plan(
      ModelFile model, Optional<Config> config, Map<String, String> values, Elem elem) {
    var request = new RandomCheckpoint.Request(model, config, values, Optional.of(elem));
    return ((RandomCheckpoint.Plan.Ready) RandomCheckpoint.plan(request)).checkpoint();
  }

  private static RandomCheckpoint plan(String name, Elem elem) {
    return plan(shipped(name), Optional.empty(), small(name), elem);
  }

  private Checkpoint written(RandomCheckpoint checkpoint, String folder) {
    Path place = parent.resolve(folder);
    checkpoint.write(place, 1, WHOLE, 2, _ -> {});
    return Checkpoint.open(place);
  }

  private static BindingReport bound(Checkpoint checkpoint) {
    var file = ModelFile.forArchitecture(checkpoint.architecture(), checkpoint.folder());
    var elaborated = ModelCompiler.elaborate(file, checkpoint, CompileOptions.DEFAULTS);
    return Binder.bind(
        ModelCompiler.clause(file, elaborated),
        elaborated.program().orElseThrow(),
        checkpoint.tensors());
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama", "mistral", "mixtral", "qwen2", "phi3"})
  void everyArchitectureReadsWhatWasWritten(String name) {
    var checkpoint = written(plan(name, Elem.F32), name);
    var findings = bound(checkpoint).findings();
    assertThat(findings).isNotEmpty().allMatch(Finding.Ok.class::isInstance);
    long tensors = findings.stream().mapToLong(_ -> 1).sum();
    assertThat(checkpoint.tensors().all()).hasSizeLessThanOrEqualTo((int) tensors);
  }

  /// Fused in the one file and separate in the other, with the same members and seed.
  @Test
  void numbersBelongToMembersAndNotToTheTensorsOfAFile() {
    var llama = members(written(plan("llama", Elem.F32), "llama"));
    var phi = members(written(plan("phi3", Elem.F32), "phi3"));
    assertThat(phi.keySet()).containsExactlyInAnyOrderElementsOf(llama.keySet());
    llama.forEach((path, values) -> assertThat(phi.get(path)).as(path).isEqualTo(values));
  }

  @Test
  void numbersAreDrawnAsTheModelSays() {
    var members = members(written(plan("gpt2", Elem.F32), "gpt2"));
    assertThat(members.get("ln_f.weight")).containsOnly(1);
    assertThat(members.get("h.1.attn.q_proj.bias")).containsOnly(0);
    deviates(0.02, members.get("wte.weight"));
    deviates(0.02, members.get("h.0.attn.q_proj.weight"));
    // `init` in the file makes these smaller by the square root of twice the layers.
    deviates(0.01, members.get("h.0.attn.o_proj.weight"));
    deviates(0.01, members.get("h.1.mlp.down_proj.weight"));
  }

  private static void deviates(double deviation, float[] values) {
    double mean = 0;
    double squares = 0;
    for (float value : values) {
      mean += value / values.length;
      squares += (double) value * value / values.length;
    }
    double error = deviation / Math.sqrt(values.length);
    assertThat(mean).isCloseTo(0, within(4 * error));
    assertThat(Math.sqrt(squares)).isCloseTo(deviation, within(3 * error));
  }

  private static Map<String, float[]> members(Checkpoint checkpoint) {
    var members = new LinkedHashMap<String, float[]>();
    try (var arena = Arena.ofConfined()) {
      var loader = new WeightLoader(checkpoint.tensors().map(arena), arena);
      for (Binding binding : bound(checkpoint).bindings()) {
        MemorySegment bytes = loader.load(binding).bytes();
        members.put(binding.request().path(), bytes.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED));
      }
    }
    return members;
  }

  @Test
  void aSeedGivesTheSameBytesOnAnyNumberOfThreads() throws IOException {
    // Larger than the pieces that are drawn at once.
    var large = new LinkedHashMap<>(small("mixtral"));
    large.put("V", "30000");
    var checkpoint = plan(shipped("mixtral"), Optional.empty(), large, Elem.BF16);
    checkpoint.write(parent.resolve("one"), 7, WHOLE, 1, _ -> {});
    checkpoint.write(parent.resolve("many"), 7, WHOLE, 5, _ -> {});
    checkpoint.write(parent.resolve("other"), 8, WHOLE, 5, _ -> {});
    assertThat(mismatch("one", "many")).isEqualTo(-1);
    assertThat(mismatch("one", "other")).isPositive();
  }

  private long mismatch(String one, String other) throws IOException {
    String name = "model.safetensors";
    return Files.mismatch(parent.resolve(one).resolve(name), parent.resolve(other).resolve(name));
  }

  @Test
  void textsAreBytesWhereThereAreTokensForThem() {
    Path tokenizer =
        written(plan("llama", Elem.F32), "llama").folder().resolve("dune_tokenizer.json");
    assertThat(tokenizer).hasContent("{\"type\": \"byte\"}");
    var few = new LinkedHashMap<>(small("llama"));
    few.put("V", "255");
    var small = written(plan(shipped("llama"), Optional.empty(), few, Elem.F32), "small");
    assertThat(small.folder().resolve("dune_tokenizer.json")).doesNotExist();
  }

  /// No architecture needs more than its text: names, shapes and settings are read backwards.
  @Test
  void everyModelThatComesWithDuneCanBeWritten() {
    for (SourceText text : Library.models()) {
      var model = new ModelFile(text, Path.of(""));
      var layers = text.text().contains("L: int") ? Map.of("L", "2") : Map.<String, String>of();
      var checkpoint = plan(model, Optional.empty(), layers, Elem.BF16);
      assertThat(checkpoint.tensors()).as(text.name()).hasSizeGreaterThan(10);
    }
  }

  @Test
  void shardsHoldTheSameTensors() {
    var checkpoint = plan("llama", Elem.F32);
    var written = new long[1];
    checkpoint.write(parent.resolve("shards"), 1, 100_000, 2, bytes -> written[0] = bytes);
    var shards = Checkpoint.open(parent.resolve("shards"));
    assertThat(shards.tensors().files()).hasSizeGreaterThan(2);
    assertThat(written[0]).isEqualTo(checkpoint.bytes());
    var whole = members(written(checkpoint, "whole"));
    members(shards).forEach((path, values) -> assertThat(values).isEqualTo(whole.get(path)));
  }

  @Test
  void aConfigIsKeptBesideWhatIsSetByHand() {
    Path golden = Path.of("src/test/resources/golden/llama31");
    var config = Optional.of(Checkpoint.settings(golden.resolve("config.json")));
    var checkpoint = plan(shipped("llama"), config, Map.of("L", "1"), Elem.BF16);
    var text = written(checkpoint, "llama31").config();
    assertThat(text.get("num_hidden_layers").value()).hasFieldOrPropertyWithValue("value", 1L);
    assertThat(text.get("rope_parameters").get("rope_type").value())
        .hasFieldOrPropertyWithValue("value", "llama3");
    assertThat(text.get("dtype").value()).hasFieldOrPropertyWithValue("value", "bfloat16");
  }

  @Test
  void aModelOfTheUserIsPutBesideItsWeights() throws IOException {
    Path own = Files.createDirectory(parent.resolve("own"));
    Files.writeString(
        own.resolve("parts.dune"),
        "block Scale(D: dim) { gain: param[D] = constant(3) forward(x: [..., D]) -> [..., D] { x *"
            + " gain } }");
    String text =
        """
        import std.{Embedding, Linear}
        import parts.{Scale}

        model Own(V: dim = 64, D: dim = 16) {
          embed: Embedding(V, D)
          scale: Scale(D)
          head: Linear(D, V)
          forward(tokens: int[B, T]) -> [B, T, V] { head(scale(embed(tokens))) }
          checkpoint "OwnForCausalLM" {
            config { let size = .sizes.width  V = .vocab  D = size }
            weights { * = "{*}" }
          }
        }
        """;
    Path file = Files.writeString(own.resolve("own.dune"), text);
    var model = new ModelFile(SourceText.of(file.toString(), text), own);
    var checkpoint = written(plan(model, Optional.empty(), Map.of("D", "8"), Elem.F32), "out");
    assertThat(checkpoint.folder().toFile().list())
        .containsExactlyInAnyOrder("config.json", "model.safetensors", "own.dune", "parts.dune");
    assertThat(checkpoint.config().get("sizes").get("width").value())
        .hasFieldOrPropertyWithValue("value", 8L);
    assertThat(members(checkpoint).get("scale.gain")).hasSize(8).containsOnly(3);
  }

  @Test
  void whatConfigsCannotSayIsRefused() {
    String text =
        """
        import std.{Embedding, Linear}
        model Own(V: dim = 64, D: dim = 16, factor: float = 2.0) {
          embed: Embedding(V, D)
          head: Linear(D, V)
          forward(tokens: int[B, T]) -> [B, T, V] { factor * head(embed(tokens)) }
          checkpoint "Own" {
            config { V = .vocab  D = .half * 2 }
            weights { * = "{*}" }
          }
        }
        """;
    var model = new ModelFile(SourceText.of("own.dune", text), Path.of(""));
    assertThatThrownBy(() -> plan(model, Optional.empty(), Map.of(), Elem.F32))
        .isInstanceOf(InputFailure.class)
        .hasMessageContaining("found no config.json that gives `D = 16`")
        .hasMessageContaining("as the checkpoint clause reads `D = .half * 2`");
    var readable =
        new ModelFile(SourceText.of("own.dune", text.replace("half * 2", "d")), Path.of(""));
    assertThatThrownBy(() -> plan(readable, Optional.empty(), Map.of("factor", "3.0"), Elem.F32))
        .isInstanceOf(InputFailure.class)
        .hasMessageContaining("config.json cannot say `factor = 3.0`");
    var without =
        new ModelFile(
            SourceText.of("own.dune", text.replaceAll("(?s)  checkpoint.*", "}")), Path.of(""));
    assertThatThrownBy(() -> plan(without, Optional.empty(), Map.of(), Elem.F32))
        .hasMessageContaining("own.dune has no checkpoint clause");
  }

  @Test
  void whatDoesNotFitTheDiskIsRefusedBeforeItIsBegun() {
    var huge = plan(shipped("llama"), Optional.empty(), Map.of("V", "4000000000000"), Elem.F64);
    assertThatThrownBy(() -> huge.write(parent.resolve("huge"), 1, WHOLE, 1, _ -> {}))
        .isInstanceOf(EnvironmentFailure.class)
        .hasMessageContaining("GB free; choose another place");
    assertThat(parent.resolve("huge")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama", "mistral", "mixtral", "qwen2", "phi3"})
  @Tag("torch")
  void randomModelsRun(String name) {
    var checkpoint = written(plan(name, Elem.F32), name);
    var file = ModelFile.forArchitecture(checkpoint.architecture(), checkpoint.folder());
    var done = (Compilation.Done) ModelCompiler.compile(file, checkpoint, CompileOptions.DEFAULTS);
    try (TorchModel model =
        ModelLoader.load(done.compiled(), checkpoint, DeviceRequest.CPU, TorchModel.Mode.CACHED)) {
      float[] logits = model.score(new long[] {1, 2, 3, 4, 5, 6}, 2, 3);
      assertThat(logits).hasSize(2 * 3 * 260);
      for (float logit : logits) assertThat(logit).isFinite();
      assertThat(Arrays.stream(box(logits)).distinct().count()).isGreaterThan(1000);
    }
  }

  private static Float[] box(float[] values) {
    var boxed = new Float[values.length];
    for (int i = 0; i < values.length; i++) boxed[i] = values[i];
    return boxed;
  }
}
