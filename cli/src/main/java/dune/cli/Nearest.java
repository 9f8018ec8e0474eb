package dune.cli;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/// The word that was probably meant.
final class Nearest {
  private Nearest() {}

  /// The candidate that the fewest edits turn into `word`, if they are few for its length.
  static Optional<String> to(String word, Collection<String> candidates) {
    int bearable = Math.max(1, word.length() / 3);
    return candidates.stream()
        .filter(candidate -> distance(word, candidate) <= bearable)
        .min(Comparator.comparing(candidate -> distance(word, candidate)));
  }

  /// How many letters must be added, left out or replaced.
  private static int distance(String one, String other) {
    int[] row = new int[other.length() + 1];
    for (int j = 0; j < row.length; j++) row[j] = j;
    for (int i = 1; i <= one.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int replaced = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[other.length()];
  }
}
