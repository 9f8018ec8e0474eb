package dune.cli;

import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import dune.weights.Quoted;
import dune.weights.json.StrictText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// A text that the user gives: a file, or, by the name `-`, standard input.
///
/// @param name how messages call it
record TextInput(String name, String text) {
  private static final String STANDARD_INPUT = "-";
  private static final String MARK = "\uFEFF";

  /// @throws EnvironmentFailure if it cannot be read
  /// @throws InputFailure if it is not UTF-8
  static TextInput read(String file, Console console) {
    if (!file.equals(STANDARD_INPUT)) {
      Path path = Path.of(file);
      return of(Quoted.path(path), bytes(path));
    }
    try {
      return of("standard input", console.in().readAllBytes());
    } catch (IOException e) {
      throw EnvironmentFailure.reading(Path.of("standard input"), e);
    }
  }

  private static byte[] bytes(Path file) {
    if (Files.isDirectory(file)) {
      throw new EnvironmentFailure(
          "cannot read " + Quoted.path(file) + ": it is a folder; name a file");
    }
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw EnvironmentFailure.reading(file, e);
    }
  }

  private static TextInput of(String name, byte[] bytes) {
    StrictText.firstBadByte(bytes)
        .ifPresent(
            at -> {
              throw new InputFailure(name + ": byte " + at + " is not valid UTF-8");
            });
    String text = new String(bytes, StandardCharsets.UTF_8);
    return new TextInput(name, text.startsWith(MARK) ? text.substring(MARK.length()) : text);
  }
}
