package dune.models;

import dune.frontend.elaborate.Elaborated;
import dune.frontend.elaborate.Elaborator;
import dune.frontend.elaborate.Settings;
import dune.frontend.elaborate.Sources;
import dune.frontend.source.SourceText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The files of this module, as the compiler sees them.
public final class Shipped {
  private static final Path FOLDER =
      Path.of(System.getProperty("dune.root", "..")).resolve("models-dsl/src/main/resources/dune");

  /// The library, and nothing else.
  public static final Sources SOURCES =
      path -> path.equals(List.of("std")) ? files("std") : List.of();

  private Shipped() {}

  public static List<SourceText> files(String folder) {
    try (var files = Files.list(FOLDER.resolve(folder))) {
      return files.sorted().map(file -> read(folder, file)).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static SourceText read(String folder, Path file) {
    try {
      return SourceText.of(folder + "/" + file.getFileName(), Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static SourceText model(String name) {
    return files("models").stream()
        .filter(file -> file.name().equals("models/" + name + ".dune"))
        .findFirst()
        .orElseThrow();
  }

  static Elaborated elaborate(String model, Settings settings) {
    return Elaborator.elaborate(model(model), SOURCES, settings);
  }
}
