package dune.runtime.tokenize;

import java.util.List;
import java.util.OptionalInt;
import java.util.TreeSet;

/// One token per character; `$` ends a text.
public record Letters() implements Tokenizer {
  public static final int END = '$';

  @Override
  public int[] encode(String text) {
    return text.chars().toArray();
  }

  @Override
  public String decode(int[] ids) {
    return new String(ids, 0, ids.length);
  }

  @Override
  public SpecialTokens special() {
    return new SpecialTokens(OptionalInt.empty(), false, new TreeSet<>(List.of(END)));
  }

  @Override
  public void close() {}
}
