package dune.ir.text;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Prints a run of equal layers once. Two layers are equal if they read alike apart from the number
/// of the layer and the numbers of values.
final class Folding {
  /// Something printed, and the member path that it belongs to.
  record Part(String path, String text) {}

  /// Neighbouring parts of one layer: `layers.3`, or an empty name for what is in none.
  private record Layer(String name, List<Part> parts) {
    String text() {
      var text = new StringBuilder();
      for (Part part : parts) text.append(part.text());
      return text.toString();
    }

    /// The text with its own name and its values numbered from the beginning.
    String shape() {
      Map<String, String> values = new HashMap<>();
      String renamed =
          VALUE
              .matcher(text())
              .replaceAll(
                  (MatchResult value) ->
                      values.computeIfAbsent(value.group(), _ -> "%" + values.size()));
      return Pattern.compile("\\b" + Pattern.quote(name) + "(?![0-9])")
          .matcher(renamed)
          .replaceAll("_");
    }
  }

  private static final Pattern VALUE = Pattern.compile("%\\d+");
  private static final Pattern LAYER = Pattern.compile("((?:[^.]+\\.)*?[^.]+\\.\\d+)(?:\\..*)?");

  private Folding() {}

  static String fold(List<Part> parts) {
    List<Layer> layers = layers(parts);
    var text = new StringBuilder();
    for (int i = 0; i < layers.size(); ) {
      Layer first = layers.get(i);
      text.append(first.text());
      int next = i + 1;
      while (next < layers.size() && areEqual(first, layers.get(next))) next++;
      if (next > i + 1) {
        String last = layers.get(next - 1).name();
        String begin = layers.get(i + 1).name();
        text.append(indent(first.text())).append(begin);
        if (!begin.equals(last)) text.append(" .. ").append(last);
        text.append(" as ").append(first.name()).append('\n');
      }
      i = next;
    }
    return text.toString();
  }

  private static boolean areEqual(Layer first, Layer other) {
    return !first.name().isEmpty()
        && !other.name().isEmpty()
        && first.shape().equals(other.shape());
  }

  private static String indent(String text) {
    return text.substring(0, text.length() - text.stripLeading().length());
  }

  private static List<Layer> layers(List<Part> parts) {
    var layers = new ArrayList<Layer>();
    for (Part part : parts) {
      Matcher matcher = LAYER.matcher(part.path());
      String name = matcher.matches() ? matcher.group(1) : "";
      if (layers.isEmpty() || !layers.getLast().name().equals(name)) {
        layers.add(new Layer(name, new ArrayList<>()));
      }
      layers.getLast().parts().add(part);
    }
    return layers;
  }
}
