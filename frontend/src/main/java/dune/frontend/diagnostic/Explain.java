package dune.frontend.diagnostic;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/// The pages behind the codes: what a problem means, an example that has it, and the example
/// mended.
public final class Explain {
  private Explain() {}

  /// The page of a code, in Markdown.
  public static String page(ErrorCode code) {
    String name = "explain/" + code.code() + ".md";
    try (var page = Explain.class.getResourceAsStream(name)) {
      if (page == null) {
        throw new IllegalStateException("no page " + name);
      }
      return new String(page.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
