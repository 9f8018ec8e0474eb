package dune.runtime.data;

import java.util.Arrays;

/// A sequence of which a part is learned.
///
/// @param tokens ids
/// @param learned for each, whether it is to be foreseen; never the first
public record Example(int[] tokens, boolean[] learned) {
  public Example {
    if (tokens.length != learned.length || tokens.length == 0 || learned[0]) {
      throw new IllegalArgumentException("an example of which the first token is learned");
    }
  }

  /// The first tokens, or all if they are fewer.
  Example cut(int most) {
    return tokens.length <= most
        ? this
        : new Example(Arrays.copyOf(tokens, most), Arrays.copyOf(learned, most));
  }

  /// How many are learned.
  public int count() {
    int count = 0;
    for (boolean each : learned) if (each) count++;
    return count;
  }
}
