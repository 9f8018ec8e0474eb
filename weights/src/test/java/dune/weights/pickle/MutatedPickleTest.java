package dune.weights.pickle;

import static org.assertj.core.api.Assertions.assertThat;

import dune.weights.Elements;
import dune.weights.InputFailure;
import dune.weights.Resources;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/// Damaged checkpoints are read or refused: never a crash, a hang or an exhausted memory.
final class MutatedPickleTest {
  private static final List<byte[]> VALID =
      List.of(
          golden("views.bin"),
          golden("views.legacy.bin"),
          golden("views.proto4.bin"),
          golden("ckpt_nested.bin"),
          golden("evil_system.bin"));

  private static Path file;

  private static byte[] golden(String name) {
    try {
      return Files.readAllBytes(Resources.golden("pickle/" + name));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  @BeforeContainer
  static void makeFile() throws IOException {
    file = Files.createTempFile("mutated", ".bin");
  }

  @AfterContainer
  static void deleteFile() throws IOException {
    Files.delete(file);
  }

  @Property(tries = 4000, seed = "1")
  void damagedFilesAreReadOrRefused(@ForAll long seed) {
    var random = new Random(seed);
    byte[] bytes = VALID.get(random.nextInt(VALID.size())).clone();
    for (int i = random.nextInt(8); i >= 0; i--) damage(bytes, random);
    boolean cut = random.nextInt(4) == 0;
    readOrRefuse(cut ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes);
  }

  private static void damage(byte[] bytes, Random random) {
    int at = random.nextInt(bytes.length);
    switch (random.nextInt(4)) {
      case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> bytes[at] = (byte) random.nextInt(256);
      case 2 -> Arrays.fill(bytes, at, Math.min(bytes.length, at + 8), (byte) -1);
      case 3 -> {
        int from = random.nextInt(bytes.length);
        int length = Math.min(random.nextInt(40), bytes.length - Math.max(at, from));
        System.arraycopy(bytes, from, bytes, at, length);
      }
      default -> throw new IllegalStateException();
    }
  }

  /// Instructions in any order, so that most are reached in states that no writer makes.
  @Property(tries = 4000, seed = "1")
  void arbitraryProgramsAreReadOrRefused(@ForAll long seed) {
    var random = new Random(seed);
    var opcodes = "(.0GJKMNQRTUX]abcehjqrst)u}BC\u0080\u0081\u0085\u0086\u0087\u0088\u0089\u008a";
    var others = "\u008c\u008f\u0090\u0091\u0093\u0094\u0095";
    var pickle = new Pickler();
    for (int i = random.nextInt(60); i >= 0; i--) {
      switch (random.nextInt(6)) {
        case 0 -> pickle.text(random.nextBoolean() ? "storage" : "w");
        case 1 -> pickle.code('K', random.nextInt(4));
        case 2 -> pickle.tensor("FloatStorage", 2, 0, new long[] {2}, new long[] {1});
        case 3 -> pickle.global("collections", "OrderedDict");
        default -> pickle.code((opcodes + others).charAt(random.nextInt(opcodes.length() + 7)));
      }
    }
    var entries = Pickler.zip(file, pickle.end(), 8);
    readOrRefuse(entries);
  }

  private static void readOrRefuse(byte[] content) {
    try {
      Files.write(file, content);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    readOrRefuse(file);
  }

  private static void readOrRefuse(Path file) {
    try {
      var tensors = PickleFile.read(file);
      for (var tensor : tensors.all().values()) {
        if (tensor.info().bytes() < 1 << 20) {
          assertThat(Elements.of(tensor)).hasSize((int) tensor.info().bytes());
        }
      }
    } catch (InputFailure refused) {
      assertThat(refused.getMessage()).startsWith(file + ": ").doesNotContain("\n");
    }
  }
}
