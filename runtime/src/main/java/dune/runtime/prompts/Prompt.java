package dune.runtime.prompts;

/// A text to continue.
///
/// @param place the file and the line where it stands, `prompts.txt:3`; empty for one that was
///   given by itself
public record Prompt(String text, String place) {
  public static Prompt of(String text) {
    return new Prompt(text, "");
  }

  /// A message about this prompt.
  public String about(String message) {
    return place.isEmpty() ? message : place + ": " + message;
  }

  /// The beginning of its first line, for a heading.
  public String heading() {
    String line = text.strip().lines().findFirst().orElse("");
    boolean whole = line.length() <= 60 && line.equals(text.strip());
    return whole ? line : line.substring(0, line.offsetByCodePoints(0, shown(line))) + "...";
  }

  private static int shown(String line) {
    return Math.min(60, line.codePointCount(0, line.length()));
  }
}
