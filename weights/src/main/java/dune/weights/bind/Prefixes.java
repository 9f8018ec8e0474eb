package dune.weights.bind;

import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Which of several spellings of an absent name belongs to the style of a file.
final class Prefixes {
  private final Set<String> known = new LinkedHashSet<>();

  Prefixes(Set<String> names) {
    for (String name : names) {
      for (int dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
        known.add(name.substring(0, dot));
      }
    }
  }

  /// The one that shares most steps with the file; the first of equals.
  String likeliest(List<String> candidates) {
    return candidates.stream()
        .max(Comparator.comparingDouble(this::shared))
        .orElseThrow(() -> new IllegalArgumentException("no candidates"));
  }

  /// The share of a name's steps that lead along names of the file.
  private double shared(String name) {
    int dots = (int) name.chars().filter(character -> character == '.').count();
    int steps = 0;
    for (int dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
      if (!known.contains(name.substring(0, dot))) break;
      steps++;
    }
    return dots == 0 ? 0 : (double) steps / dots;
  }
}
