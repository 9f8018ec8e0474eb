package dune.runtime.verify;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dune.backend.torch.run.DeviceRequest;
import dune.ir.Elem;
import dune.runtime.compile.Compilation;
import dune.runtime.compile.CompileOptions;
import dune.runtime.compile.ModelCompiler;
import dune.runtime.generate.LanguageModel;
import dune.runtime.library.ModelFile;
import dune.runtime.model.ModelLoader;
import dune.runtime.model.TorchModel;
import dune.weights.checkpoint.Checkpoint;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Nothing reads memory that nobody has written, or that was given back: logits stay the same to
/// the bit if the C library fills memory that it hands out with huge numbers, and memory that it
/// gets back with others.
@Tag("torch")
final class PoisonedMemoryTest {
  private static final Path FOLDER = Path.of("src/test/resources/architectures");

  /// A parameter of `mallopt`: memory that is given back is filled with this byte, and what is
  /// handed out with its complement.
  private static final int M_PERTURB = -6;

  private static final int OFF = 0;

  /// Handed out as `0x7f7f..`, 3e38 in f32 and in bf16.
  private static final int HUGE_AT_FIRST = 0x80;

  /// Given back as `0xffff..`, which is no number in any type.
  private static final int NAN_AT_LAST = 0xff;

  @SuppressWarnings("restricted") // Tests run with native access.
  private static Object call(
      String name, MemoryLayout result, List<MemoryLayout> types, Object... with) {
    Linker linker = Linker.nativeLinker();
    var type = FunctionDescriptor.of(result, types.toArray(MemoryLayout[]::new));
    try {
      return linker
          .downcallHandle(linker.defaultLookup().findOrThrow(name), type)
          .invokeWithArguments(with);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  private static void poison(int with) {
    assertThat(call("mallopt", JAVA_INT, List.of(JAVA_INT, JAVA_INT), M_PERTURB, with))
        .isEqualTo(1);
  }

  /// The first byte of memory as it is handed out.
  @SuppressWarnings("restricted")
  private static int handedOut() {
    var memory = (MemorySegment) call("malloc", ADDRESS, List.of(JAVA_LONG), 1L << 12);
    byte first = memory.reinterpret(1 << 12).get(JAVA_BYTE, 2048);
    call("realloc", ADDRESS, List.of(ADDRESS, JAVA_LONG), memory, 0L);
    return first & 0xff;
  }

  @BeforeAll
  static void requirePoison() {
    assumeTrue(
        Linker.nativeLinker().defaultLookup().find("mallopt").isPresent(),
        "skipped: only the C library of Linux fills memory");
    poison(HUGE_AT_FIRST);
    int found = handedOut();
    poison(OFF);
    assumeTrue(found == 0x7f, "skipped: this C library fills no memory");
  }

  @AfterAll
  static void stop() {
    if (Linker.nativeLinker().defaultLookup().find("mallopt").isPresent()) poison(OFF);
  }

  @ParameterizedTest
  @CsvSource({
    "bloom, BF16",
    "deepseek_v3, BF16",
    "gemma2, BF16",
    "gpt_oss, BF16",
    "lfm2, F32",
    "mamba, F32",
    "qwen3, BF16",
    "rwkv, F32"
  })
  void logitsStayTheSame(String name, Elem elem) {
    try (TorchModel model = load(FOLDER.resolve(name), elem)) {
      List<float[]> expected = logits(model);
      for (int byteValue : new int[] {HUGE_AT_FIRST, NAN_AT_LAST}) {
        poison(byteValue);
        List<float[]> found = logits(model);
        poison(OFF);
        for (int i = 0; i < expected.size(); i++) {
          assertThat(found.get(i)).as("step %d", i).isEqualTo(expected.get(i));
        }
      }
    }
  }

  /// Of a prompt in two chunks, and of six tokens after it.
  private static List<float[]> logits(TorchModel model) {
    LanguageModel.Sequence sequence = model.begin();
    var all = new ArrayList<float[]>();
    all.add(sequence.append(1, 2, 3, 4, 5, 6, 7).clone());
    for (int token = 8; token < 14; token++) all.add(sequence.append(token).clone());
    assertThat(all).noneMatch(each -> Arrays.equals(each, new float[each.length]));
    return all;
  }

  private static TorchModel load(Path folder, Elem elem) {
    Checkpoint checkpoint = Checkpoint.open(folder);
    ModelFile file = ModelFile.forArchitecture(checkpoint.architecture(), checkpoint.folder());
    CompileOptions options = CompileOptions.DEFAULTS.withChunk(4).withElem(elem);
    var done = (Compilation.Done) ModelCompiler.compile(file, checkpoint, options);
    return ModelLoader.load(done.compiled(), checkpoint, DeviceRequest.CPU, TorchModel.Mode.CACHED);
  }
}
