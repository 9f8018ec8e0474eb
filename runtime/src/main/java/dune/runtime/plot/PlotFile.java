package dune.runtime.plot;

import dune.weights.AtomicFile;
import dune.weights.EnvironmentFailure;
import dune.weights.UsageFailure;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;

/// Writes a drawing in the form that the name of the file asks for: `.svg` or `.png`.
public final class PlotFile {
  private PlotFile() {}

  /// Callers can ask before they do anything slow.
  ///
  /// @throws UsageFailure if the name ends otherwise
  public static void requireForm(Path file) {
    if (isSvg(file) || isPng(file)) return;
    throw new UsageFailure(
        "a plot is written as SVG or PNG; name it .svg or .png, not `%s`".formatted(file));
  }

  /// @throws UsageFailure if the name ends otherwise
  /// @throws EnvironmentFailure if the file cannot be written
  public static void write(Path file, Drawing drawing) {
    requireForm(file);
    AtomicFile.write(
        file,
        isSvg(file) ? SvgForm.of(drawing).getBytes(StandardCharsets.UTF_8) : PngForm.of(drawing));
  }

  private static boolean isSvg(Path file) {
    return endsWith(file, ".svg");
  }

  private static boolean isPng(Path file) {
    return endsWith(file, ".png");
  }

  private static boolean endsWith(Path file, String ending) {
    return file.toString().toLowerCase(Locale.ROOT).endsWith(ending);
  }
}
