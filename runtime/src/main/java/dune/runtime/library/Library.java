package dune.runtime.library;

import dune.frontend.source.SourceText;
import dune.weights.EnvironmentFailure;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// The files that come with dune: the standard library and the architectures.
public final class Library {
  private Library() {}

  /// The standard library, which files import as `std`.
  public static List<SourceText> standard() {
    return shipped("std");
  }

  /// One file per architecture.
  public static List<SourceText> models() {
    return shipped("models");
  }

  private static List<SourceText> shipped(String folder) {
    var resource = Library.class.getResource("/dune/" + folder);
    if (resource == null) throw new IllegalStateException("the build left out " + folder);
    try {
      URI uri = resource.toURI();
      if (!uri.getScheme().equals("jar")) return read(Path.of(uri), folder);
      try (FileSystem jar = FileSystems.newFileSystem(uri, Map.of())) {
        return read(jar.getPath("/dune", folder), folder);
      }
    } catch (IOException | URISyntaxException e) {
      throw new IllegalStateException("cannot read the files that come with dune", e);
    }
  }

  private static List<SourceText> read(Path directory, String folder) throws IOException {
    try (var files = Files.list(directory)) {
      var names =
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.endsWith(".dune"))
              .sorted()
              .toList();
      var texts = new java.util.ArrayList<SourceText>();
      for (String name : names) {
        texts.add(SourceText.of(folder + "/" + name, Files.readString(directory.resolve(name))));
      }
      return texts;
    }
  }

  /// Reads a file of the user.
  ///
  /// @throws EnvironmentFailure if it is not there or cannot be read
  static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      if (Files.isDirectory(file)) {
        throw new EnvironmentFailure(
            "cannot read " + file + ": it is a folder; name a .dune file in it");
      }
      throw EnvironmentFailure.reading(file, e);
    }
  }
}
