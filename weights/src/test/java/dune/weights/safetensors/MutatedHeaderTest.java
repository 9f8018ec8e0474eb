package dune.weights.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import dune.weights.InputFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/// Files that were damaged at random either still make sense or are refused, and nothing else
/// happens.
final class MutatedHeaderTest {
  private static final byte[] VALID = valid();
  private static final String[] SPLICES = {
    "{",
    "}",
    "[",
    "]",
    "\"",
    ",",
    ":",
    "-1",
    "1e999",
    "9223372036854775807",
    "null",
    "\\u0000",
    "\"shape\":[0]",
    "__metadata__",
    "\\ud800",
    "\u0000",
    "[[[[[[[[[[",
    "{\"a\":{\"a\":{\"a\":",
  };

  private static Path file;

  @BeforeContainer
  static void makeFile() throws IOException {
    file = Files.createTempFile("mutated", ".safetensors");
  }

  @AfterContainer
  static void deleteFile() throws IOException {
    Files.delete(file);
  }

  private static byte[] valid() {
    byte[] json =
        ("{\"__metadata__\":{\"format\":\"pt\"},"
                + "\"wte.weight\":{\"dtype\":\"F32\",\"shape\":[4,2],\"data_offsets\":[0,32]},"
                + "\"h.0.bias\":{\"dtype\":\"BF16\",\"shape\":[3],\"data_offsets\":[32,38]},"
                + "\"mask\":{\"dtype\":\"BOOL\",\"shape\":[],\"data_offsets\":[38,39]}}  ")
            .getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + json.length + 39)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(json.length)
        .put(json)
        .array();
  }

  @Property(tries = 2000, seed = "1")
  void damagedFilesAreReadOrRefused(@ForAll long seed) {
    readOrRefuse(mutate(VALID, new Random(seed)));
  }

  /// The length is put right, so that the damage reaches the reader of the JSON.
  @Property(tries = 2000, seed = "1")
  void damagedHeadersAreReadOrRefused(@ForAll long seed) {
    byte[] json = new byte[VALID.length - 8 - 39];
    System.arraycopy(VALID, 8, json, 0, json.length);
    byte[] damaged = mutate(json, new Random(seed));
    readOrRefuse(
        ByteBuffer.allocate(8 + damaged.length + 39)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(damaged.length)
            .put(damaged)
            .array());
  }

  private static void readOrRefuse(byte[] content) {
    try {
      Files.write(file, content);
      var header = SafetensorsFile.read(file).header();
      long end = header.dataStart();
      for (Header.Entry tensor : header.tensors().values()) {
        assertThat(header.dataStart() + tensor.begin()).isEqualTo(end);
        end = header.dataStart() + tensor.end();
      }
      assertThat(end).isEqualTo(content.length);
    } catch (InputFailure refused) {
      assertThat(refused.getMessage()).startsWith(file + ": ").doesNotContain("\n");
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static byte[] mutate(byte[] bytes, Random random) {
    byte[] mutated = bytes.clone();
    int times = 1 + random.nextInt(4);
    for (int i = 0; i < times && mutated.length > 0; i++) {
      int at = random.nextInt(mutated.length);
      mutated =
          switch (random.nextInt(5)) {
            case 0 -> flip(mutated, at, random);
            case 1 -> splice(mutated, at, at, new byte[0], random.nextInt(20));
            case 2 -> splice(mutated, at, at, splice(random), 0);
            case 3 -> splice(mutated, at, mutated.length, new byte[0], 0);
            default -> splice(mutated, at, at, mutated, 0);
          };
      if (mutated.length > 100_000) return mutated;
    }
    return mutated;
  }

  private static byte[] splice(Random random) {
    return SPLICES[random.nextInt(SPLICES.length)].getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] flip(byte[] bytes, int at, Random random) {
    bytes[at] = (byte) random.nextInt(256);
    return bytes;
  }

  /// Replaces `[begin, end + dropped)` by `middle`.
  private static byte[] splice(byte[] bytes, int begin, int end, byte[] middle, int dropped) {
    int rest = Math.min(bytes.length, end + dropped);
    return ByteBuffer.allocate(begin + middle.length + bytes.length - rest)
        .put(bytes, 0, begin)
        .put(middle)
        .put(bytes, rest, bytes.length - rest)
        .array();
  }
}
