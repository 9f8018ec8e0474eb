package dune.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// The files of this project as they lie on disk, without what a build leaves.
final class SourceTree {
  static final Path ROOT = Path.of(System.getProperty("dune.root", "..")).toAbsolutePath();

  private static final Set<String> LEFT_OUT = Set.of("target", ".git", ".idea", ".vscode");

  private SourceTree() {}

  static List<Path> files(String... extensions) {
    try (Stream<Path> entries = Files.list(ROOT)) {
      return entries
          .sorted()
          .flatMap(SourceTree::walk)
          .filter(file -> ends(file, extensions))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean ends(Path file, String... extensions) {
    return Stream.of(extensions).anyMatch(extension -> file.toString().endsWith(extension));
  }

  private static Stream<Path> walk(Path path) {
    if (LEFT_OUT.contains(path.getFileName().toString())) return Stream.empty();
    if (!Files.isDirectory(path)) return Stream.of(path);
    try (Stream<Path> entries = Files.list(path)) {
      return entries.sorted().toList().stream().flatMap(SourceTree::walk);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
