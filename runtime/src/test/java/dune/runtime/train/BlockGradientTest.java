package dune.runtime.train;

import static dune.runtime.train.LossGradients.gradients;
import static dune.runtime.train.LossGradients.requireEqual;
import static dune.runtime.train.LossGradients.requireSlopes;
import static dune.runtime.train.LossGradients.weights;
import static org.assertj.core.api.Assertions.assertThat;

import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.elaborate.Elaborated;
import dune.frontend.elaborate.Elaborator;
import dune.frontend.elaborate.Settings;
import dune.ir.Elem;
import dune.ir.Program;
import dune.ir.Weight;
import dune.ir.interpret.Array;
import dune.ir.testkit.Widening;
import dune.passes.Compiler;
import dune.passes.Optimization;
import dune.passes.pass.Observer;
import dune.runtime.library.Library;
import dune.runtime.library.ModelFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The gradients of every block of the standard library, with all that it can have, in f64 against
/// central differences of the interpreter, as it is written and fully optimized.
@Tag("torch")
final class BlockGradientTest {
  private static final String MODEL =
      """
      import std.{%s}

      model Case(V: dim = 11, D: dim = 8, H: dim = 2, KV: dim = 1, K: dim = 4) {
        table: Embedding(V, D)
        %s
        head: Linear(D, V)

        forward(tokens: int[B, T]) -> [B, T, V] {
          let x = table(tokens)
          head(%s)
        }
      }
      """;

  /// A model with one block.
  ///
  /// @param member what it declares
  /// @param use of the member
  record Case(String block, String member, String use) {
    @Override
    public String toString() {
      return block + ": " + member;
    }

    String text() {
      Stream<String> used = Stream.of(block, "Embedding", "Linear");
      Stream<String> named =
          Stream.of("GatedMlp", "SparseMoe", "Attention", "Rope", "RmsNorm")
              .filter(name -> member.contains(name + "("));
      String imports =
          Stream.concat(used, named).distinct().sorted().collect(Collectors.joining(", "));
      return MODEL.formatted(imports, member, use);
    }
  }

  /// Each block at least once.
  static Stream<Case> cases() {
    return Stream.of(
        plain("Linear(D, D)"),
        plain("Linear(D, D, biased = true)"),
        new Case("Embedding", "more: Embedding(V, D)", "x + more(tokens)"),
        plain("GatedMlp(D, 6, biased = true)"),
        plain("ClampedMlp(D, 6, limit = 0.5)"),
        plain("Mlp(D, 6, biased = true)"),
        plain("Xielu()"),
        plain("RmsNorm(D, 1e-5)"),
        plain("RmsNormF32(D, 1e-5, offset = 1.0)"),
        plain("LayerNorm(D, 1e-5)"),
        plain("LayerNorm(D, 1e-5, biased = false, offset = 1.0)"),
        heads("WideRmsNorm(H, D / H, 1e-5)"),
        heads("HeadNorm(H, D / H, 1e-5)"),
        plain("Attention(D, H, KV, K, biased = true, softcap = 5.0)"),
        plain("Attention(D, H, KV, K, sinking = true, limit = 0.3)"),
        new Case("Alibi", "part: Attention(D, H, KV, K, bias = Alibi(H))", "part(x)"),
        plain("LatentAttention(D, H, 4, 2, 3, 5, Q = 6, rope = Rope(2), biased = true)"),
        plain("LatentAttention(D, H, 4, 2, 3, 5, rope = Rope(2, interleaved = true))"),
        heads("Rope(D / H, R = 2, interleaved = true)"),
        turned("LinearScaling(2.0)"),
        turned("DynamicScaling(2.0, 2)"),
        turned("Llama3Scaling(2.0, 1.0, 4.0, 8)"),
        turned("YarnScaling(10000.0, 2.0, 8)"),
        turned("LongScaling([1.5, 2.0], [2.5, 3.0], 2)"),
        plain("SparseMoe(D, 3, 2, GatedMlp(D, 4), shared = GatedMlp(D, 4))"),
        routed("SoftmaxRouter(D, 4, 2, groups = 2, kept = 1, balance = 0.3)"),
        routed("SoftmaxRouter(D, 4, 2, normalize = false, scale = 1.5, exact = true)"),
        routed("SigmoidRouter(D, 4, 2, groups = 2, kept = 1)"),
        routed("TopRouter(D, 4, 2, biased = true)"),
        plain("CausalConv(D, 3)"));
  }

  private static Case plain(String block) {
    return new Case(name(block), "part: " + block, "part(x)");
  }

  /// What works on heads.
  private static Case heads(String block) {
    return new Case(name(block), "part: " + block, "part(x as [B, T, H, D / H]) as [B, T, D]");
  }

  /// What changes the angles of positions, which weights before and after depend on.
  private static Case turned(String block) {
    return new Case(
        name(block),
        "part: Attention(D, H, KV, K, rope = Rope(K, scaling = %s))".formatted(block),
        "part(x)");
  }

  private static Case routed(String block) {
    return new Case(
        name(block),
        "part: SparseMoe(D, 4, 2, GatedMlp(D, 4), router = %s)".formatted(block),
        "part(x)");
  }

  private static String name(String block) {
    return block.substring(0, block.indexOf('('));
  }

  @Test
  void everyBlockIsHere() {
    var blocks = new TreeSet<String>();
    Pattern declared = Pattern.compile("(?m)^block (\\w+)\\(");
    for (var text : Library.standard()) {
      declared.matcher(text.text()).results().forEach(found -> blocks.add(found.group(1)));
    }
    assertThat(blocks).hasSizeGreaterThan(20);
    assertThat(cases().map(Case::block).distinct().sorted().toList())
        .containsExactlyElementsOf(blocks);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void gradientsAreSlopes(Case given, @TempDir Path folder) throws IOException {
    Program written = lower(given, folder);
    Program plain = compile(written, Optimization.O0);
    Map<String, Array> weights = weights(plain);
    Program wide = Widening.widen(plain);
    Map<String, double[]> expected = gradients(wide, weights);
    requireSlopes(wide, weights, expected);
    requireEqual(
        expected, gradients(Widening.widen(compile(written, Optimization.O2)), weights), 1e-9);
    assertThat(expected.keySet())
        .isEqualTo(plain.weights().stream().map(Weight::path).collect(Collectors.toSet()));
  }

  private static Program compile(Program written, Optimization level) {
    return Compiler.compileLoss(written, level, 4, Observer.NONE).program();
  }

  private static Program lower(Case given, Path folder) throws IOException {
    Path file = folder.resolve("case.dune");
    Files.writeString(file, given.text());
    ModelFile model = ModelFile.read(file, new Diagnostics()).orElseThrow();
    Settings settings = Settings.defaults(Elem.F32).with(Settings.Purpose.TRAINING);
    Elaborated elaborated = Elaborator.elaborate(model.text(), model.sources(), settings);
    return elaborated
        .program()
        .orElseThrow(() -> new AssertionError(given.text() + elaborated.diagnostics().list()));
  }
}
