package dune.weights;

import java.nio.file.Path;

/// Text of others in our messages: on one line, without control characters, and of bearable length.
public final class Quoted {
  private static final int LONGEST = 120;

  private Quoted() {}

  /// In backticks: a name, a word.
  public static String name(String text) {
    return "`" + plain(text) + "`";
  }

  public static String path(Path path) {
    return printable(path.toString());
  }

  public static String plain(String text) {
    if (text.length() <= LONGEST) return printable(text);
    return printable(text.substring(0, LONGEST)) + "...";
  }

  private static String printable(String text) {
    var plain = new StringBuilder();
    text.codePoints()
        .forEach(
            point -> {
              if (isPrintable(point)) plain.appendCodePoint(point);
              else plain.append(String.format("\\u%04x", point));
            });
    return plain.toString();
  }

  private static boolean isPrintable(int point) {
    return switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }
}
