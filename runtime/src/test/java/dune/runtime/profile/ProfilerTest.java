package dune.runtime.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dune.backend.torch.TorchBackend;
import dune.frontend.elaborate.Settings;
import dune.ir.Attention;
import dune.ir.Elem;
import dune.ir.Node;
import dune.ir.Operands;
import dune.ir.Source;
import dune.passes.Optimization;
import dune.runtime.adapter.Adaptation;
import dune.runtime.compile.Compilation;
import dune.runtime.compile.CompileOptions;
import dune.runtime.compile.Compiled;
import dune.runtime.compile.ModelCompiler;
import dune.runtime.library.ModelFile;
import dune.runtime.model.RandomWeights;
import dune.weights.checkpoint.Checkpoint;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("torch")
final class ProfilerTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden");

  private static ModelFile file(String name) {
    var config = Checkpoint.settings(GOLDEN.resolve(name).resolve("config.json"));
    return ModelFile.forArchitecture(Checkpoint.architecture(config), GOLDEN.resolve(name));
  }

  private static Compiled compiled(String name, Optimization level) {
    return compiled(name, level, Elem.F32);
  }

  private static Compiled compiled(String name, Optimization level, Elem elem) {
    return compiled(name, elem, CompileOptions.DEFAULTS.withOptimization(level));
  }

  private static Compiled compiled(String name, Elem elem, CompileOptions options) {
    var config = Checkpoint.settings(GOLDEN.resolve(name).resolve("config.json"));
    var compilation = ModelCompiler.compile(file(name), Settings.of(config, elem), options);
    return ((Compilation.Done) compilation).compiled();
  }

  private static void withWeights(Compiled compiled, Consumer<RandomWeights> use) {
    var signature = TorchBackend.emit(compiled.program()).signature();
    try (var weights = RandomWeights.draw(compiled.program(), List.of(signature), 1)) {
      use.accept(weights);
    }
  }

  /// Experts run in loops, whose bodies have places of their own.
  @ParameterizedTest
  @CsvSource({"llama, O0", "llama, O2", "mixtral, O0", "mixtral, O2", "gpt2, O2"})
  void everyLineThatComputesHasACost(String name, Optimization level) {
    Compiled compiled = compiled(name, level);
    withWeights(
        compiled,
        weights -> {
          Profile profile = Profiler.run(compiled, weights, Moment.ofText(5), 2);
          Set<String> costly =
              profile.costs().stream()
                  .map(cost -> cost.place().origin().place())
                  .collect(Collectors.toSet());
          assertThat(costly).containsAll(computing(compiled));
          assertThat(profile.costs()).allMatch(cost -> cost.seconds() >= 0);
          assertThat(profile.sum()).isPositive().isLessThanOrEqualTo(profile.observed());
        });
  }

  /// The lines of products and lookups, which no backend leaves out.
  private static Set<String> computing(Compiled compiled) {
    var lines = new LinkedHashSet<String>();
    for (Node node : compiled.program().require("next").nodes()) {
      switch (node.op()) {
        case dune.ir.Contraction.Dot _,
            dune.ir.Indexing.Gather _,
            dune.ir.Control _,
            dune.ir.Stateful.Append _ ->
            lines.add(node.origin().place());
        case dune.ir.Op _ -> {
          // May be a view, or part of another operation.
        }
      }
    }
    return lines;
  }

  @Test
  void bytesOfProductsAreThoseOfWeightsAtTheLeast() {
    Compiled compiled = compiled("llama", Optimization.O2);
    withWeights(
        compiled,
        weights -> {
          Profile profile = Profiler.run(compiled, weights, Moment.ofText(3), 1);
          long moved = profile.costs().stream().mapToLong(Profile.Cost::bytes).sum();
          assertThat(moved).isGreaterThan(weightBytes(compiled));
        });
  }

  /// Those of matrices that products read.
  private static long weightBytes(Compiled compiled) {
    var function = compiled.program().require("next");
    return function.nodes().stream()
        .filter(node -> node.op() instanceof dune.ir.Contraction.Dot)
        .flatMap(node -> Operands.of(node.op()).stream())
        .distinct()
        .filter(
            value ->
                function.nodes().stream()
                    .anyMatch(
                        node ->
                            node.op() instanceof Source.Weight && node.results().contains(value)))
        .mapToLong(value -> function.of(value).shape().count().size().orElse(0) * Elem.F32.bytes())
        .sum();
  }

  @Test
  void theTextShowsEveryLineOfTheModel() {
    Compiled compiled = compiled("llama", Optimization.O2);
    ModelFile file = file("llama");
    withWeights(
        compiled,
        weights -> {
          Profile profile = Profiler.run(compiled, weights, Moment.ofPrompt(9, 4), 1);
          String text = ProfileText.of(profile, file.text(), file.imported());
          assertThat(text).startsWith("4 tokens: ").contains("with line ", "with std/mlp.dune:");
          file.text()
              .text()
              .lines()
              .forEach(line -> assertThat(text).contains(line.stripTrailing()));
        });
  }

  @Test
  void linesAddUp() {
    Compiled compiled = compiled("mixtral", Optimization.O2);
    withWeights(
        compiled,
        weights -> {
          Profile profile = Profiler.run(compiled, weights, Moment.ofText(2), 1);
          Lines lines = Lines.of(profile);
          double sum = lines.elsewhere();
          for (String file : lines.files()) {
            for (int line = 1; line < 500; line++) sum += lines.line(file, line).self();
          }
          assertThat(sum).isCloseTo(profile.sum(), within(1e-9));
        });
  }

  @ParameterizedTest
  @CsvSource({"llama, O1", "llama, O2", "mixtral, O2"})
  void allocationsHaveLinesAndSizes(String name, Optimization level) {
    Compiled compiled = compiled(name, level);
    withWeights(
        compiled,
        weights -> {
          Allocations found = Allocations.of(compiled, weights, Moment.ofText(4));
          assertThat(found.all()).isNotEmpty().allMatch(one -> one.bytes() > 0);
          assertThat(found.all())
              .allMatch(one -> !one.place().origin().place().isEmpty())
              .allMatch(
                  one -> one.place().call().matches("torch[.].*|(single_attention|keys)(_[0-9])?"))
              .noneMatch(
                  one -> one.place().call().matches("torch.(permute|narrow|expand|index_put_)"));
          // No weight, and no cache, is among them.
          assertThat(found.bytes()).isLessThan(weights(compiled));
          assertThat(AllocationsText.of(found)).contains("1 token after 3 others allocates ");
        });
  }

  /// Attention of one step, and its mask, are methods of their own in the archive.
  @Test
  void whatHelpersAllocateStandsAtTheirCallers() {
    Compiled compiled = compiled("llama", Optimization.O2, Elem.BF16);
    withWeights(
        compiled,
        weights ->
            assertThat(Allocations.of(compiled, weights, Moment.ofText(4)).all())
                .filteredOn(one -> one.place().call().matches("(single_attention|keys)(_[0-9])?"))
                // Positions, and what is allowed and as numbers, of all steps and the last; then
                // in f32 queries, keys, values, result and sums, and the result, in 3 layers.
                .hasSize(24)
                .allMatch(one -> one.place().origin().file().equals("std/attention.dune")));
  }

  @Test
  void noAllocationOfAStepGrowsWithTheContext() {
    int steps = Attention.block(Elem.BF16) + 300;
    Compiled compiled =
        compiled("llama", Elem.BF16, CompileOptions.DEFAULTS.withContext(2 * steps).withChunk(500));
    withWeights(
        compiled,
        weights ->
            assertThat(largest(Allocations.of(compiled, weights, Moment.ofText(2 * steps))))
                .isEqualTo(largest(Allocations.of(compiled, weights, Moment.ofText(steps)))));
  }

  private static long largest(Allocations allocations) {
    return allocations.all().stream().mapToLong(Allocations.Allocation::bytes).max().orElseThrow();
  }

  private static long weights(Compiled compiled) {
    return compiled.program().weights().stream()
        .mapToLong(weight -> weight.type().shape().count().size().orElse(0) * Elem.F32.bytes())
        .sum();
  }

  @Test
  void aModelWithoutACacheIsLookedAtAsAWhole() {
    Compiled cached = compiled("llama", Optimization.O2);
    var reason = new dune.passes.time.Reason(dune.ir.Origin.NONE, "a test");
    var whole =
        new Compiled(
            cached.program(),
            cached.checkpoint(),
            List.of(reason),
            cached.elem(),
            16,
            4,
            cached.parameters(),
            List.of(),
            Adaptation.NONE);
    withWeights(
        whole,
        weights ->
            assertThat(Profiler.run(whole, weights, Moment.ofText(3), 1).sum()).isPositive());
  }
}
