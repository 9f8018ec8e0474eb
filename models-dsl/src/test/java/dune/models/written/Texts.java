package dune.models.written;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/// Rows of tokens, and the pieces in which they are fed.
///
/// @param chunk the most tokens of a row in one call
/// @param pieces per call, per row: how many tokens
public record Texts(List<int[]> rows, int chunk, List<int[]> pieces) {

  /// One or two rows of two to nine tokens.
  ///
  /// @param vocabulary tokens are below it
  public static Arbitrary<Texts> below(int vocabulary) {
    return Combinators.combine(
            Arbitraries.integers().between(2, 9).list().ofMinSize(1).ofMaxSize(2),
            Arbitraries.integers().between(1, 4),
            Arbitraries.longs())
        .as((lengths, chunk, seed) -> of(lengths, chunk, new Random(seed), vocabulary));
  }

  private static Texts of(List<Integer> lengths, int chunk, Random random, int vocabulary) {
    List<int[]> rows =
        lengths.stream().map(length -> random.ints(length, 0, vocabulary).toArray()).toList();
    var pieces = new ArrayList<int[]>();
    int[] left = lengths.stream().mapToInt(Integer::intValue).toArray();
    while (sum(left) > 0) {
      var piece = new int[left.length];
      for (int b = 0; b < left.length; b++) {
        piece[b] = Math.min(left[b], random.nextInt(chunk + 1));
        left[b] -= piece[b];
      }
      if (sum(piece) > 0) pieces.add(piece);
    }
    return new Texts(rows, chunk, pieces);
  }

  private static int sum(int[] counts) {
    int sum = 0;
    for (int count : counts) sum += count;
    return sum;
  }

  @Override
  public String toString() {
    return "chunk %d, %s in pieces %s".formatted(chunk, lists(rows), lists(pieces));
  }

  private static List<String> lists(List<int[]> lists) {
    return lists.stream().map(java.util.Arrays::toString).toList();
  }
}
