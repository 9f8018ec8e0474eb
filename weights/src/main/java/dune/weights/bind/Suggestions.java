package dune.weights.bind;

import dune.weights.EditDistance;
import dune.weights.tensor.TensorInfo;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// "Did you mean": for a name that is absent, a similar one among those that nobody wants.
///
/// Names are compared with their numbers masked, and numbers have to agree: so a model of eighty
/// layers costs as much as one, and layer 7 is never taken for layer 17.
final class Suggestions {
  private static final Pattern NUMBER = Pattern.compile("(?<![^.])[0-9]+(?![^.])");

  /// Steps at the end of a name that make it the same thing in another place.
  private static final int TELLING_STEPS = 2;

  /// Names of the same form, by their numbers.
  private record Family(String form, Map<List<String>, TensorInfo> members) {}

  private record Form(String text, List<String> numbers) {
    static Form of(String name) {
      var numbers = NUMBER.matcher(name).results().map(result -> result.group()).toList();
      return new Form(NUMBER.matcher(name).replaceAll("#"), numbers);
    }
  }

  private final Map<String, Family> families = new LinkedHashMap<>();
  private final Map<String, List<Family>> similar = new LinkedHashMap<>();

  Suggestions(Collection<TensorInfo> unwanted) {
    for (TensorInfo tensor : unwanted) {
      var form = Form.of(tensor.name());
      families
          .computeIfAbsent(form.text(), text -> new Family(text, new LinkedHashMap<>()))
          .members()
          .put(form.numbers(), tensor);
    }
  }

  /// A tensor for an absent name; one of the given shape if there is a choice.
  Optional<TensorInfo> find(String name, List<Long> shape) {
    var form = Form.of(name);
    var members =
        similar.computeIfAbsent(form.text(), this::similarTo).stream()
            .filter(family -> family.members().containsKey(form.numbers()))
            .map(family -> family.members().get(form.numbers()))
            .toList();
    return members.stream()
        .filter(tensor -> tensor.shape().equals(shape))
        .findFirst()
        .or(() -> members.stream().findFirst());
  }

  private List<Family> similarTo(String form) {
    var close = new ArrayList<Map.Entry<Integer, Family>>();
    for (Family family : families.values()) {
      int distance = EditDistance.between(form, family.form());
      int bearable = Math.max(2, Math.min(form.length(), family.form().length()) / 5);
      if (distance <= bearable || ending(form).equals(ending(family.form()))) {
        close.add(Map.entry(distance, family));
      }
    }
    close.sort(Comparator.comparing(Map.Entry::getKey));
    return close.stream().map(Map.Entry::getValue).toList();
  }

  private static String ending(String form) {
    int from = form.length();
    for (int step = 0; step < TELLING_STEPS && from >= 0; step++) {
      from = form.lastIndexOf('.', from - 1);
    }
    return form.substring(from + 1);
  }
}
