package dune.weights.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import dune.weights.tensor.DType;
import dune.weights.tensor.TensorInfo;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Every attack on the format that is known to us, and the sentence that its victim reads.
final class HostileFileTest {
  private static final String ENTRY = "\"dtype\":\"I32\",\"shape\":[2,2],\"data_offsets\":[0,16]";

  @TempDir Path folder;

  private Path file(byte[] content) throws IOException {
    return Files.write(folder.resolve("model.safetensors"), content);
  }

  private static byte[] bytes(long length, byte[] header, int data) {
    return ByteBuffer.allocate(Long.BYTES + header.length + data)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(length)
        .put(header)
        .array();
  }

  private Path file(String header, int data) throws IOException {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    return file(bytes(json.length, json, data));
  }

  private void refused(Path path, String... parts) {
    assertThatThrownBy(() -> SafetensorsFile.read(path))
        .isInstanceOf(InputFailure.class)
        .hasMessageStartingWith(path + ": ")
        .hasMessageContainingAll(parts)
        .satisfies(
            failure ->
                assertThat(failure.getMessage())
                    .doesNotContain("\n")
                    .hasSizeLessThan(path.toString().length() + 400));
  }

  private void refusedHeader(String header, int data, String... parts) throws IOException {
    refused(file(header, data), parts);
  }

  @Test
  void theFormatsOwnFixtureLoads() throws IOException {
    var header = SafetensorsFile.read(file("{\"test\":{" + ENTRY + "}}  ", 16)).header();
    assertThat(header.tensors())
        .containsOnlyKeys("test")
        .containsValue(new Header.Entry(new TensorInfo("test", DType.I32, List.of(2L, 2L)), 0, 16));
  }

  @Test
  void scalarsEmptyTensorsAndEmptyFilesAreLegal() throws IOException {
    var header =
        SafetensorsFile.read(
                file(
                    "{\"s\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]},"
                        + "\"e\":{\"dtype\":\"F32\",\"shape\":[0,9223372036854775807,3],"
                        + "\"data_offsets\":[4,4]},"
                        + "\"h\":{\"dtype\":\"F4\",\"shape\":[4],\"data_offsets\":[4,6]}}",
                    6))
            .header();
    assertThat(header.tensors()).containsOnlyKeys("s", "e", "h");
    assertThat(SafetensorsFile.read(file("{}", 0)).header().tensors()).isEmpty();
  }

  @Test
  void headerLongerThanTheFile() throws IOException {
    refused(file(bytes(1000, "{}".getBytes(StandardCharsets.UTF_8), 0)), "1000 bytes", "truncated");
  }

  @Test
  void headerOfFourGigabytes() throws IOException {
    refused(file(bytes(4L << 30, new byte[0], 16)), "4294967296", "limit");
  }

  @Test
  void headerOfFourGigabytesInAFileThatHasThem() throws IOException {
    Path path = file(bytes(4L << 30, new byte[0], 16));
    try (var sparse = new RandomAccessFile(path.toFile(), "rw")) {
      sparse.setLength(5L << 30);
    }
    refused(path, "4294967296", "limit");
  }

  @Test
  void headerLengthOfAllOnes() throws IOException {
    refused(file(bytes(-1, new byte[0], 16)), "18446744073709551615", "limit");
  }

  @Test
  void fileTooShortForALength() throws IOException {
    refused(file(new byte[] {1, 2, 3}), "3 bytes");
    refused(file(new byte[0]), "0 bytes");
  }

  @Test
  void manyTensorsOnTheSameBytes() throws IOException {
    var header = new StringBuilder("{");
    for (int i = 0; i < 10; i++) {
      if (i > 0) header.append(',');
      header.append("\"t" + i + "\":{" + ENTRY + "}");
    }
    refusedHeader(header.append("}").toString(), 16, "`t1` and `t0` overlap");
  }

  @Test
  void partialOverlap() throws IOException {
    refusedHeader(
        "{\"a\":{" + ENTRY + "},\"b\":{\"dtype\":\"I32\",\"shape\":[4],\"data_offsets\":[8,24]}}",
        24,
        "`b` and `a` overlap");
  }

