package dune.runtime.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dune.frontend.elaborate.Settings;
import dune.ir.Elem;
import dune.passes.Optimization;
import dune.passes.plan.Footprint;
import dune.passes.plan.Footprint.Demand;
import dune.runtime.compile.Compilation;
import dune.runtime.compile.CompileOptions;
import dune.runtime.compile.Compiled;
import dune.runtime.compile.ModelCompiler;
import dune.runtime.library.ModelFile;
import dune.weights.checkpoint.Checkpoint;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class ForeseenTest {
  private static final Path CONFIG = Path.of("src/test/resources/golden/llama/config.json");

  private static Compiled compiled(Optimization level) {
    var config = Checkpoint.settings(CONFIG);
    ModelFile file = ModelFile.forArchitecture(Checkpoint.architecture(config), CONFIG.getParent());
    var options = CompileOptions.DEFAULTS.withOptimization(level).withChunk(4).withContext(20);
    var compilation = ModelCompiler.compile(file, Settings.of(config, Elem.F32), options);
    return ((Compilation.Done) compilation).compiled();
  }

  @ParameterizedTest
  @EnumSource(Optimization.class)
  void aPromptThatFillsTheContextNeedsWhatThePlanSays(Optimization level) {
    Compiled compiled = compiled(level);
    assertThat(new Foreseen(compiled).bytes(Timing.Kind.PROMPT, 20))
        .isEqualTo(new Footprint(compiled.program()).total(new Demand(1, 20, 4)));
  }

  @Test
  void shortTestsNeedTheWholeCache() {
    Compiled compiled = compiled(Optimization.O2);
    // L 3, KV 2, K 12: keys and values of 20 steps and of one that is padding, 4 bytes each.
    long state = 3L * 2 * 2 * 12 * (20 + 1) * 4;
    long least = compiled.program().weightBytes() + state;
    var foreseen = new Foreseen(compiled);
    assertThat(foreseen.bytes(Timing.Kind.TEXT, 1)).isGreaterThan(least);
    assertThat(foreseen.bytes(Timing.Kind.TEXT, 20))
        .isGreaterThan(least)
        .isLessThan(foreseen.bytes(Timing.Kind.PROMPT, 20));
  }
}
