package dune.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Names that differ in numbers only, as one: `layers.{0..31}.mlp`.
final class NumberedNames {
  private static final Pattern NUMBER = Pattern.compile("(?<![^.])\\d{1,9}(?![^.])");

  private NumberedNames() {}

  /// The name without its numbers: equal for names that may be folded.
  static String form(String name) {
    return NUMBER.matcher(name).replaceAll("*");
  }

  /// @param names of one form
  static String fold(List<String> names) {
    var places = new ArrayList<TreeSet<Long>>();
    for (String name : names) {
      var numbers =
          NUMBER.matcher(name).results().map(match -> Long.valueOf(match.group())).toList();
      for (int i = 0; i < numbers.size(); i++) {
        if (places.size() == i) places.add(new TreeSet<>());
        places.get(i).add(numbers.get(i));
      }
    }
    var next = places.iterator();
    return NUMBER.matcher(names.getFirst()).replaceAll(_ -> range(next.next()));
  }

  private static String range(TreeSet<Long> numbers) {
    if (numbers.size() == 1) return numbers.first().toString();
    var runs = new ArrayList<String>();
    Long first = numbers.first();
    for (Long number : numbers) {
      if (numbers.contains(number + 1)) continue;
      runs.add(number.equals(first) ? number.toString() : first + ".." + number);
      Long above = numbers.higher(number);
      if (above != null) first = above;
    }
    return runs.stream().collect(Collectors.joining(",", "{", "}"));
  }
}