  @Test
  void bytesBetweenTensors() throws IOException {
    refusedHeader(
        "{\"a\":{" + ENTRY + "},\"b\":{\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":[20,24]}}",
        24,
        "between `a` and `b`");
    refusedHeader(
        "{\"a\":{\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
        8,
        "between the header and `a`");
  }

  @Test
  void offsetsThatDoNotFitTheShape() throws IOException {
    refusedHeader(
        "{\"a\":{\"dtype\":\"I32\",\"shape\":[2,3],\"data_offsets\":[0,16]}}",
        16,
        "`a` is I32[2, 3] and needs 24 bytes, but has 16");
  }

  @Test
  void offsetsBackwards() throws IOException {
    refusedHeader(
        "{\"a\":{\"dtype\":\"I32\",\"shape\":[4],\"data_offsets\":[16,0]}}", 16, "ends before");
  }

  @Test
  void bytesAfterTheLastTensor() throws IOException {
    refusedHeader("{\"a\":{" + ENTRY + "}}", 20, "4 bytes after `a`");
    refusedHeader("{}", 20, "20 bytes after the header");
  }

  @Test
  void truncatedData() throws IOException {
    refusedHeader("{\"a\":{" + ENTRY + "}}", 15, "take 16 bytes, and it has 15", "truncated");
  }

  @Test
  void shapeThatOverflows() throws IOException {
    refusedHeader(
        "{\"a\":{\"dtype\":\"I32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,16]}}",
        16,
        "impossible shape");
    refusedHeader(
        "{\"a\":{\"dtype\":\"I32\",\"shape\":[9223372036854775807],\"data_offsets\":[0,16]}}",
        16,
        "impossible shape");
  }

  @Test
  void subByteTypeThatFillsNoByte() throws IOException {
    refusedHeader(
        "{\"a\":{\"dtype\":\"F4\",\"shape\":[3],\"data_offsets\":[0,2]}}", 2, "impossible shape");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "1.5", "1e2", "18446744073709551616", "\"2\"", "null", "[2]", "{}"})
  void sizesThatAreNone(String size) throws IOException {
    refusedHeader(
        "{\"a\":{\"dtype\":\"I32\",\"shape\":[" + size + "],\"data_offsets\":[0,4]}}", 4, "shape");
  }

  @Test
  void numbersOfAMillionDigits() throws IOException {
    refusedHeader(
        "{\"a\":{\"dtype\":\"I32\",\"shape\":[" + "9".repeat(1_000_000) + "]}}",
        4,
        "not valid JSON");
  }

  @Test
  void shapesOfAMillionAxes() throws IOException {
    refusedHeader(
        "{\"a\":{\"dtype\":\"I32\",\"shape\":[" + "1,".repeat(1_000_000) + "1]}}",
        4,
        "more than 64 numbers");
  }

  @Test
  void invalidUtf8() throws IOException {
    byte[] json = ("{\"a?\":{" + ENTRY + "}}").getBytes(StandardCharsets.UTF_8);
    json[3] = (byte) 0xff;
    refused(file(bytes(json.length, json, 16)), "byte 3", "UTF-8");
  }

  @Test
  void surrogatesAndOverlongFormsInUtf8() throws IOException {
    for (byte[] bad :
        List.of(
            new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80},
            new byte[] {(byte) 0xc0, (byte) 0x80})) {
      byte[] rest = ("\":{" + ENTRY + "}}").getBytes(StandardCharsets.UTF_8);
      byte[] json =
          ByteBuffer.allocate(2 + bad.length + rest.length)
              .put((byte) '{')
              .put((byte) '"')
              .put(bad)
              .put(rest)
              .array();
      refused(file(bytes(json.length, json, 16)), "UTF-8");
    }
  }

  @Test
  void utf16() throws IOException {
    byte[] json = ("{\"a\":{" + ENTRY + "}}").getBytes(StandardCharsets.UTF_16LE);
    refused(file(bytes(json.length, json, 16)), "not valid JSON");
  }

  @Test
  void deepJson() throws IOException {
    refusedHeader("{\"a\":".repeat(100_000), 0, "the unknown key `a`");
    refusedHeader("{\"a\":{\"shape\":" + "[".repeat(1_000_000), 0, "`shape`");
    refusedHeader("{\"__metadata__\":{\"x\":" + "[".repeat(1_000_000), 0, "`__metadata__`");
    refusedHeader("{\"a\":{\"x\":" + "{\"x\":".repeat(100_000), 0, "the unknown key `x`");
  }

  @Test
  void keysTwice() throws IOException {
    refusedHeader("{\"a\":{" + ENTRY + "},\"a\":{" + ENTRY + "}}", 16, "`a` stands twice");
    refusedHeader("{\"a\":{\"dtype\":\"I8\"," + ENTRY + "}}", 16, "`dtype` twice");
    refusedHeader("{\"__metadata__\":{\"x\":\"1\",\"x\":\"2\"}}", 0, "`x` twice");
    refusedHeader("{\"__metadata__\":{},\"__metadata__\":{}}", 0, "`__metadata__` stands twice");
  }

  @Test
  void metadataThatIsNoText() throws IOException {
    refusedHeader("{\"__metadata__\":{\"x\":1}}", 0, "other than text under `x`");
    refusedHeader("{\"__metadata__\":[]}", 0, "`__metadata__` is not an object");
  }

  @Test
  void entriesThatAreIncomplete() throws IOException {
    refusedHeader("{\"a\":{\"dtype\":\"I32\",\"shape\":[4]}}", 16, "`a` has no `data_offsets`");
    refusedHeader("{\"a\":{\"shape\":[4],\"data_offsets\":[0,16]}}", 16, "`a` has no `dtype`");
    refusedHeader("{\"a\":{\"dtype\":\"I32\",\"data_offsets\":[0,16]}}", 16, "has no `shape`");
    refusedHeader(
        "{\"a\":{\"dtype\":\"I32\",\"shape\":[4],\"data_offsets\":[16]}}", 16, "not two numbers");
    refusedHeader("{\"a\":{\"dtype\":\"I33\"}}", 16, "type `I33`, which is unknown");
    refusedHeader("{\"a\":3}", 16, "`a` is not an object");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", " {}", "[]", "null", "{", "{}x", "{} {}", "{\"a\"", "{,}", "\ufeff{}"})
  void headersThatAreNone(String header) throws IOException {
    refusedHeader(header, 0, "header");
  }

  @Test
  void namesDoNotGetIntoTheTerminal() throws IOException {
    refusedHeader(
        "{\"\\u001b[31m\\n" + "x".repeat(5000) + "\":3}", 0, "`\\u001b[31m\\u000ax", "...`");
  }

  @Test
  void aHeaderOfManyTensorsIsReadInNoTime() throws IOException {
    var header = new StringBuilder("{");
    for (int i = 0; i < 100_000; i++) {
      if (i > 0) header.append(',');
      header
          .append("\"t" + i + "\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[")
          .append(i)
          .append(',')
          .append(i + 1)
          .append("]}");
    }
    Path path = file(header.append("}").toString(), 100_000);
    Assertions.assertTimeout(
        java.time.Duration.ofSeconds(10),
        () -> assertThat(SafetensorsFile.read(path).header().tensors()).hasSize(100_000));
  }

  @Test
  void filesThatCannotBeReadAreTheEnvironmentsFault() {
    assertThatThrownBy(() -> SafetensorsFile.read(folder.resolve("absent.safetensors")))
        .isInstanceOf(EnvironmentFailure.class)
        .hasMessageContainingAll("absent.safetensors", "no such file", "check the path");
    assertThatThrownBy(() -> SafetensorsFile.read(folder))
        .isInstanceOf(EnvironmentFailure.class)
        .hasMessageContaining("it is a folder");
  }
}
