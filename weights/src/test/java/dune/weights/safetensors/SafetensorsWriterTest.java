package dune.weights.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dune.weights.EnvironmentFailure;
import dune.weights.SharedData;
import dune.weights.tensor.DType;
import dune.weights.tensor.Source;
import dune.weights.tensor.Tensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SafetensorsWriterTest {
  @TempDir Path folder;

  private static SafetensorsWriter.Tensor tensor(String name, DType type, List<Long> shape) {
    byte[] bytes = new byte[(int) type.bytes(shape).orElseThrow()];
    new Random(name.hashCode()).nextBytes(bytes);
    return new SafetensorsWriter.Tensor(
        name, type, shape, SafetensorsWriter.Content.of(MemorySegment.ofArray(bytes)));
  }

  private static List<SafetensorsWriter.Tensor> again(Tensors tensors, Tensors.Mapped mapped) {
    return tensors.all().values().stream()
        .map(
            located ->
                new SafetensorsWriter.Tensor(
                    located.info().name(),
                    located.info().type(),
                    located.info().shape(),
                    SafetensorsWriter.Content.of(mapped.of((Source.Region) located.source()))))
        .toList();
  }

  private static void copy(Path from, Path to) {
    var tensors = SafetensorsFile.read(from).tensors();
    try (var arena = Arena.ofConfined()) {
      SafetensorsWriter.write(
          to, SafetensorsFile.read(from).header().metadata(), again(tensors, tensors.map(arena)));
    }
  }

  /// The files in question were written by the format's own library.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "golden/llama/model.safetensors",
        "golden/llama/golden.safetensors",
        "golden/gpt2/model.safetensors",
        "golden/phi3/model.safetensors",
        "golden/mistral_bf16/model.safetensors",
        "golden/mistral_bf16/golden.safetensors",
        "golden/pickle/views.expected.safetensors",
        "golden/lora/llama/adapter_model.safetensors",
        "models/stories260K/model.safetensors"
      })
  void writesWhatTheFormatsOwnLibraryWrites(String name) throws IOException {
    Path original = SharedData.require(name);
    Path copy = folder.resolve("copy.safetensors");
    copy(original, copy);
    assertThat(Files.mismatch(copy, original)).isEqualTo(-1);
  }

  @Test
  void laterTypesComeFirstThenNamesByTheirBytes() {
    Path file = folder.resolve("order.safetensors");
    SafetensorsWriter.write(
        file,
        SafetensorsWriter.PYTORCH,
        List.of(
            tensor("a", DType.BOOL, List.of(3L)),
            tensor("\uff5e", DType.F32, List.of(1L)),
            tensor("\ud83d\ude00", DType.F32, List.of(1L)),
            tensor("b", DType.F32, List.of()),
            tensor("c", DType.I64, List.of(2L, 0L))));
    var header = SafetensorsFile.read(file).header();
    assertThat(header.tensors().keySet()).containsExactly("c", "b", "\uff5e", "\ud83d\ude00", "a");
    assertThat(header.dataStart() % 8).isZero();
    assertThat(header.metadata()).isEqualTo(Map.of("format", "pt"));
  }

  @Property(tries = 200, seed = "1")
  void randomTensorsComeBackAndTheSecondWriteIsEqual(@ForAll long seed) throws IOException {
    var random = new Random(seed);
    var tensors = new ArrayList<SafetensorsWriter.Tensor>();
    for (int i = random.nextInt(8); i >= 0; i--) {
      var type = DType.values()[random.nextInt(DType.values().length)];
      var shape = new ArrayList<Long>();
      for (int axis = random.nextInt(4); axis > 0; axis--) shape.add((long) random.nextInt(5));
      if (type.bits() % 8 != 0) shape.add(8L);
      tensors.add(tensor(randomName(random) + i, type, shape));
    }
    Path first = Files.createTempFile("first", ".safetensors");
    Path second = Files.createTempFile("second", ".safetensors");
    try {
      SafetensorsWriter.write(first, Map.of("b", randomName(random), "a", ""), tensors);
      copy(first, second);
      assertThat(Files.mismatch(first, second)).isEqualTo(-1);
      sameContent(tensors, SafetensorsFile.read(first).tensors());
    } finally {
      Files.delete(first);
      Files.delete(second);
    }
  }

  private static void sameContent(List<SafetensorsWriter.Tensor> expected, Tensors actual) {
    assertThat(actual.all()).hasSize(expected.size());
    try (var arena = Arena.ofConfined()) {
      var mapped = actual.map(arena);
      for (var tensor : expected) {
        var located = actual.find(tensor.name()).orElseThrow();
        assertThat(located.info().type()).isEqualTo(tensor.type());
        assertThat(located.info().shape()).isEqualTo(tensor.shape());
        tensor
            .content()
            .writeTo(
                bytes ->
                    assertThat(bytes.mismatch(mapped.of((Source.Region) located.source())))
                        .isEqualTo(-1));
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static String randomName(Random random) {
    var name = new StringBuilder();
    for (int i = random.nextInt(12); i >= 0; i--) {
      int point = random.nextInt(random.nextBoolean() ? 0x80 : 0x20000);
      if (Character.isDefined(point) && (point < 0xd800 || point > 0xdfff)) {
        name.appendCodePoint(point);
      }
    }
    return name.toString();
  }

  /// Three gigabytes of zeros, which take no room on the disk where files may have holes.
  @Test
  void filesOfMoreThanTwoGigabytesAreStreamedAndMapped() throws IOException {
    Assumptions.assumeTrue(
        Files.getFileStore(folder).getUsableSpace() > 8L << 30, "skipped: the disk is nearly full");
    Path file = folder.resolve("large.safetensors");
    long rows = 3L << 20;
    try (var arena = Arena.ofConfined()) {
      var row = arena.allocate(1024);
      SafetensorsWriter.write(
          file,
          Map.of(),
          List.of(
              new SafetensorsWriter.Tensor(
                  "large",
                  DType.U8,
                  List.of(rows, 1024L),
                  sink -> {
                    var block = arena.allocate(1 << 24);
                    for (long at = 0; at < rows; at += 1 << 14) sink.write(block);
                  }),
              new SafetensorsWriter.Tensor(
                  "a",
                  DType.U8,
                  List.of(1024L),
                  SafetensorsWriter.Content.of(row.fill((byte) 7)))));
    }
    var tensors = SafetensorsFile.read(file).tensors();
    try (var arena = Arena.ofConfined()) {
      var mapped = tensors.map(arena);
      var large = mapped.of((Source.Region) tensors.find("large").orElseThrow().source());
      var small = mapped.of((Source.Region) tensors.find("a").orElseThrow().source());
      assertThat(large.byteSize()).isEqualTo(3L << 30);
      assertThat(large.get(ValueLayout.JAVA_BYTE, (3L << 30) - 1)).isZero();
      assertThat(small.get(ValueLayout.JAVA_BYTE, 1023)).isEqualTo((byte) 7);
    }
  }

  @Test
  void contentOfTheWrongSizeIsOurMistakeAndLeavesNothing() {
    Path file = folder.resolve("wrong.safetensors");
    var tensor =
        new SafetensorsWriter.Tensor(
            "a", DType.F32, List.of(2L), sink -> sink.write(MemorySegment.ofArray(new byte[4])));
    assertThatThrownBy(() -> SafetensorsWriter.write(file, Map.of(), List.of(tensor)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("a has 8 bytes, and 4 came");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void aFailureHalfWayKeepsTheFormerFile() throws IOException {
    Path file = Files.writeString(folder.resolve("model.safetensors"), "the former file");
    var tensor =
        new SafetensorsWriter.Tensor(
            "a",
            DType.U8,
            List.of(1L << 20),
            sink -> {
              sink.write(MemorySegment.ofArray(new byte[1 << 19]));
              throw new IOException("No space left on device");
            });
    assertThatThrownBy(() -> SafetensorsWriter.write(file, Map.of(), List.of(tensor)))
        .isInstanceOf(EnvironmentFailure.class)
        .hasMessageContainingAll(
            file.toString(), "No space left on device; free some space", "nothing was left behind");
    assertThat(folder).isDirectoryContaining(file::equals);
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
    assertThat(file).hasContent("the former file");
  }

  @Test
  void placesThatCannotBeWrittenSayWhatToDo() throws IOException {
    var none = List.<SafetensorsWriter.Tensor>of();
    Path absent = folder.resolve("absent").resolve("model.safetensors");
    assertThatThrownBy(() -> SafetensorsWriter.write(absent, Map.of(), none))
        .isInstanceOf(EnvironmentFailure.class)
        .hasMessageContaining("its folder does not exist; create it");
    assertThatThrownBy(() -> SafetensorsWriter.write(folder, Map.of(), none))
        .isInstanceOf(EnvironmentFailure.class)
        .hasMessageContaining("it is a folder; name a file");
    Path inFile = Files.createFile(folder.resolve("file")).resolve("model.safetensors");
    assertThatThrownBy(() -> SafetensorsWriter.write(inFile, Map.of(), none))
        .isInstanceOf(EnvironmentFailure.class)
        .hasMessageContaining("cannot write");
  }

  /// `/sys` refuses new files even to the superuser, for whom permissions mean nothing.
  @Test
  void readOnlyFolder() {
    Path sealed = Path.of("/sys/kernel");
    Assumptions.assumeTrue(Files.isDirectory(sealed), "skipped: this system has no /sys/kernel");
    assertThatThrownBy(
            () -> SafetensorsWriter.write(sealed.resolve("x.safetensors"), Map.of(), List.of()))
        .isInstanceOf(EnvironmentFailure.class)
        .hasMessageContainingAll("cannot write", "choose another place");
  }

  /// A limit on the size of files makes the system refuse to write, half way, as a full disk does.
  @Test
  void fullDisk() throws Exception {
    Assumptions.assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "skipped: there is no /bin/sh");
    var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    var process =
        new ProcessBuilder(
                "/bin/sh",
                "-c",
                "ulimit -f 1000 && exec \"$0\" -XX:-UsePerfData -cp \"$1\" \"$2\" \"$3\"",
                java,
                System.getProperty("java.class.path"),
                LargeWrite.class.getName(),
                folder.resolve("model.safetensors").toString())
            .redirectErrorStream(true)
            .start();
    var output = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(output).startsWith("EnvironmentFailure: cannot write ").contains("File too large");
    assertThat(folder).isEmptyDirectory();
  }

  /// Writes eight megabytes, in a process of its own.
  static final class LargeWrite {
    private LargeWrite() {}

    public static void main(String[] arguments) {
      try {
        SafetensorsWriter.write(
            Path.of(arguments[0]), Map.of(), List.of(tensor("a", DType.U8, List.of(8L << 20))));
      } catch (EnvironmentFailure failure) {
        System.out.println("EnvironmentFailure: " + failure.getMessage());
      }
    }
  }
}
