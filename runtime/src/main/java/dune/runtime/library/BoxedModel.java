package dune.runtime.library;

import dune.weights.EnvironmentFailure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The model that comes with dune, so that there is something to run: Mistral's architecture with
/// 1.4 million weights, trained by `dunec train` on the characters of Shakespeare's plays.
/// `docs/shakespeare.md` has the command that made it.
public final class BoxedModel {
  private static final String RESOURCES = "/dune/shakespeare/";

  private static final List<String> FILES =
      List.of("config.json", "dune_tokenizer.json", "generation_config.json", "model.safetensors");

  private BoxedModel() {}

  /// Unpacks it into a temporary folder, which goes when the process ends.
  ///
  /// @return a folder of weights as any other
  /// @throws EnvironmentFailure if there is no room
  public static Path unpack() {
    Path folder = Path.of(System.getProperty("java.io.tmpdir"));
    try {
      folder = Files.createTempDirectory("dune-shakespeare");
      // What is deleted on exit goes in the opposite order.
      folder.toFile().deleteOnExit();
      for (String name : FILES) {
        Path file = folder.resolve(name);
        file.toFile().deleteOnExit();
        try (InputStream content = BoxedModel.class.getResourceAsStream(RESOURCES + name)) {
          Files.copy(content, file);
        }
      }
      return folder;
    } catch (IOException e) {
      throw EnvironmentFailure.writing(folder, e);
    }
  }
}
