package dune.runtime.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dune.backend.torch.run.DeviceRequest;
import dune.frontend.diagnostic.Diagnostics;
import dune.ir.Elem;
import dune.runtime.bundle.Bundle.Request;
import dune.runtime.compile.Compilation;
import dune.runtime.compile.CompileOptions;
import dune.runtime.compile.ModelCompiler;
import dune.runtime.library.Library;
import dune.runtime.library.ModelFile;
import dune.runtime.model.Loadable;
import dune.runtime.model.TorchModel;
import dune.runtime.verify.Golden;
import dune.runtime.verify.Verification;
import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import dune.weights.UsageFailure;
import dune.weights.checkpoint.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BundleTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden");
  private static final String REBUILD = "dunec build --weights here -o there";

  @TempDir private Path folder;

  private static Bundle build(String name, Manifest.Embedding embedding, Path out) {
    Checkpoint checkpoint = Checkpoint.open(GOLDEN.resolve(name));
    ModelFile file = ModelFile.forArchitecture(checkpoint.architecture(), checkpoint.folder());
    var done =
        (Compilation.Done)
            ModelCompiler.compile(file, checkpoint, CompileOptions.DEFAULTS.withChunk(4));
    return Bundle.write(done.compiled(), file, checkpoint, embedding, REBUILD, out, _ -> {});
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "phi3", "mixtral", "mistral", "qwen2"})
  void manifestsReadBack(String name) {
    Bundle written = build(name, Manifest.Embedding.NONE, folder.resolve("a.dune.d"));
    assertThat(Bundle.isBundle(written.folder())).isTrue();
    assertThat(Bundle.open(written.folder()).manifest()).isEqualTo(written.manifest());
  }

  @Test
  void theSameInputGivesTheSameBytes() throws IOException {
    Path one = build("mixtral", Manifest.Embedding.EMBEDDED, folder.resolve("one")).folder();
    Path two = build("mixtral", Manifest.Embedding.EMBEDDED, folder.resolve("two")).folder();
    assertThat(Files.mismatch(one.resolve(Manifest.ARCHIVE), two.resolve(Manifest.ARCHIVE)))
        .isEqualTo(-1);
    assertThat(Files.mismatch(one.resolve(Manifest.FILE), two.resolve(Manifest.FILE)))
        .isEqualTo(-1);
  }

  @Tag("torch")
  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "phi3"})
  void runsWithItsWeightsWhereTheyLie(String name) {
    Bundle bundle = Bundle.open(build(name, Manifest.Embedding.NONE, folder.resolve("b")).folder());
    requireAgreement(name, bundle);
  }

  @Tag("torch")
  @Test
  void runsWithItsWeightsInside() {
    Bundle bundle =
        Bundle.open(build("mistral", Manifest.Embedding.EMBEDDED, folder.resolve("b")).folder());
    assertThat(bundle.isEmbedded()).isTrue();
    requireAgreement("mistral", bundle);
  }

  private static void requireAgreement(String name, Bundle bundle) {
    Golden golden = Golden.read(GOLDEN.resolve(name).resolve("golden.safetensors"));
    Loadable loadable = bundle.open(Optional.empty(), Request.NONE);
    try (TorchModel model = loadable.load(DeviceRequest.CPU, TorchModel.Mode.CACHED)) {
      assertThat(new Verification(golden, 1e-4).run(model).agrees()).isTrue();
    }
  }

  @Test
  void anotherFormatIsRefusedWithTheCommandThatRebuilds() throws IOException {
    Path bundle = build("llama", Manifest.Embedding.NONE, folder.resolve("b")).folder();
    Path manifest = bundle.resolve(Manifest.FILE);
    Files.writeString(
        manifest,
        Files.readString(manifest).replace("\"format\" : " + Manifest.FORMAT, "\"format\" : 99"));
    assertThatThrownBy(() -> Bundle.open(bundle))
        .isInstanceOf(InputFailure.class)
        .hasMessageContaining("format 99")
        .hasMessageContaining("build it again: " + REBUILD);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "{\"format\" : 2}",
        "null",
        "{\"format\" : 2, \"weights\" : {}, \"archive\" : {}}"
      })
  void damagedManifestsAreRefused(String text) throws IOException {
    Path bundle = Files.createDirectory(folder.resolve("b"));
    Files.writeString(bundle.resolve(Manifest.FILE), text);
    assertThatThrownBy(() -> Bundle.open(bundle))
        .isInstanceOf(InputFailure.class)
        .hasMessageContaining("build");
  }

  @Test
  void otherWeightsAreRefused() {
    Bundle bundle = build("llama", Manifest.Embedding.NONE, folder.resolve("b"));
    Optional<Path> other = Optional.of(GOLDEN.resolve("mistral"));
    assertThatThrownBy(() -> bundle.open(other, Request.NONE))
        .isInstanceOf(InputFailure.class)
        .hasMessageContaining("not those that it was built for");
  }

  @Test
  void whatIsNoBundleIsNotReplaced() throws IOException {
    Path precious = Files.createDirectory(folder.resolve("precious"));
    Files.writeString(precious.resolve("thesis.txt"), "years");
    assertThatThrownBy(() -> build("llama", Manifest.Embedding.NONE, precious))
        .isInstanceOf(EnvironmentFailure.class)
        .hasMessageContaining("something else is there");
    assertThat(precious.resolve("thesis.txt")).exists();
  }

  @Test
  void aBundleIsReplacedAndNothingElseIsLeft() throws IOException {
    Path out = folder.resolve("b");
    build("llama", Manifest.Embedding.NONE, out);
    build("gpt2", Manifest.Embedding.NONE, out);
    assertThat(Bundle.open(out).manifest().model()).isEqualTo("Gpt2");
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(out);
    }
  }

  @Test
  void aPlaceThatCannotBeWrittenLeavesNothing() {
    Path out = folder.resolve("absent/b");
    assertThatThrownBy(() -> build("llama", Manifest.Embedding.NONE, out))
        .isInstanceOf(EnvironmentFailure.class)
        .hasMessageContaining("its folder does not exist");
    assertThat(folder).isEmptyDirectory();
  }

  @Tag("torch")
  @Test
  void bundleAndWeightsMoveTogether() throws IOException {
    Path before = Files.createDirectory(folder.resolve("before"));
    Path weights = Files.createDirectory(before.resolve("weights"));
    for (String name : List.of("config.json", "model.safetensors")) {
      Files.copy(GOLDEN.resolve("llama").resolve(name), weights.resolve(name));
    }
    Checkpoint checkpoint = Checkpoint.open(weights);
    ModelFile file = ModelFile.forArchitecture(checkpoint.architecture(), weights);
    var done = (Compilation.Done) ModelCompiler.compile(file, checkpoint, CompileOptions.DEFAULTS);
    Bundle.write(
        done.compiled(),
        file,
        checkpoint,
        Manifest.Embedding.NONE,
        REBUILD,
        before.resolve("llama.dune.d"),
        _ -> {});
    Path after = Files.move(before, folder.resolve("after"));
    Bundle moved = Bundle.open(after.resolve("llama.dune.d"));
    requireAgreement("llama", moved);

    Files.delete(after.resolve("weights/model.safetensors"));
    Files.delete(after.resolve("weights/config.json"));
    Files.delete(after.resolve("weights"));
    assertThatThrownBy(() -> moved.open(Optional.empty(), Request.NONE))
        .isInstanceOf(EnvironmentFailure.class)
        .hasMessageContaining("say where they are with --weights");
    assertThat(moved.open(Optional.of(GOLDEN.resolve("llama")), Request.NONE).folder())
        .isEqualTo(GOLDEN.resolve("llama"));
  }

  @Test
  void whatWasFixedAtBuildStaysSo() {
    Bundle bundle = build("llama31", Manifest.Embedding.NONE, folder.resolve("b"));
    assertThatThrownBy(() -> open(bundle, new Request(Optional.of(Elem.F16), OptionalInt.empty())))
        .isInstanceOf(InputFailure.class)
        .hasMessageContaining("built to compute in f32, not in f16")
        .hasMessageEndingWith(REBUILD + " --dtype f16");
    assertThatThrownBy(() -> open(bundle, new Request(Optional.empty(), OptionalInt.of(129))))
        .isInstanceOf(InputFailure.class)
        .hasMessageContaining("a context of 128 tokens, not of 129")
        .hasMessageEndingWith(REBUILD + " --ctx-size 129");
    assertThatThrownBy(() -> open(bundle, new Request(Optional.empty(), OptionalInt.of(0))))
        .isInstanceOf(UsageFailure.class);
    Request fits = new Request(Optional.of(Elem.F32), OptionalInt.of(3));
    assertThat(open(bundle, fits).limits()).isEqualTo(new TorchModel.Limits(3, 3, 96));
  }

  private static Loadable open(Bundle bundle, Request request) {
    return bundle.open(Optional.empty(), request);
  }

  @Test
  void aLostArchiveIsNoticedBeforeAnythingIsLoaded() throws IOException {
    Bundle bundle = build("llama", Manifest.Embedding.NONE, folder.resolve("b"));
    Files.delete(bundle.folder().resolve(Manifest.ARCHIVE));
    assertThatThrownBy(() -> open(bundle, Request.NONE))
        .isInstanceOf(EnvironmentFailure.class)
        .hasMessageContaining("has lost its archive; build it again: " + REBUILD);
  }

  @Test
  void whatAModelImportsIsPartOfItsHash() throws IOException {
    String model =
        Library.models().stream()
            .filter(text -> text.name().equals("models/llama.dune"))
            .findFirst()
            .orElseThrow()
            .text();
    Files.writeString(folder.resolve("mine.dune"), "fn one() -> int { 1 }\n");
    Path own = Files.writeString(folder.resolve("own.dune"), "import mine.{one}\n" + model);
    String before = hash(own);
    assertThat(hash(own)).isEqualTo(before);
    Files.writeString(folder.resolve("mine.dune"), "fn one() -> int { 2 }\n");
    assertThat(hash(own)).isNotEqualTo(before);
  }

  private String hash(Path file) {
    Checkpoint checkpoint = Checkpoint.open(GOLDEN.resolve("llama"));
    ModelFile model = ModelFile.read(file, new Diagnostics()).orElseThrow();
    var done = (Compilation.Done) ModelCompiler.compile(model, checkpoint, CompileOptions.DEFAULTS);
    return Bundle.write(
            done.compiled(),
            model,
            checkpoint,
            Manifest.Embedding.NONE,
            REBUILD,
            folder.resolve("hashed"),
            _ -> {})
        .manifest()
        .source()
        .sha256();
  }

  @Test
  void tellsHowMuchIsWritten() {
    Checkpoint checkpoint = Checkpoint.open(GOLDEN.resolve("llama"));
    ModelFile file = ModelFile.forArchitecture(checkpoint.architecture(), checkpoint.folder());
    var done = (Compilation.Done) ModelCompiler.compile(file, checkpoint, CompileOptions.DEFAULTS);
    var told = new ArrayList<Long>();
    Path out = folder.resolve("told");
    Bundle.write(
        done.compiled(), file, checkpoint, Manifest.Embedding.EMBEDDED, REBUILD, out, told::add);
    assertThat(told).isSorted();
    assertThat(out.resolve(Manifest.ARCHIVE)).hasSize(told.getLast());
  }
}
