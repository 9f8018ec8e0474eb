package dune.runtime.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dune.frontend.elaborate.Settings;
import dune.ir.Elem;
import dune.passes.Optimization;
import dune.runtime.compile.Compilation;
import dune.runtime.compile.CompileOptions;
import dune.runtime.compile.ModelCompiler;
import dune.runtime.library.ModelFile;
import dune.weights.checkpoint.Checkpoint;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class WorkTest {
  private static final Path CONFIG = Path.of("src/test/resources/golden/llama/config.json");

  /// L 3, D 48, H 4, KV 2, K 12, F 80: what the textbook counts.
  @ParameterizedTest
  @EnumSource(Optimization.class)
  void isThatOfTheFormulaAtEveryLevel(Optimization level) {
    var config = Checkpoint.settings(CONFIG);
    ModelFile file = ModelFile.forArchitecture(Checkpoint.architecture(config), CONFIG.getParent());
    var options = CompileOptions.DEFAULTS.withOptimization(level).withChunk(4);
    var compilation = ModelCompiler.compile(file, Settings.of(config, Elem.F32), options);
    var work = new Work(((Compilation.Done) compilation).compiled());
    long layer = 2L * 48 * (48 + 2 * 24 + 48 + 3 * 80);
    long head = 2L * 48 * vocabulary(config);
    // Each step multiplies its queries with all keys, and its shares with all values.
    long perKey = 2L * 2 * 48;
    double text = work.flops(Timing.Kind.TEXT, 3);
    assertThat(text).isEqualTo(3.0 * (3 * layer + head) + 3.0 * perKey * (1 + 2 + 3));
    // Chunks of 4 and 2. Of the last layer, only keys and values are computed at all steps, and the
    // rest at the last one.
    long keysAndValues = 2L * 48 * 2 * 24;
    double last = 6 * keysAndValues + 2 * (layer - keysAndValues) + perKey * (4 + 6);
    double prompt = work.flops(Timing.Kind.PROMPT, 6);
    assertThat(prompt).isEqualTo(2 * (6 * layer + perKey * (4 * 4 + 2 * 6)) + last + 2 * head);
  }

  private static long vocabulary(dune.ir.checkpoint.Config config) {
    return ((dune.ir.checkpoint.Json.Whole) config.get("vocab_size").value()).value();
  }
}
