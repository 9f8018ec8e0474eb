package dune.runtime.template;

import dune.runtime.template.Value.Dict;
import dune.runtime.template.Value.Items;
import dune.runtime.template.Value.Real;
import dune.runtime.template.Value.Text;
import dune.runtime.template.Value.Undefined;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What equals what, and what comes first: as Python has it.
final class Comparisons {
  private Comparisons() {}

  static boolean holds(String operator, Value left, Value right) {
    return switch (operator) {
      case "==" -> equal(left, right);
      case "!=" -> !equal(left, right);
      case "<" -> compare(operator, left, right) < 0;
      case "<=" -> compare(operator, left, right) <= 0;
      case ">" -> compare(operator, left, right) > 0;
      case ">=" -> compare(operator, left, right) >= 0;
      case "in" -> contains(right, left);
      case "not in" -> !contains(right, left);
      default -> throw new IllegalStateException(operator);
    };
  }

  static boolean equal(Value left, Value right) {
    if (Numbers.isNumber(left) && Numbers.isNumber(right)) {
      return left instanceof Real || right instanceof Real
          ? Numbers.toDouble(left) == Numbers.toDouble(right)
          : Convert.index64(left) == Convert.index64(right);
    }
    if (left instanceof Undefined && right instanceof Undefined) return true;
    if (left instanceof Items(var a, var kind) && right instanceof Items(var b, var other)) {
      if (kind != other || a.size() != b.size()) return false;
      for (int i = 0; i < a.size(); i++) if (!equal(a.get(i), b.get(i))) return false;
      return true;
    }
    if (left instanceof Dict(var a) && right instanceof Dict(var b)) {
      return a.size() == b.size()
          && a.entrySet().stream()
              .allMatch(
                  entry ->
                      b.containsKey(entry.getKey())
                          && equal(entry.getValue(), b.get(entry.getKey())));
    }
    return left.equals(right);
  }

  static boolean contains(Value whole, Value part) {
    if (whole instanceof Text(String text)) {
      if (part instanceof Text(String sought)) return text.contains(sought);
      throw new TemplateFailure("text can contain text only, not " + Convert.kind(part));
    }
    if (whole instanceof Dict(var entries)) return get(entries, part).isPresent();
    return Convert.items(whole).stream().anyMatch(item -> equal(item, part));
  }

  /// The value of a key; `1`, `1.0` and `true` are the same one.
  static Optional<Value> get(Map<Value, Value> entries, Value key) {
    if (key instanceof Items(_, var kind) && kind == Items.Kind.LIST || key instanceof Dict) {
      throw new TemplateFailure(Convert.kind(key) + " cannot be the key of a dictionary");
    }
    Value found = entries.get(key);
    if (found != null) return Optional.of(found);
    if (!Numbers.isNumber(key)) return Optional.empty();
    return entries.entrySet().stream()
        .filter(entry -> equal(entry.getKey(), key))
        .map(Map.Entry::getValue)
        .findFirst();
  }

  static int compare(String operator, Value left, Value right) {
    Numbers.requireDefined(left);
    Numbers.requireDefined(right);
    if (Numbers.isNumber(left) && Numbers.isNumber(right)) {
      return left instanceof Real || right instanceof Real
          ? Double.compare(Numbers.toDouble(left), Numbers.toDouble(right))
          : Long.compare(Convert.index64(left), Convert.index64(right));
    }
    if (left instanceof Text(String a) && right instanceof Text(String b)) return compare(a, b);
    if (left instanceof Items(var a, var kind)
        && right instanceof Items(var b, var other)
        && kind == other) {
      return compare(operator, a, b);
    }
    throw new TemplateFailure(
        "`%s` does not compare %s with %s"
            .formatted(operator, Convert.kind(left), Convert.kind(right)));
  }

  private static int compare(String operator, List<Value> a, List<Value> b) {
    for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
      if (!equal(a.get(i), b.get(i))) return compare(operator, a.get(i), b.get(i));
    }
    return Integer.compare(a.size(), b.size());
  }

  /// By code points: Java compares halves of them.
  private static int compare(String a, String b) {
    int[] left = a.codePoints().toArray();
    int[] right = b.codePoints().toArray();
    return java.util.Arrays.compare(left, right);
  }
}
