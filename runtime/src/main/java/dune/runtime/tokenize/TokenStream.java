package dune.runtime.tokenize;

import java.util.Arrays;

/// Text of a growing sequence of tokens, handed out as soon as it is whole: a character whose bytes
/// are spread over several tokens comes with the last of them.
///
/// A token's text depends on its neighbours (a leading space that decoders strip, bytes that make
/// up one character). So a piece is the difference between two decoded texts that begin at the same
/// token: one with, one without the new tokens.
public final class TokenStream {
  private static final char INCOMPLETE = '\uFFFD';

  private final Tokenizer tokenizer;
  private int[] ids;
  private int size;

  /// Where both decoded texts begin: a token whose text is complete.
  private int from;

  /// How many tokens were already handed out as text.
  private int shown;

  TokenStream(Tokenizer tokenizer, int[] context) {
    this.tokenizer = tokenizer;
    this.ids = Arrays.copyOf(context, context.length + 64);
    this.size = context.length;
    this.shown = size;
  }

  /// Adds a token; gives the text that became whole with it, often one word, sometimes nothing.
  public String next(int token) {
    if (size == ids.length) ids = Arrays.copyOf(ids, 2 * size);
    ids[size++] = token;
    String old = decode(from, shown);
    String all = decode(from, size);
    if (all.length() <= old.length() || all.charAt(all.length() - 1) == INCOMPLETE) return "";
    // Some decoders drop spaces at the beginning: what they are given must begin with other text.
    if (decode(shown, size).chars().anyMatch(c -> c != ' ')) from = shown;
    shown = size;
    return all.substring(old.length());
  }

  /// Ends the sequence; gives what was held back, where bytes that never became a character read
  /// U+FFFD.
  public String end() {
    String old = decode(from, shown);
    String all = decode(from, size);
    from = shown;
    shown = size;
    return all.length() <= old.length() ? "" : all.substring(old.length());
  }

  private String decode(int begin, int end) {
    return tokenizer.decode(Arrays.copyOfRange(ids, begin, end));
  }
}
