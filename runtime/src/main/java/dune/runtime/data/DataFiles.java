package dune.runtime.data;

import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// Finds the files that are named as data, and reads them.
final class DataFiles {
  private static final List<String> IN_FOLDERS = List.of(".txt", ".jsonl", ".bin", ".npy");

  private DataFiles() {}

  /// The file itself, or of a folder all files with a known ending, in the order of their names.
  ///
  /// @throws EnvironmentFailure if the folder cannot be read
  /// @throws InputFailure if none is in it
  static List<Path> of(Path data) {
    if (!Files.isDirectory(data)) return List.of(data);
    try (Stream<Path> files = Files.list(data)) {
      List<Path> found =
          files
              .filter(Files::isRegularFile)
              .filter(file -> IN_FOLDERS.stream().anyMatch(end -> endsWith(file, end)))
              .sorted(Comparator.comparing(file -> file.getFileName().toString()))
              .toList();
      if (found.isEmpty()) {
        throw new InputFailure(
            data, "none of its files ends with " + String.join(", ", IN_FOLDERS));
      }
      return found;
    } catch (IOException e) {
      throw EnvironmentFailure.reading(data, e);
    }
  }

  static boolean isTokens(Path file) {
    return endsWith(file, ".bin") || endsWith(file, ".npy");
  }

  private static boolean endsWith(Path file, String end) {
    return file.getFileName().toString().endsWith(end);
  }

  /// Everything in the files, one after the other.
  static List<Numbered> read(List<Path> files, TokenType type, Problems problems) {
    var entries = new ArrayList<Numbered>();
    for (Path file : files) {
      if (isTokens(file)) {
        entries.add(new Numbered(file, 1, new Entry.Tokens(TokenFile.read(file, type))));
      } else if (endsWith(file, ".jsonl")) {
        entries.addAll(JsonEntries.read(file, problems));
      } else {
        entries.add(new Numbered(file, 1, new Entry.Text(text(file))));
      }
    }
    return entries;
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (CharacterCodingException e) {
      throw new InputFailure(file, "it is not valid UTF-8");
    } catch (IOException e) {
      throw EnvironmentFailure.reading(file, e);
    }
  }
}
