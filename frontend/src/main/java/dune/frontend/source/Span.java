package dune.frontend.source;

/// The characters `start` (inclusive) to `end` (exclusive) of a source; empty where a place between
/// two is meant.
public record Span(SourceText source, int start, int end) implements Comparable<Span> {
  public Span {
    if (start < 0 || end < start || end > source.length()) {
      throw new IllegalArgumentException(
          "no span " + start + ".." + end + " in " + source + " of length " + source.length());
    }
  }

  /// The line of the first character, from 1.
  public int line() {
    return source.line(start);
  }

  /// The column of the first character, from 1.
  public int column() {
    return source.column(start);
  }

  public String text() {
    return source.text().substring(start, end);
  }

  public boolean isEmpty() {
    return start == end;
  }

  /// The smallest span that holds both; both must be of one source.
  public Span to(Span other) {
    if (other.source != source) {
      throw new IllegalArgumentException("spans of " + source + " and " + other.source);
    }
    return new Span(source, Math.min(start, other.start), Math.max(end, other.end));
  }

  /// The empty place before the first character.
  public Span before() {
    return new Span(source, start, start);
  }

  /// The empty place behind the last character.
  public Span after() {
    return new Span(source, end, end);
  }

  public boolean contains(Span other) {
    return source == other.source && start <= other.start && other.end <= end;
  }

  /// By name of the source, then by place.
  @Override
  public int compareTo(Span other) {
    int byName = source.name().compareTo(other.source.name());
    if (byName != 0) {
      return byName;
    }
    int byStart = Integer.compare(start, other.start);
    return byStart != 0 ? byStart : Integer.compare(end, other.end);
  }

  /// `file:line:column`.
  @Override
  public String toString() {
    return source.name() + ":" + line() + ":" + column();
  }
}
