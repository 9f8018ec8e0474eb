package dune.weights.pickle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import dune.weights.Elements;
import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import dune.weights.Resources;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Files that are damaged, hostile, or something else.
final class HostilePickleTest {
  private static final long[] TWO = {2};
  private static final long[] ONE = {1};

  @TempDir Path folder;

  private Path file() {
    return folder.resolve("pytorch_model.bin");
  }

  private void refused(byte[] pickle, String message) {
    refused(Pickler.zip(file(), pickle, 8), message);
  }

  private void refused(Path file, String message) {
    assertThatThrownBy(() -> PickleFile.read(file))
        .isInstanceOf(InputFailure.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContaining(message)
        .extracting(Throwable::getMessage)
        .asString()
        .doesNotContain("\n");
  }

  private void starting(byte[] bytes, String message) throws IOException {
    refused(Files.write(file(), bytes), message);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void aTensorThatFitsIsRead() {
    var pickle = Pickler.named(new Pickler().tensor("FloatStorage", 2, 0, TWO, ONE));
    var tensors = PickleFile.read(Pickler.zip(file(), pickle, 8));
    assertThat(Elements.of(tensors.find("w").orElseThrow())).hasSize(8);
  }

  // What a pickle asks for.

  @ParameterizedTest
  @CsvSource({
    "posix, system",
    "builtins, exec",
    "builtins, getattr",
    "subprocess, Popen",
    "torch.hub, load",
    "torch._utils, _rebuild_sparse_tensor",
    "os, 'path.join'",
    "mine, Model",
  })
  void namesThatAreNotInTheTable(String module, String name) {
    refused(
        Pickler.named(new Pickler().global(module, name).code(')', 'R')),
        "it asks for `" + module + "." + name + "`");
  }

  @Test
  void namesAreRefusedHoweverTheyAreWritten() {
    refused(
        new Pickler().text("posix").text("system").code(0x93).end(), "it asks for `posix.system`");
    refused(new Pickler().global("posix\u001b[2J", "x").end(), "it asks for `posix\\u001b[2J.x`");
  }

  @Test
  void instructionsThatMakeInstances() {
    refused(new Pickler().code('(', 'i').end(), "has the instruction 0x69 at byte 3");
    refused(new Pickler().code(0x82, 1).end(), "has the instruction 0x82");
    refused(new Pickler().code(0x92).end(), "nothing was executed");
  }

  @Test
  void wholeModules() {
    refused(
        new Pickler().code('(').text("module").text("source").code('t', 'Q').end(),
        "it holds a whole module with its program (`module`)");
  }

  @Test
  void attributesAreNotGivenToFunctions() {
    refused(
        new Pickler().global("torch._utils", "_rebuild_tensor_v2").code('}', 'b').end(),
        "gives attributes to a function or class");
  }

  // Where a tensor lies.

  @Test
  void tensorsBeyondTheirStorage() {
    long most = Long.MAX_VALUE;
    long[][][] wrong = {
      {{3}, {1}, {0}},
      {{2}, {2}, {0}},
      {{2}, {1}, {1}},
      {{most}, {most}, {0}},
      {{2}, {1}, {most}},
      {{2, most}, {0, 0}, {0}},
      {{1L << 62, 4}, {0, 0}, {0}},
    };
    for (long[][] one : wrong) {
      refused(
          Pickler.named(new Pickler().tensor("FloatStorage", 2, one[2][0], one[0], one[1])),
          "that reaches beyond its storage of 2 elements");
    }
  }

  @Test
  void negativeSizes() {
    refused(
        Pickler.named(new Pickler().tensor("FloatStorage", 2, 0, new long[] {-2}, ONE)),
        "takes a whole number for a size or position");
    refused(
        Pickler.named(new Pickler().tensor("FloatStorage", 2, 1, TWO, new long[] {-1})),
        "takes a whole number for a size or position");
  }

  @Test
  void moreAxesThanStrides() {
    refused(
        Pickler.named(new Pickler().tensor("FloatStorage", 2, 0, new long[] {1, 2}, ONE)),
        "makes a tensor of 2 axes with 1 strides");
  }

  @Test
  void storagesOfAnotherSizeThanTheirEntry() {
    refused(
        Pickler.named(new Pickler().tensor("FloatStorage", 1000, 0, TWO, ONE)),
        "its entry `data/0` has 8 bytes, and its pickle says 1000 elements of 4");
    refused(
        Pickler.named(new Pickler().tensor("DoubleStorage", 2, 0, TWO, ONE)),
        "its entry `data/0` has 8 bytes, and its pickle says 2 elements of 8");
  }

  @Test
  void storagesThatAreMissing() {
    var pickle = Pickler.named(new Pickler().tensor("FloatStorage", 2, 0, TWO, ONE));
    refused(
        Pickler.zip(file(), Map.of("archive/data.pkl", pickle)),
        "its entry `data/0`, which a tensor needs, is missing");
  }

  @Test
  void aLittleThatRepeatsForEver() {
    refused(
        Pickler.named(
            new Pickler()
                .tensor("FloatStorage", 2, 0, new long[] {1 << 30, 1 << 20}, new long[] {0, 0})),
        "they repeat the same numbers too often");
  }

  // Memory and time.

  @Test
  void listsThatHoldThemselves() {
    var pickle = new Pickler().code(']', 'q', 0, 'h', 0, 'a').end();
    refused(pickle, "it has no dictionary of named tensors");
    var dict = new Pickler().code('}', 'q', 0).text("model").code('h', 0, 's').end();
    refused(dict, "it has no dictionary of named tensors");
  }

  @Test
  void manyTimesTheSame() {
    var pickle = new Pickler().code('}', 'q', 0).text("x").code('q', 1, '0');
    for (int i = 0; i < 60; i++) {
      pickle.code('}', '(', 'h', 1, 'h', 0).text("y").code('h', 0, 'u', 'q', 0, '0');
    }
    assertTimeout(
        Duration.ofSeconds(30),
        () -> refused(pickle.code('h', 0).end(), "it has no dictionary of named tensors"));
  }

  @Test
  void towersOfTuples() {
    var pickle = new Pickler().code(')');
    for (int i = 0; i < 200_000; i++) pickle.code(0x85);
    refused(pickle.end(), "it has no dictionary of named tensors");
  }

  @Test
  void programsWithoutEnd() {
    var marks = new byte[1 << 20];
    Arrays.fill(marks, (byte) '(');
    refused(marks, "needs more memory than any checkpoint");
    var lists = new byte[2 << 20];
    Arrays.fill(lists, (byte) ']');
    refused(lists, "needs more memory than any checkpoint");
    var both = new byte[11_000_000];
    for (int i = 0; i < both.length; i++) both[i] = (byte) (i % 2 == 0 ? ']' : '0');
    refused(both, "has more steps than any checkpoint");
  }

  @Test
  void copiesOfLargeListsCount() {
    var pickle = new Pickler().code(']', 'q', 0, '(');
    for (int i = 0; i < 10_000; i++) pickle.code(')', ')', 0x86);
    pickle.code('e', '0');
    for (int i = 0; i < 10_000; i++) {
      pickle.global("collections", "OrderedDict").code('h', 0, 0x85, 'R', '0');
    }
    refused(pickle.code('h', 0).end(), "has more steps than any checkpoint");
  }

  @Test
  void lengthsBeyondTheEnd() {
    refused(new Pickler().code('X').int32(-1).end(), "its pickle ends too early; it is truncated");
    refused(new Pickler().code('B').int32(1 << 30).end(), "its pickle ends too early");
    refused(new Pickler().code('}').text("x").code('}').code(0x8a, 255).end(), "ends too early");
  }

  @Test
  void valuesThatAreNotThere() {
    refused(new Pickler().code('s').end(), "takes more values than there are (before byte 3)");
    refused(new Pickler().code('t').end(), "goes back to a mark that is not there");
    refused(new Pickler().code('h', 7).end(), "recalls what it never stored");
    refused(new Pickler().code('}', '(', 's').end(), "takes more values than there are");
    refused(new Pickler().code('N', 'N', 'a').end(), "appends to `None`");
    refused(new Pickler().code('N', 'N', 'N', 's').end(), "sets keys of `None`");
    refused(new Pickler().code('N', ')', 'R').end(), "calls `None`");
    refused(new Pickler().code('N', 'Q').end(), "refers to something other than a storage");
  }

  @Test
  void protocolsOfOthers() {
    refused(new Pickler().code(0x80, 5).end(), "its pickle is of protocol 5");
  }

  // Files that are something else.

  @Test
  void whatTheFileIsInstead() throws IOException {
    starting(new byte[0], "it is empty; download it again");
    starting(ascii("GGUF...."), "it is a GGUF file");
    starting(ascii("<!DOCTYPE html>"), "it is a web page");
    starting(ascii("version https://git-lfs.github.com/spec/v1\noid"), "git lfs pull");
    starting(ascii("\u001f\u008b......"), "it is compressed with gzip");
    starting(ascii("hello"), "it is no checkpoint of PyTorch");
    starting(
        Files.readAllBytes(Resources.golden("llama.safetensors")),
        "it is a safetensors file; let its name end in `.safetensors`");
    var tar = new byte[1024];
    System.arraycopy(ascii("ustar"), 0, tar, 257, 5);
    starting(tar, "it is a tar archive, the form of PyTorch 0.1");
    starting(new Pickler().code('N').end(), "it is a pickle, but not one of PyTorch's");
    starting(new Pickler().global("posix", "system").end(), "it asks for `posix.system`");
    assertThatThrownBy(() -> PickleFile.read(folder))
        .isInstanceOf(EnvironmentFailure.class)
        .hasMessageContaining("it is a folder");
    assertThatThrownBy(() -> PickleFile.read(folder.resolve("absent.bin")))
        .isInstanceOf(EnvironmentFailure.class)
        .hasMessageContaining("there is no such file");
  }

  @Test
  void archivesOfOthers() {
    refused(
        Pickler.zip(file(), Map.of("word/document.xml", new byte[3])),
        "it is a zip archive without `data.pkl`");
    var entries = new LinkedHashMap<String, byte[]>();
    entries.put("a/data.pkl", new Pickler().code('}').end());
    entries.put("a/constants.pkl", new byte[1]);
    refused(Pickler.zip(file(), entries), "it is a TorchScript archive");
    entries.remove("a/constants.pkl");
    entries.put("a/byteorder", ascii("big"));
    refused(Pickler.zip(file(), entries), "in the byte order `big`");
  }

  @Test
  void compressedEntries() throws IOException {
    try (var zip = new ZipOutputStream(Files.newOutputStream(file()))) {
      zip.putNextEntry(new ZipEntry("archive/data.pkl"));
      zip.write(new byte[100_000_000]);
    }
    refused(file(), "its entry `archive/data.pkl` is compressed");
  }

  @Test
  void encryptedEntries() throws IOException {
    byte[] bytes = Files.readAllBytes(Resources.golden("pickle/views.bin"));
    int directory = find(bytes, "PK\1\2");
    bytes[directory + 8] |= 1;
    starting(bytes, "is encrypted; decrypt the archive first");
  }

  @Test
  void entriesWithTwoNames() throws IOException {
    byte[] bytes = Files.readAllBytes(Resources.golden("pickle/views.bin"));
    bytes[30] ^= 1;
    starting(bytes, "has two names; it is hostile or damaged");
  }

  private static int find(byte[] bytes, String text) {
    byte[] wanted = ascii(text);
    for (int at = 0; ; at++) {
      if (Arrays.equals(bytes, at, at + wanted.length, wanted, 0, wanted.length)) return at;
    }
  }

  @ParameterizedTest
  @CsvSource({"views.bin", "views.legacy.bin", "llama.bin", "llama.legacy.bin", "views.proto4.bin"})
  void cutFilesSaySo(String name) throws IOException {
    byte[] bytes = Files.readAllBytes(Resources.golden("pickle/" + name));
    for (int end = 16; end < bytes.length; end += Math.max(1, bytes.length / 97)) {
      starting(Arrays.copyOf(bytes, end), "truncated");
    }
  }
}
