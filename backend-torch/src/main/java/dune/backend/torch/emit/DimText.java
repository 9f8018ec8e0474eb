package dune.backend.torch.emit;

import dune.ir.Shape;
import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/// Sizes as text. What a size needs of the inputs is computed once, at the head of the method.
final class DimText {
  /// Denominators that rational coefficients of a size may have.
  private static final int LARGEST_DENOMINATOR = 1024;

  private final PythonNames names;
  private final UnaryOperator<String> unknown;
  private final Map<String, String> atoms = new HashMap<>();
  private final Set<String> local = new java.util.HashSet<>();
  private final Map<Dim, String> hoisted = new LinkedHashMap<>();
  private final List<String> head = new ArrayList<>();

  DimText(PythonNames names) {
    this(
        names,
        atom -> {
          throw new IllegalArgumentException("no input shows the size of `" + atom + "`");
        });
  }

  /// @param unknown the text of a size that is asked for without being bound
  DimText(PythonNames names, UnaryOperator<String> unknown) {
    this.names = names;
    this.unknown = unknown;
  }

  boolean knows(String atom) {
    return atoms.containsKey(atom);
  }

  /// `atom` is `text` in the whole method.
  void bind(String atom, String text) {
    atoms.put(atom, text);
  }

  /// `atom` is `text` within a region, until it is forgotten.
  void bindLocally(String atom, String text) {
    atoms.put(atom, text);
    local.add(atom);
  }

  void forget(String atom) {
    atoms.remove(atom);
    local.remove(atom);
  }

  /// The lines that compute what {@link #of} has named.
  List<String> head() {
    return List.copyOf(head);
  }

  String of(Dim dim) {
    if (dim.size().isPresent()) return Long.toString(dim.size().getAsLong());
    if (dim.name().isPresent()) return atom(dim.name().get());
    String known = hoisted.get(dim);
    if (known != null) return known;
    String expression = expression(dim);
    if (dim.names().stream().anyMatch(local::contains)) return "(" + expression + ")";
    String name = names.claim("size_" + hoisted.size());
    hoisted.put(dim, name);
    head.add(name + " = " + expression);
    return name;
  }

  /// A list of sizes. An empty literal would be a list of tensors.
  String of(Shape shape) {
    if (shape.rank() == 0) return "annotate(List[int], [])";
    return shape.dims().stream().map(this::of).collect(Collectors.joining(", ", "[", "]"));
  }

  private String atom(String name) {
    return atoms.computeIfAbsent(name, unknown);
  }

  /// A sum of fractions is brought over one denominator first, since its parts need not be whole.
  private String expression(Dim dim) {
    for (int denominator = 1; denominator <= LARGEST_DENOMINATOR; denominator++) {
      Dim numerator = dim.times(Dim.of(denominator));
      String text = numerator.toString();
      if (text.contains("/")) continue;
      String renamed = rename(text);
      return denominator == 1 ? renamed : "(" + renamed + ") // " + denominator;
    }
    return rename(dim.toString()).replace("/", "//");
  }

  private String rename(String text) {
    return java.util.regex.Pattern.compile("[A-Za-z_][A-Za-z0-9_.]*")
        .matcher(text)
        .replaceAll(found -> java.util.regex.Matcher.quoteReplacement(atom(found.group())));
  }
}
