package dune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ConvertTest {
  private static final Path PICKLES =
      SourceTree.ROOT.resolve("weights/src/test/resources/golden/pickle");

  @TempDir Path folder;

  private String out;

  @BeforeEach
  void choosePlace() {
    out = folder.resolve("out").toString();
  }

  private static String pickle(String name) {
    return PICKLES.resolve(name).toString();
  }

  private void refused(int status, String message, String... arguments) throws IOException {
    Run run = Run.of(arguments);
    assertThat(run.err()).contains(message).doesNotContain("Exception", "\tat ", "a bug in dune");
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.status()).isEqualTo(status);
    assertThat(folder.resolve("out")).doesNotExist();
    try (var files = Files.list(folder)) {
      assertThat(files.filter(file -> file.getFileName().toString().startsWith("."))).isEmpty();
    }
  }

  @Test
  void saysInALineWhatItDid() {
    Run run = Run.of("convert", pickle("llama.bin"), out);
    assertThat(run.status()).as(run.err()).isZero();
    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .matches(
            "dunec: converted .*llama.bin to .*out: 30 tensors, 64,848 numbers, 259,392 bytes in 1"
                + " file, read back and compared, in \\d+\\.\\d s; no config.json lay beside it,"
                + " which `run` needs\n");
    assertThat(folder.resolve("out/model.safetensors"))
        .hasSameBinaryContentAs(Shared.TINY.resolve("model.safetensors"));
  }

  @Test
  void aFolderBringsItsConfigAlong() {
    Run run = Run.of("convert", Shared.TINY.toString(), out);
    assertThat(run.err()).matches("dunec: converted .* in \\d+\\.\\d s\n");
    assertThat(folder.resolve("out/config.json")).exists();
  }

  @Test
  void whatComesOutIsACheckpoint() {
    String big = folder.resolve("big").toString();
    String config = Shared.TINY.resolve("config.json").toString();
    String[] init = {"init", "--random", "--config", config, "--set", "V=8000", "-o", big};
    assertThat(Run.of(init).status()).isZero();
    Run run = Run.of("convert", big, out, "--dtype", "bf16", "--shard-size", "1MB");
    assertThat(run.status()).as(run.err()).isZero();
    assertThat(run.err()).contains("30 tensors in bf16", "in 2 files");
    assertThat(folder.resolve("out/config.json")).content().contains("\"dtype\": \"bfloat16\"");
    Run check = Run.of("check", "--weights", out);
    assertThat(check.status()).as(check.err()).isZero();
    assertThat(check.out()).contains("embed_tokens.weight bf16[8000, 48]");
  }

  @Test
  void foldersOfPicklesAreCheckedLikeOthers() throws IOException {
    for (String name : new String[] {"llama.bin", "llama.legacy.bin"}) {
      Path weights = Files.createDirectory(folder.resolve(name));
      Files.copy(Path.of(pickle(name)), weights.resolve("pytorch_model.bin"));
      Files.copy(Shared.TINY.resolve("config.json"), weights.resolve("config.json"));
      assertThat(Run.of("check", "--weights", weights.toString()))
          .isEqualTo(Run.of("check", "--weights", Shared.TINY.toString()));
    }
  }

  @Test
  void hostileFilesAreRefusedByName() throws IOException {
    refused(1, "it asks for `posix.system`", "convert", pickle("evil_system.bin"), out);
    refused(1, "it asks for `__builtin__.eval`", "convert", pickle("evil_eval.bin"), out);
    refused(1, "nothing of it was executed", "check", "--weights", pickle("evil_system.bin"));
  }

  @Test
  void whatCannotBeReadOrWritten() throws IOException {
    String absent = folder.resolve("absent").toString();
    refused(2, "there is no such file or folder", "convert", absent, out);
    refused(2, "holds no weights", "convert", folder.toString(), out);
    Path cut = folder.resolve("cut.bin");
    Files.write(
        cut, java.util.Arrays.copyOf(Files.readAllBytes(Path.of(pickle("llama.bin"))), 999));
    refused(1, "it is truncated; download or copy it again", "convert", cut.toString(), out);
    refused(2, "the folder is not empty", "convert", pickle("llama.bin"), folder.toString());
    refused(2, "a file is there; name another", "convert", pickle("llama.bin"), cut.toString());
    refused(
        2,
        "its folder does not exist; create it",
        "convert",
        pickle("llama.bin"),
        absent + "/deeper");
  }

  @Test
  void wordsOfTheCommandLine() {
    String in = pickle("llama.bin");
    misspelt("missing required parameter: 'OUT'", "convert", in);
    misspelt("there is no element type `int8`", "convert", in, out, "--dtype", "int8");
    misspelt("`large` is no size; write it as 5GB", "convert", in, out, "--shard-size", "large");
    misspelt("`0` is less than 1 MB", "convert", in, out, "--shard-size", "0");
  }

  private static void misspelt(String message, String... arguments) {
    Run run = Run.of(arguments);
    assertThat(run.err()).contains(message, "see `dunec convert --help`");
    assertThat(run.status()).isEqualTo(2);
  }
}
