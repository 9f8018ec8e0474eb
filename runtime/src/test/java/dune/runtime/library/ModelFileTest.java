package dune.runtime.library;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.source.SourceText;
import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ModelFileTest {
  private static final String MODEL =
      """
      import mine.{Norm}
      import std.norm.{RmsNorm}

      model Own(V: dim) {
        checkpoint "LlamaForCausalLM" { weights { * = "{*}" } }
      }
      """;

  @TempDir private Path folder;

  private Path write(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  private static ModelFile read(Path file) {
    return ModelFile.read(file, new Diagnostics()).orElseThrow();
  }

  private static List<String> names(List<SourceText> texts) {
    return texts.stream().map(SourceText::name).toList();
  }

  @Test
  void theLibraryAndTheArchitecturesComeWithDune() {
    assertThat(names(Library.standard())).contains("std/attention.dune", "std/rope.dune");
    assertThat(ModelFile.architectures())
        .contains("GPT2LMHeadModel", "LlamaForCausalLM", "MixtralForCausalLM");
  }

  @Test
  void anArchitectureOfOursIsFound() {
    ModelFile found = ModelFile.forArchitecture("MistralForCausalLM", folder);
    assertThat(found.text().name()).isEqualTo("models/mistral.dune");
  }

  @Test
  void filesOfTheUserWin() throws IOException {
    Path file = write("own.dune", MODEL);
    assertThat(ModelFile.forArchitecture("LlamaForCausalLM", folder).text().name())
        .isEqualTo(file.toString());
    assertThat(ModelFile.forArchitecture("Qwen2ForCausalLM", folder).text().name())
        .isEqualTo("models/qwen2.dune");
  }

  @Test
  void aNameThatIsOnlyMentionedIsNoClaim() throws IOException {
    write("notes.dune", "// \"LlamaForCausalLM\"\n");
    assertThat(ModelFile.forArchitecture("LlamaForCausalLM", folder).text().name())
        .isEqualTo("models/llama.dune");
  }

  @Test
  void twoClaimsAreAnErrorThatListsBoth() throws IOException {
    write("one.dune", MODEL);
    write("two.dune", MODEL);
    assertThatThrownBy(() -> ModelFile.forArchitecture("LlamaForCausalLM", folder))
        .isInstanceOf(InputFailure.class)
        .hasMessageContaining("one.dune and ")
        .hasMessageContaining("two.dune");
  }

  @Test
  void anUnknownArchitectureLeadsToTheChapterOnNewOnes() {
    assertThatThrownBy(() -> ModelFile.forArchitecture("Strange", folder))
        .isInstanceOf(InputFailure.class)
        .hasMessageContaining("`Strange`")
        .hasMessageContaining("\"Writing a new architecture\" in docs/language.md");
  }

  @Test
  void importsLieBesideTheFile() throws IOException {
    write("mine.dune", "import parts.deep.{Deep}\n");
    write("parts/deep.dune", "import mine.{Norm}\n");
    ModelFile file = read(write("own.dune", MODEL));
    assertThat(names(file.sources().find(List.of("mine"))))
        .containsExactly(folder.resolve("mine.dune").toString());
    assertThat(names(file.sources().find(List.of("std", "norm")))).containsExactly("std/norm.dune");
    assertThat(file.sources().find(List.of("absent"))).isEmpty();
    assertThat(file.sources().find(List.of("std", "absent"))).isEmpty();
  }

  @Test
  void everythingThatIsImportedIsKnown() throws IOException {
    write("mine.dune", "import parts.deep.{Deep}\n");
    write("parts/deep.dune", "import mine.{Norm}\n");
    write("alone.dune", "import mine.{Norm}\n");
    ModelFile file = read(write("own.dune", MODEL));
    assertThat(names(file.imported()))
        .startsWith(
            folder.resolve("mine.dune").toString(), folder.resolve("parts/deep.dune").toString())
        .contains("std/norm.dune")
        .doesNotContain(
            folder.resolve("alone.dune").toString(), folder.resolve("own.dune").toString());
  }

  @Test
  void whatCannotBeReadIsSaid() throws IOException {
    Path binary = Files.write(folder.resolve("mine.dune"), new byte[] {(byte) 0xff});
    ModelFile file = read(write("own.dune", MODEL));
    assertThatThrownBy(() -> file.sources().find(List.of("mine")))
        .isInstanceOf(InputFailure.class)
        .hasMessage(binary + ": it is not UTF-8 text");
    assertThatThrownBy(() -> read(folder))
        .isInstanceOf(EnvironmentFailure.class)
        .hasMessageContaining("it is a folder");
    assertThatThrownBy(() -> read(folder.resolve("absent.dune")))
        .isInstanceOf(EnvironmentFailure.class)
        .hasMessageContaining("no such file");
  }
}
