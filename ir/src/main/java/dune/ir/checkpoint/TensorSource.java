package dune.ir.checkpoint;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.stream.Collectors;

/// The right side of a rule: tensors of the file, and what becomes of them. All transforms are
/// bijections.
public sealed interface TensorSource {

  /// A tensor, `"[transformer.]{*}.attn.c_attn"`.
  record Name(List<Part> parts) implements TensorSource {
    public Name {
      parts = List.copyOf(parts);
    }

    /// The names that a matched path may have in the file, those with more optional parts first.
    public List<String> candidates(Pattern.Match match) {
      List<String> names = List.of("");
      int star = 0;
      for (Part part : parts) {
        names =
            switch (part) {
              case Part.Text(var text) -> append(names, text);
              case Part.Perhaps(var text) -> appendPerhaps(names, text);
              case Part.Star() -> append(names, star(match, star++));
              case Part.Index(var index) -> append(names, match.indices().get(index));
            };
      }
      if (match.rest().isEmpty()) return names;
      return append(names, "." + match.rest());
    }

    /// Where the left side has one star, every `{*}` repeats it; else they correspond in order.
    private static String star(Pattern.Match match, int number) {
      return match.stars().get(match.stars().size() == 1 ? 0 : number);
    }

    private static List<String> append(List<String> names, String text) {
      return names.stream().map(name -> name + text).toList();
    }

    private static List<String> appendPerhaps(List<String> names, String text) {
      var both = new LinkedHashSet<>(append(names, text));
      both.addAll(names);
      return List.copyOf(both);
    }

    @Override
    public String toString() {
      return parts.stream().map(Part::text).collect(Collectors.joining("", "\"", "\""));
    }
  }

  /// The first of two forms that the file has: `"a" ?? "b"`.
  record Coalesce(TensorSource first, TensorSource second) implements TensorSource {
    @Override
    public String toString() {
      return first + " ?? " + second;
    }
  }

  /// Cuts the one axis in which file and weight differ: that axis is `groups` runs of `sum(sizes)`,
  /// and piece `i` is the concatenation of the `i`-th part of each run. The pieces go to the names
  /// of the group on the left, in order.
  record Split(TensorSource source, List<Long> sizes, long groups) implements TensorSource {
    public Split {
      sizes = List.copyOf(sizes);
      if (sizes.isEmpty() || groups < 1 || sizes.stream().anyMatch(size -> size < 1)) {
        throw new IllegalArgumentException("split into " + sizes + " in " + groups + " groups");
      }
    }

    @Override
    public String toString() {
      var text = sizes.stream().map(String::valueOf).collect(Collectors.joining(", "));
      return "split(" + source + ", " + text + (groups == 1 ? ")" : ", groups = " + groups + ")");
    }
  }

  /// Exchanges the last two axes; a vector stays as it is.
  record Transpose(TensorSource source) implements TensorSource {
    @Override
    public String toString() {
      return "transpose(" + source + ")";
    }
  }

  /// Within each of `groups` runs of the first axis, the even places and then the odd ones: rotary
  /// features that the file keeps as neighbouring pairs come to lie in two halves.
  record Halves(TensorSource source, long groups) implements TensorSource {
    public Halves {
      if (groups < 1) throw new IllegalArgumentException("halves in " + groups + " groups");
    }

    @Override
    public String toString() {
      return "halves(" + source + ", groups = " + groups + ")";
    }
  }

  /// A piece of a tensor's name.
  sealed interface Part {
    record Text(String value) implements Part {}

    /// `{*}`: what a star of the pattern stands for.
    record Star() implements Part {}

    /// `{e}`: an index of the pattern.
    record Index(String name) implements Part {}

    /// `[model.]`: some files have it, some do not.
    record Perhaps(String value) implements Part {}

    private static String text(Part part) {
      return switch (part) {
        case Text(var value) -> value;
        case Star() -> "{*}";
        case Index(var name) -> "{" + name + "}";
        case Perhaps(var value) -> "[" + value + "]";
      };
    }
  }

  /// All names of a source, in the order of the text.
  static List<Name> names(TensorSource source) {
    var names = new ArrayList<Name>();
    collect(source, names);
    return names;
  }

  private static void collect(TensorSource source, List<Name> names) {
    switch (source) {
      case Name name -> names.add(name);
      case Coalesce(var first, var second) -> {
        collect(first, names);
        collect(second, names);
      }
      case Split(var inner, _, _) -> collect(inner, names);
      case Transpose(var inner) -> collect(inner, names);
      case Halves(var inner, _) -> collect(inner, names);
    }
  }
}
