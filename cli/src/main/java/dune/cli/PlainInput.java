package dune.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// Messages from a file or a pipe, a line each; one that ends with a backslash goes on in the next.
final class PlainInput implements ChatInput {
  private final BufferedReader lines;

  PlainInput(InputStream in) {
    this.lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
  }

  @Override
  public Optional<String> next() {
    try {
      var message = new StringBuilder();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!line.endsWith("\\")) return Optional.of(message.append(line).toString());
        message.append(line, 0, line.length() - 1).append('\n');
      }
      return message.isEmpty() ? Optional.empty() : Optional.of(message.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public boolean isInteractive() {
    return false;
  }

  @Override
  public void interruptibly(Runnable stop, Runnable work) {
    work.run();
  }

  @Override
  public void close() {}
}
