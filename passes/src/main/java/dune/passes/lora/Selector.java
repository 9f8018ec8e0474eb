package dune.passes.lora;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Names products by what they are for: `attention.q + attention.v`, `every linear`, `layers 4..8:
/// mlp.down`. A range holds for the one name behind it, and its end is not part of it.
public final class Selector {
  private static final String EVERY = "every linear";
  private static final Pattern RANGE =
      Pattern.compile("layers\\s+(\\d{1,6})\\s*\\.\\.\\s*(\\d{1,6})\\s*:\\s*(.*)");

  /// @param role empty for every product
  private record Term(int first, int end, Optional<Role> role, String text) {
    boolean covers(Projection projection) {
      boolean everywhere = first == 0 && end == Integer.MAX_VALUE;
      OptionalInt layer = projection.layer();
      boolean inside = layer.isPresent() && layer.getAsInt() >= first && layer.getAsInt() < end;
      return (everywhere || inside) && role.stream().allMatch(projection.roles()::contains);
    }
  }

  private final List<Term> terms;

  private Selector(List<Term> terms) {
    this.terms = terms;
  }

  /// @throws IllegalArgumentException if it names what is no name; the message lists all names
  public static Selector parse(String text) {
    return new Selector(Arrays.stream(text.split("\\+", -1)).map(Selector::term).toList());
  }

  private static Term term(String text) {
    String trimmed = text.strip();
    var range = RANGE.matcher(trimmed);
    if (!range.matches()) return new Term(0, Integer.MAX_VALUE, role(trimmed), trimmed);
    int first = Integer.parseInt(range.group(1));
    int end = Integer.parseInt(range.group(2));
    if (end <= first) throw new IllegalArgumentException("`" + trimmed + "` has no layer");
    return new Term(first, end, role(range.group(3)), trimmed);
  }

  private static Optional<Role> role(String name) {
    String plain = name.strip().replaceAll("\\s+", " ");
    if (plain.equals(EVERY)) return Optional.empty();
    for (Role role : Role.values()) if (role.text().equals(plain)) return Optional.of(role);
    throw new IllegalArgumentException(
        "`%s` names no products; names are %s".formatted(plain, names()));
  }

  private static String names() {
    return Arrays.stream(Role.values())
        .map(role -> "`" + role.text() + "`")
        .collect(Collectors.joining(", ", "", ", `" + EVERY + "`"));
  }

  /// What it names, in the order of `all`, each once.
  ///
  /// @throws IllegalArgumentException if a part of it names nothing of this model
  public List<Projection> select(List<Projection> all) {
    for (Term term : terms) {
      if (all.stream().anyMatch(term::covers)) continue;
      throw new IllegalArgumentException(
          "`%s` is nothing in this model; it has %s".formatted(term.text(), present(all)));
    }
    var selected = new ArrayList<>(all);
    selected.removeIf(each -> terms.stream().noneMatch(term -> term.covers(each)));
    return selected;
  }

  private static String present(List<Projection> all) {
    return Arrays.stream(Role.values())
        .filter(role -> all.stream().anyMatch(each -> each.roles().contains(role)))
        .map(role -> "`" + role.text() + "`")
        .collect(Collectors.joining(", ", "", ", `" + EVERY + "`"));
  }
}
