package dune.runtime.tokenize;

import dune.weights.InputFailure;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// A tokenizer for tokens that nobody gave a meaning to: texts are their ids, `17 4 256`.
public record Numerals() implements Tokenizer {
  /// @throws InputFailure if something else is among them
  @Override
  public int[] encode(String text) {
    return Arrays.stream(text.strip().split("\\s+"))
        .filter(word -> !word.isEmpty())
        .mapToInt(
            word -> {
              if (word.matches("\\d{1,9}")) return Integer.parseInt(word);
              throw new InputFailure(
                  "without a tokenizer, a text is the numbers of tokens, and `%s` is none"
                      .formatted(word));
            })
        .toArray();
  }

  @Override
  public String decode(int[] ids) {
    return Arrays.stream(ids).mapToObj(Integer::toString).collect(Collectors.joining(" "));
  }

  @Override
  public SpecialTokens special() {
    return new SpecialTokens(OptionalInt.empty(), false, new TreeSet<>());
  }

  @Override
  public void close() {}
}
