package dune.ir.checkpoint;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/// The left side of a rule: member paths, such as `*.self_attn.(q_proj, k_proj, v_proj)`.
///
/// A pattern may name a weight, or a block that holds it: then the rest of the path is left over.
/// If it fits in several ways, the one that leaves the least is meant. The same patterns select
/// weights in `init`.
///
/// - (C1) there is at least one step
/// - (C2) there is at most one group
/// - (C3) no two indices have the same name
public record Pattern(List<Step> steps) {

  /// One step of a path, between two dots.
  public sealed interface Step {
    /// One or more steps, whatever they are called.
    record Star() implements Step {}

    record Name(String name) implements Step {}

    /// One of several names; for a rule with `split`, the pieces in their order.
    record Group(List<String> names) implements Step {
      public Group {
        names = List.copyOf(names);
        if (names.isEmpty()) throw new IllegalArgumentException("an empty group");
      }
    }

    /// A list of blocks (`experts[e]`), or a weight whose first axis the file spreads over tensors
    /// (`weight[h]`).
    record Indexed(String name, String index) implements Step {}
  }

  /// How a path fits a pattern.
  ///
  /// @param stars what each star stands for
  /// @param piece which name of the group it was
  /// @param indices a number for each index, or {@link Pattern#EACH} for a weight that the file
  ///   spreads
  /// @param elements numbers of blocks whose list the pattern names without an index: the file
  ///   holds such a list as one tensor, and of it this element is meant
  /// @param rest what the pattern left of the path, empty if it named the weight itself
  public record Match(
      List<String> stars,
      OptionalInt piece,
      Map<String, String> indices,
      List<Long> elements,
      String rest) {
    public Match {
      stars = List.copyOf(stars);
      indices = Map.copyOf(indices);
      elements = List.copyOf(elements);
    }
  }

  /// Stands in a tensor's name where one weight is stacked from several tensors: for each number
  /// from 0.
  public static final String EACH = "*";

  private static final java.util.regex.Pattern NUMBER =
      java.util.regex.Pattern.compile("[0-9]{1,9}");

  public Pattern {
    steps = List.copyOf(steps);
    problem(steps)
        .ifPresent(
            problem -> {
              throw new IllegalArgumentException(problem);
            });
  }

  /// What is wrong with these steps; empty if they make a pattern.
  public static Optional<String> problem(List<Step> steps) {
    if (steps.isEmpty()) return Optional.of("a pattern has at least one step");
    if (steps.stream().filter(Step.Group.class::isInstance).count() > 1) {
      return Optional.of("a pattern has at most one group");
    }
    List<String> indices = indices(steps);
    if (indices.stream().distinct().count() < indices.size()) {
      return Optional.of("two indices of a pattern have the same name");
    }
    return Optional.empty();
  }

  public Optional<Match> match(String path) {
    return new Matcher(steps, List.of(path.split("\\.", -1))).from(0, 0);
  }

  int stars() {
    return (int) steps.stream().filter(Step.Star.class::isInstance).count();
  }

  List<String> indices() {
    return indices(steps);
  }

  /// The number of names in the group; empty without a group.
  OptionalInt groupSize() {
    for (Step step : steps) {
      if (step instanceof Step.Group(var names)) return OptionalInt.of(names.size());
    }
    return OptionalInt.empty();
  }

  private static List<String> indices(List<Step> steps) {
    var indices = new ArrayList<String>();
    for (Step step : steps) {
      if (step instanceof Step.Indexed(_, var index)) indices.add(index);
    }
    return indices;
  }

  @Override
  public String toString() {
    return steps.stream().map(Pattern::text).collect(Collectors.joining("."));
  }

  private static String text(Step step) {
    return switch (step) {
      case Step.Star() -> "*";
      case Step.Name(var name) -> name;
      case Step.Group(var names) -> "(" + String.join(", ", names) + ")";
      case Step.Indexed(var name, var index) -> name + "[" + index + "]";
    };
  }

  /// Tries the steps against a path, stars longest first.
  private static final class Matcher {
    private final List<Step> steps;
    private final List<String> path;
    private final List<String> stars = new ArrayList<>();
    private final Map<String, String> indices = new LinkedHashMap<>();
    private final List<Long> elements = new ArrayList<>();
    private OptionalInt piece = OptionalInt.empty();

    /// Places from which the remaining steps are known not to fit: this keeps many stars from
    /// costing exponential time.
    private final boolean[] hopeless;

    Matcher(List<Step> steps, List<String> path) {
      this.steps = steps;
      this.path = path;
      this.hopeless = new boolean[(steps.size() + 1) * (path.size() + 1)];
    }

    Optional<Match> from(int step, int at) {
      int state = step * (path.size() + 1) + at;
      if (hopeless[state]) return Optional.empty();
      var match = step == steps.size() ? done(at) : take(steps.get(step), step, at);
      if (match.isEmpty()) hopeless[state] = true;
      return match;
    }

    private Optional<Match> done(int at) {
      var rest = String.join(".", path.subList(at, path.size()));
      return Optional.of(new Match(stars, piece, indices, elements, rest));
    }

    private Optional<Match> take(Step step, int number, int at) {
      if (at == path.size()) return Optional.empty();
      String here = path.get(at);
      return switch (step) {
        case Step.Star() -> star(number, at);
        case Step.Name(var name) -> name.equals(here) ? after(number, at) : Optional.empty();
        case Step.Group(var names) -> {
          int index = names.indexOf(here);
          if (index < 0) yield Optional.empty();
          piece = OptionalInt.of(index);
          yield after(number, at);
        }
        case Step.Indexed(var name, var index) ->
            name.equals(here) ? indexed(index, number, at) : Optional.empty();
      };
    }

    private Optional<Match> star(int number, int at) {
      for (int end = path.size(); end > at; end--) {
        stars.add(String.join(".", path.subList(at, end)));
        var match = from(number + 1, end);
        if (match.isPresent()) return match;
        stars.removeLast();
      }
      return Optional.empty();
    }

    private Optional<Match> after(int number, int at) {
      var match = from(number + 1, at + 1);
      boolean list = at + 1 < path.size() && NUMBER.matcher(path.get(at + 1)).matches();
      if (match.isPresent() || !list) return match;
      elements.add(Long.valueOf(path.get(at + 1)));
      var element = from(number + 1, at + 2);
      if (element.isEmpty()) elements.removeLast();
      return element;
    }

    private Optional<Match> indexed(String index, int number, int at) {
      boolean last = at + 1 == path.size();
      if (!last && !NUMBER.matcher(path.get(at + 1)).matches()) return Optional.empty();
      indices.put(index, last ? EACH : path.get(at + 1));
      return from(number + 1, last ? at + 1 : at + 2);
    }
  }
}
