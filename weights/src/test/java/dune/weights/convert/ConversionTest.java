package dune.weights.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dune.ir.Elem;
import dune.weights.Elements;
import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import dune.weights.Resources;
import dune.weights.checkpoint.Checkpoint;
import dune.weights.layout.Strided;
import dune.weights.safetensors.SafetensorsFile;
import dune.weights.safetensors.SafetensorsWriter;
import dune.weights.tensor.DType;
import dune.weights.tensor.DataFile;
import dune.weights.tensor.Source;
import dune.weights.tensor.TensorInfo;
import dune.weights.tensor.Tensors.Located;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ConversionTest {
  private static final long LARGE = 5_000_000_000L;

  @TempDir Path folder;

  private Path in;
  private Path out;

  @BeforeEach
  void makeFolders() throws IOException {
    in = Files.createDirectory(folder.resolve("in"));
    out = folder.resolve("out");
  }

  private Conversion.Result convert(Path from, Optional<Elem> elem, long shardSize) {
    return Conversion.run(Checkpoint.open(from), out, elem, shardSize, _ -> {});
  }

  private Map<String, byte[]> written() {
    return Elements.of(Checkpoint.open(out).tensors());
  }

  private void leavesNothing() throws IOException {
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(in);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"views.bin", "views.legacy.bin", "views.proto4.bin"})
  void viewsAreWrittenAsWhatTheyShow(String name) {
    var result = convert(Resources.golden("pickle/" + name), Optional.empty(), LARGE);
    var expected =
        SafetensorsFile.read(Resources.golden("pickle/views.expected.safetensors")).tensors();
    assertThat(written()).containsExactlyInAnyOrderEntriesOf(Elements.of(expected));
    assertThat(result.files()).isEqualTo(1);
    assertThat(result.tensors()).isEqualTo(expected.all().size());
    assertThat(out.resolve("model.safetensors")).exists();
  }

  /// What Hugging Face's library wrote comes back to the byte, however PyTorch kept it.
  @ParameterizedTest
  @ValueSource(strings = {"llama.bin", "llama.legacy.bin"})
  void aModelBecomesTheFileThatHuggingFaceWouldWrite(String name) {
    convert(Resources.golden("pickle/" + name), Optional.empty(), LARGE);
    assertThat(out.resolve("model.safetensors"))
        .hasSameBinaryContentAs(Resources.golden("llama.safetensors"));
  }

  @Test
  void shardsAreIndexed() {
    var result = convert(Resources.golden("llama.safetensors"), Optional.empty(), 60_000);
    assertThat(result.files()).isEqualTo(5);
    assertThat(out.resolve("model.safetensors.index.json")).exists();
    assertThat(out.resolve("model-00005-of-00005.safetensors")).exists();
    var expected = SafetensorsFile.read(Resources.golden("llama.safetensors")).tensors();
    assertThat(written()).containsExactlyInAnyOrderEntriesOf(Elements.of(expected));
  }

  // Element types.

  private void write(SafetensorsWriter.Tensor... tensors) {
    SafetensorsWriter.write(in.resolve("model.safetensors"), Map.of(), List.of(tensors));
  }

  private static SafetensorsWriter.Tensor tensor(String name, DType type, ByteBuffer bytes) {
    long count = bytes.capacity() * 8L / type.bits();
    var content = SafetensorsWriter.Content.of(MemorySegment.ofArray(bytes.array()));
    return new SafetensorsWriter.Tensor(name, type, List.of(count), content);
  }

  private static ByteBuffer floats(float... values) {
    var bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) bytes.putFloat(value);
    return bytes;
  }

  @Test
  void floatsAreRoundedAndTheRestStays() {
    write(
        tensor("float", DType.F32, floats(1, -2.5f, 1.00390625f)),
        tensor("count", DType.I64, ByteBuffer.allocate(16)));
    convert(in, Optional.of(Elem.BF16), LARGE);
    var read = written();
    assertThat(read.keySet()).containsExactlyInAnyOrder("float: BF16[3]", "count: I64[2]");
    // 1 + 2^-8 lies half-way, and goes to the even neighbour.
    byte[] expected = {(byte) 0x80, 0x3f, 0x20, (byte) 0xc0, (byte) 0x80, 0x3f};
    assertThat(read.get("float: BF16[3]")).isEqualTo(expected);
  }

  @Test
  void numbersThatAreTooLargeAreCounted() {
    write(
        tensor(
            "w", DType.F32, floats(1, 65504, 70000, -1e30f, Float.POSITIVE_INFINITY, Float.NaN)));
    assertThat(convert(in, Optional.of(Elem.F16), LARGE).overflows()).isEqualTo(2);
  }

  @Test
  void nothingOverflowsWhereNothingIsNarrowed() {
    write(tensor("w", DType.F32, floats(1, Float.POSITIVE_INFINITY, Float.MAX_VALUE)));
    assertThat(convert(in, Optional.of(Elem.F64), LARGE).overflows()).isZero();
  }

  /// More than one piece, in an order that steps through the whole file.
  @Test
  void largeTransposedTensorsAreStreamed() throws IOException {
    int rows = 1500;
    int columns = 3000;
    var bytes = ByteBuffer.allocate(rows * columns * 4).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < rows * columns; i++) bytes.putFloat(i);
    Path file = Files.write(folder.resolve("raw"), bytes.array());
    var info = new TensorInfo("w", DType.F32, List.of((long) columns, (long) rows));
    var layout = Strided.of(List.of((long) rows, (long) columns)).transposed();
    var tensor =
        new Located(
            info,
            new Source.Region(new DataFile(file, bytes.capacity()), 0, bytes.capacity(), layout));
    var pieces = new ArrayList<Long>();
    var at = new long[1];
    ElementStream.write(
        tensor,
        DType.F64,
        piece -> {
          pieces.add(piece.byteSize());
          var values = piece.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer();
          while (values.hasRemaining()) {
            long row = at[0] / rows;
            long column = at[0]++ % rows;
            if (values.get() != column * columns + row) throw new IOException("at " + at[0]);
          }
        });
    assertThat(at[0]).isEqualTo((long) rows * columns);
    assertThat(pieces).hasSize(2).allMatch(size -> size <= 32 << 20);
  }

  // What lies beside.

  @Test
  void settingsComeAlong() throws IOException {
    write(tensor("w", DType.F32, floats(1)));
    Files.writeString(in.resolve("config.json"), "{\"torch_dtype\": \"float32\", \"eps\": 1e-05}");
    for (String name : List.of("tokenizer.json", "merges.txt", "mine.dune", "optimizer.pt")) {
      Files.writeString(in.resolve(name), name);
    }
    assertThat(in.resolve("tokenizer.json").toFile().setReadOnly()).isTrue();
    convert(in, Optional.of(Elem.F16), LARGE);
    assertThat(Files.getPosixFilePermissions(out.resolve("tokenizer.json")))
        .contains(PosixFilePermission.OWNER_WRITE);
    assertThat(out.resolve("config.json"))
        .hasContent("{\n  \"torch_dtype\": \"float16\",\n  \"eps\": 1e-05\n}\n");
    assertThat(out.resolve("tokenizer.json")).hasContent("tokenizer.json");
    assertThat(out.resolve("merges.txt")).exists();
    assertThat(out.resolve("mine.dune")).exists();
    assertThat(out.resolve("optimizer.pt")).doesNotExist();
  }

  @Test
  void theConfigStaysAsItIsIfTheNumbersDo() throws IOException {
    write(tensor("w", DType.F32, floats(1)));
    Files.writeString(in.resolve("config.json"), "{\"a\":[1,2]   }");
    convert(in, Optional.empty(), LARGE);
    assertThat(out.resolve("config.json")).hasSameBinaryContentAs(in.resolve("config.json"));
  }

  @Test
  void aFileWithoutConfigComesAlone() throws IOException {
    write(tensor("w", DType.F32, floats(1)));
    Files.writeString(in.resolve("README.md"), "of something else");
    convert(in.resolve("model.safetensors"), Optional.empty(), LARGE);
    try (var files = Files.list(out)) {
      assertThat(files).containsExactly(out.resolve("model.safetensors"));
    }
  }

  // Ties.

  /// The embedding under its own name and as the head, as pickles of tied models have it.
  private void tied(boolean said) throws IOException {
    Files.copy(Resources.golden("pickle/tied.bin"), in.resolve("pytorch_model.bin"));
    Files.writeString(in.resolve("config.json"), "{\"tie_word_embeddings\": " + said + "}");
  }

  @Test
  void aTiedHeadIsWrittenOnce() throws IOException {
    tied(true);
    convert(in, Optional.empty(), LARGE);
    assertThat(written().keySet()).containsExactly("model.embed_tokens.weight: F32[3, 2]");
  }

  @Test
  void aSharedTensorOfWhichNobodySaysSoIsWrittenTwice() throws IOException {
    tied(false);
    convert(in, Optional.empty(), LARGE);
    assertThat(written().keySet())
        .containsExactlyInAnyOrder(
            "model.embed_tokens.weight: F32[3, 2]", "lm_head.weight: F32[3, 2]");
  }

  // All or nothing.

  @Test
  void aFolderThatHoldsSomethingIsLeftAlone() throws IOException {
    write(tensor("w", DType.F32, floats(1)));
    Files.createDirectory(out);
    convert(in, Optional.empty(), LARGE);
    var before = Files.getLastModifiedTime(out.resolve("model.safetensors"));
    assertThatThrownBy(() -> convert(in, Optional.empty(), LARGE))
        .isInstanceOf(EnvironmentFailure.class)
        .hasMessageContaining("the folder is not empty; name another, or empty it");
    assertThat(Files.getLastModifiedTime(out.resolve("model.safetensors"))).isEqualTo(before);
  }

  @Test
  void aSourceThatChangesLeavesNothingBehind() throws IOException {
    write(tensor("w", DType.F32, floats(1, 2, 3)));
    var checkpoint = Checkpoint.open(in);
    Files.write(in.resolve("model.safetensors"), new byte[4]);
    assertThatThrownBy(() -> Conversion.run(checkpoint, out, Optional.empty(), LARGE, _ -> {}))
        .isInstanceOf(InputFailure.class)
        .hasMessageContaining("it changed after its header was read; start again");
    leavesNothing();
  }

  @Test
  void progressEndsWhereTheWorkDoes() {
    var checkpoint = Checkpoint.open(Resources.golden("pickle/views.bin"));
    var last = new long[1];
    Conversion.run(checkpoint, out, Optional.of(Elem.F64), LARGE, done -> last[0] = done);
    assertThat(last[0]).isEqualTo(Conversion.work(checkpoint, Optional.of(Elem.F64))).isPositive();
  }
}
