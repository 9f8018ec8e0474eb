package dune.runtime.compile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dune.frontend.source.SourceText;
import dune.ir.Elem;
import dune.ir.Function;
import dune.ir.Program;
import dune.runtime.library.ModelFile;
import dune.weights.InputFailure;
import dune.weights.UsageFailure;
import dune.weights.checkpoint.Checkpoint;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class ModelCompilerTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden");

  private static Compilation compile(String name, CompileOptions options) {
    Checkpoint checkpoint = Checkpoint.open(GOLDEN.resolve(name));
    ModelFile file = ModelFile.forArchitecture(checkpoint.architecture(), checkpoint.folder());
    return ModelCompiler.compile(file, checkpoint, options);
  }

  private static Compiled compiled(String name, CompileOptions options) {
    return ((Compilation.Done) compile(name, options)).compiled();
  }

  private static Compilation compile(String text) {
    Checkpoint checkpoint = Checkpoint.open(GOLDEN.resolve("llama"));
    var file = new ModelFile(SourceText.of("own.dune", text), checkpoint.folder());
    return ModelCompiler.compile(file, checkpoint, CompileOptions.DEFAULTS);
  }

  @Test
  void aModelThatCanContinueHasItsFunctions() {
    Compiled compiled = compiled("llama", CompileOptions.DEFAULTS);
    assertThat(compiled.isCached()).isTrue();
    assertThat(compiled.program().functions())
        .extracting(Function::name)
        .containsExactlyInAnyOrder("score", "step", "next", "tables");
    assertThat(compiled.parameters()).containsEntry("L", "3");
  }

  @Test
  void theElementTypeIsThatOfTheWeightsUnlessAsked() {
    assertThat(compiled("llama", CompileOptions.DEFAULTS).elem()).isEqualTo(Elem.F32);
    Compiled half = compiled("llama", CompileOptions.DEFAULTS.withElem(Elem.BF16));
    assertThat(half.elem()).isEqualTo(Elem.BF16);
    assertThat(half.program().weights()).allMatch(weight -> weight.type().elem() == Elem.BF16);
  }

  @Test
  void theContextIsThatOfTheConfigUnlessAsked() {
    assertThat(compiled("llama31", CompileOptions.DEFAULTS).context()).isEqualTo(128);
    Compiled longer = compiled("llama31", CompileOptions.DEFAULTS.withContext(1000));
    assertThat(longer.context()).isEqualTo(1000);
    assertThat(longer.chunk()).isEqualTo(256);
    assertThat(compiled("llama31", CompileOptions.DEFAULTS.withContext(5)).chunk()).isEqualTo(5);
    assertThatThrownBy(() -> compile("llama31", CompileOptions.DEFAULTS.withContext(0)))
        .isInstanceOf(UsageFailure.class)
        .hasMessageContaining("holds nothing");
  }

  @Test
  void learnedPositionsBoundTheContext() {
    assertThat(compiled("gpt2", CompileOptions.DEFAULTS).context()).isEqualTo(64);
    assertThat(compiled("gpt2", CompileOptions.DEFAULTS.withContext(64)).context()).isEqualTo(64);
    assertThatThrownBy(() -> compile("gpt2", CompileOptions.DEFAULTS.withContext(65)))
        .isInstanceOf(InputFailure.class)
        .hasMessageContaining("a context of 65 tokens")
        .hasMessageContaining("64 positions");
  }

  @Test
  void aModelThatLooksAheadSaysWhyItCannotContinue() {
    String text =
        """
        import std.{Embedding, Linear}

        model Own(V: dim, D: dim) {
          embed: Embedding(V, D)
          head: Linear(D, V)
          forward(tokens: int[B, T]) -> [B, T, V] {
            let x = embed(tokens)
            head(x - mean(x, over T))
          }
          checkpoint "LlamaForCausalLM" {
            config { V = .vocab_size  D = .hidden_size }
            weights { head = "lm_head"  embed = "model.embed_tokens" }
          }
        }
        """;
    Compiled compiled = ((Compilation.Done) compile(text)).compiled();
    assertThat(compiled.isCached()).isFalse();
    assertThat(compiled.reasons())
        .singleElement()
        .extracting(Object::toString)
        .asString()
        .startsWith("own.dune:8: ");
    Program program = compiled.program();
    assertThat(program.functions()).extracting(Function::name).containsExactly("score");
  }

  @Test
  void mistakesAreReportedAndNothingIsCompiled() {
    assertThat(compile("model Own() { forward(tokens: int[B, T]) -> [B, T] { tokns } }"))
        .isInstanceOfSatisfying(
            Compilation.Refused.class,
            refused -> assertThat(refused.diagnostics().hasErrors()).isTrue());
  }

  @Test
  void withoutACheckpointClauseNoWeightsCanBeFound() {
    String text =
        """
        import std.{Embedding, Linear}

        model Own(V: dim = 8, D: dim = 4) {
          embed: Embedding(V, D)
          head: Linear(D, V)
          forward(tokens: int[B, T]) -> [B, T, V] { head(embed(tokens)) }
        }
        """;
    assertThatThrownBy(() -> compile(text))
        .isInstanceOf(InputFailure.class)
        .hasMessageContaining("own.dune has no checkpoint clause");
  }
}
