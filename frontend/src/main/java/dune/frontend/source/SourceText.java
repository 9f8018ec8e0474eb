package dune.frontend.source;

import java.util.Arrays;
import java.util.Objects;

/// A named text with an index of its lines. Two sources are the same only if they are the same
/// object.
///
/// Lines end with `\n`, `\r\n` or a lone `\r`; offsets count UTF-16 units from 0, lines and columns
/// from 1.
public final class SourceText {
  private final String name;
  private final String text;
  private final int[] lineStarts;

  private SourceText(String name, String text) {
    this.name = Objects.requireNonNull(name);
    this.text = Objects.requireNonNull(text);
    this.lineStarts = lineStarts(text);
  }

  /// `name` is what messages call the source, usually its path as the user wrote it.
  public static SourceText of(String name, String text) {
    return new SourceText(name, text);
  }

  private static int[] lineStarts(String text) {
    var starts = new int[16];
    int count = 1;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean endsLine =
          c == '\n' || c == '\r' && (i + 1 == text.length() || text.charAt(i + 1) != '\n');
      if (!endsLine) {
        continue;
      }
      if (count == starts.length) {
        starts = Arrays.copyOf(starts, 2 * count);
      }
      starts[count++] = i + 1;
    }
    return Arrays.copyOf(starts, count);
  }

  public String name() {
    return name;
  }

  public String text() {
    return text;
  }

  public int length() {
    return text.length();
  }

  /// How many lines there are; an empty text has one.
  public int lineCount() {
    return lineStarts.length;
  }

  /// The line, from 1, that holds the offset; the end of the text counts as a place on the last
  /// line.
  public int line(int offset) {
    Objects.checkIndex(offset, text.length() + 1);
    int found = Arrays.binarySearch(lineStarts, offset);
    return found >= 0 ? found + 1 : -found - 1;
  }

  /// The column, from 1, of the offset on its line; a tab is one column.
  public int column(int offset) {
    return offset - lineStart(line(offset)) + 1;
  }

  /// The offset at which a line begins.
  public int lineStart(int line) {
    return lineStarts[line - 1];
  }

  /// The offset just behind the last character of a line, without its line end.
  public int lineEnd(int line) {
    int end = line < lineCount() ? lineStarts[line] : text.length();
    int start = lineStart(line);
    while (end > start && (text.charAt(end - 1) == '\n' || text.charAt(end - 1) == '\r')) {
      end--;
    }
    return end;
  }

  /// A line without its line end.
  public String lineText(int line) {
    return text.substring(lineStart(line), lineEnd(line));
  }

  public Span span(int start, int end) {
    return new Span(this, start, end);
  }

  /// The whole text.
  public Span span() {
    return new Span(this, 0, text.length());
  }

  @Override
  public String toString() {
    return name;
  }
}
