package dune.runtime.bench;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dune.backend.torch.run.DeviceRequest;
import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.elaborate.Settings;
import dune.ir.Elem;
import dune.passes.Optimization;
import dune.passes.plan.Footprint;
import dune.passes.plan.Footprint.Demand;
import dune.runtime.compile.Compilation;
import dune.runtime.compile.CompileOptions;
import dune.runtime.compile.Compiled;
import dune.runtime.compile.ModelCompiler;
import dune.runtime.generate.LanguageModel;
import dune.runtime.library.ModelFile;
import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What libtorch's allocator takes from the system while a chunk is read, beside what the plan
/// says.
///
/// Buffers are so large here that the C library maps each of them, and gives it back when it is
/// freed: so the resident size of the process follows what is allocated. What both differ by are
/// what kernels keep for themselves (panels of matrix products), buffers that are small enough to
/// be kept for later, and the Java machine.
@Tag("torch")
final class ObservedMemoryTest {
  private static final int STEPS = 2048;
  private static final double TOLERANCE = 0.03;

  /// A parameter of `mallopt`.
  private static final int M_MMAP_THRESHOLD = -3;

  private static final int MAPPED = 1 << 16;

  /// What the C library itself comes to in time.
  private static final int USUAL = 1 << 25;

  @SuppressWarnings("restricted") // Tests run with native access.
  private static void mapFrom(int bytes) throws Throwable {
    Linker linker = Linker.nativeLinker();
    var type = FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT);
    MethodHandle mallopt =
        linker.downcallHandle(linker.defaultLookup().findOrThrow("mallopt"), type);
    assertThat((int) mallopt.invokeExact(M_MMAP_THRESHOLD, bytes)).isOne();
  }

  @BeforeAll
  static void mapBuffers() throws Throwable {
    assumeTrue(
        Files.isWritable(Path.of("/proc/self/clear_refs"))
            && Linker.nativeLinker().defaultLookup().find("mallopt").isPresent(),
        "skipped: only Linux tells how much a process held at most");
    mapFrom(MAPPED);
  }

  @AfterAll
  static void mapFewer() throws Throwable {
    if (Linker.nativeLinker().defaultLookup().find("mallopt").isPresent()) mapFrom(USUAL);
  }

  @Test
  void aGatedModelInF32() throws IOException {
    requireAsPlanned("llama", Elem.F32, Optimization.O2);
  }

  @Test
  void aGatedModelInBf16() throws IOException {
    requireAsPlanned("llama", Elem.BF16, Optimization.O2);
  }

  @Test
  void aGatedModelThatIsNotFused() throws IOException {
    requireAsPlanned("llama", Elem.F32, Optimization.O1);
  }

  private static void requireAsPlanned(String model, Elem elem, Optimization level)
      throws IOException {
    Compiled compiled = compiled(model, elem, level);
    long planned = new Footprint(compiled.program()).arena(new Demand(1, STEPS, STEPS));
    var build = new Build(compiled, level, 0);
    try (Contenders contenders = Contenders.ofRandom(List.of(build), 1, DeviceRequest.CPU)) {
      int[] tokens = new Random(1).ints(STEPS, 0, 1000).toArray();
      contenders.any().begin().append(tokens);
      LanguageModel.Sequence sequence = contenders.any().begin();
      long before = resident();
      ResidentMemory.restart();
      sequence.append(tokens);
      long observed = ResidentMemory.peak().orElseThrow() - before;
      assertThat((double) observed)
          .as("observed %d, planned %d", observed, planned)
          .isBetween((1 - TOLERANCE) * planned, (1 + TOLERANCE) * planned);
    }
  }

  private static Compiled compiled(String model, Elem elem, Optimization level) {
    Settings settings =
        Settings.defaults(elem)
            .with(Map.of("V", "1000", "D", "256", "F", "8192", "L", "2", "H", "4", "KV", "2"));
    ModelFile file = ModelFile.read(Path.of(model), new Diagnostics()).orElseThrow();
    var options =
        CompileOptions.DEFAULTS
            .withOptimization(level)
            .withChunk(STEPS)
            .withContext(STEPS)
            .withElem(elem);
    return ((Compilation.Done) ModelCompiler.compile(file, settings, options)).compiled();
  }

  /// Source: `VmRSS` of proc(5).
  private static long resident() throws IOException {
    try (var lines = Files.lines(Path.of("/proc/self/status"))) {
      return lines
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
          .findFirst()
          .orElseThrow();
    }
  }
}
