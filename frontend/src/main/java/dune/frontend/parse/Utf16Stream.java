package dune.frontend.parse;

import dune.frontend.source.SourceText;
import dune.frontend.source.Span;
import org.antlr.v4.runtime.CharStream;
import org.antlr.v4.runtime.misc.Interval;

/// A part of a source as ANTLR wants it. Counts UTF-16 units, so that token places are source
/// places; lone surrogates are ordinary (stray) characters.
final class Utf16Stream implements CharStream {
  private final SourceText source;
  private final String text;
  private final int end;
  private int index;

  Utf16Stream(Span part) {
    this.source = part.source();
    this.text = source.text();
    this.end = part.end();
    this.index = part.start();
  }

  @Override
  public void consume() {
    if (index == end) {
      throw new IllegalStateException("consumed the end of " + source);
    }
    index++;
  }

  @Override
  public int LA(int ahead) {
    int at = ahead > 0 ? index + ahead - 1 : index + ahead;
    return ahead == 0 || at < 0 || at >= end ? EOF : text.charAt(at);
  }

  @Override
  public int mark() {
    return -1;
  }

  @Override
  public void release(int marker) {
    // Everything is kept.
  }

  @Override
  public int index() {
    return index;
  }

  @Override
  public void seek(int to) {
    index = Math.min(to, end);
  }

  @Override
  public int size() {
    return end;
  }

  @Override
  public String getSourceName() {
    return source.name();
  }

  @Override
  public String getText(Interval interval) {
    return text.substring(interval.a, Math.min(interval.b + 1, end));
  }
}
