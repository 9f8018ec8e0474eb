package dune.runtime.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dune.runtime.tokenize.SmallAlphabet;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Nobody is called: not while tokenizers are loaded and used, nor while templates are rendered.
final class OfflineTest {
  @TempDir Path folder;

  private Path folder(String name, Map<String, String> resources) throws IOException {
    Path inner = Files.createDirectories(folder.resolve(name));
    for (Map.Entry<String, String> resource : resources.entrySet()) {
      try (InputStream in = OfflineTest.class.getResourceAsStream(resource.getValue())) {
        Files.write(inner.resolve(resource.getKey()), in.readAllBytes());
      }
    }
    return inner;
  }

  /// What the program prints, in a process that nobody told to stay offline.
  private static List<String> run(String manner, Path... folders)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(Eavesdropper.class.getName(), manner));
    for (Path folder : folders) command.add(folder.toString());
    var builder = new ProcessBuilder(command);
    builder.environment().remove("OPT_OUT_TRACKING");
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    Process process = builder.start();
    List<String> lines =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
            .lines()
            .toList();
    assertThat(process.waitFor()).isZero();
    return lines;
  }

  private Path small() throws IOException {
    return folder("small", Map.of("tokenizer.json", "/tokenizer/small.tokenizer.json"));
  }

  @Test
  void tokenizersAndTemplatesCallNobody() throws IOException, InterruptedException {
    Path pieces =
        folder(
            "pieces",
            Map.of(
                "tokenizer.model",
                "/tokenizer/sp_unigram.model",
                "chat_template.jinja",
                "/templates/llama31.jinja"));
    Path bytes = folder("bytes", Map.of());
    SmallAlphabet.bytes().write(bytes);
    assertThat(run("ours", small(), pieces, bytes))
        .containsExactly(
            "small the king", "pieces the king", "template true", "bytes the king", "done");
  }

  @Test
  void aLibraryThatCallsHomeWouldBeHeard() throws IOException, InterruptedException {
    assertThat(run("bare", small())).anyMatch(line -> line.startsWith("call "));
  }
}
