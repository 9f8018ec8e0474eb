package dune.ir.checkpoint;

import dune.ir.Origin;
import dune.ir.checkpoint.TensorSource.Part;
import java.util.Optional;

/// `ours = theirs`: the weights at these paths are made from those tensors.
///
/// - (C1) `theirs` has `{*}` only where `ours` has a star: one for all, or as many as there are
///   stars
/// - (C2) each index in `theirs` stands in `ours`
/// - (C3) a `split` has as many pieces as the group of `ours` has names
/// - (C4) there is no `split` of a `split`
/// - (C5) a name has at most four optional parts
public record Rule(Pattern ours, TensorSource theirs, Origin origin) {
  /// More would mean a search over hundreds of spellings for every weight.
  private static final int MOST_OPTIONAL_PARTS = 4;

  public Rule {
    problem(ours, theirs)
        .ifPresent(
            problem -> {
              throw new IllegalArgumentException(problem);
            });
  }

  /// What is wrong with a rule of these two sides; empty if they fit.
  public static Optional<String> problem(Pattern ours, TensorSource theirs) {
    for (TensorSource.Name name : TensorSource.names(theirs)) {
      var problem = problem(ours, name);
      if (problem.isPresent()) return problem;
    }
    return splits(ours, theirs, 0);
  }

  private static Optional<String> problem(Pattern ours, TensorSource.Name name) {
    long stars = name.parts().stream().filter(Part.Star.class::isInstance).count();
    if (stars > 0 && ours.stars() == 0) {
      return Optional.of("`{*}` in " + name + " repeats a star, and `" + ours + "` has none");
    }
    if (stars > 0 && ours.stars() > 1 && stars != ours.stars()) {
      return Optional.of("`" + ours + "` has " + ours.stars() + " stars, " + name + " " + stars);
    }
    if (name.parts().stream().filter(Part.Perhaps.class::isInstance).count()
        > MOST_OPTIONAL_PARTS) {
      return Optional.of(name + " has more than " + MOST_OPTIONAL_PARTS + " optional parts");
    }
    for (Part part : name.parts()) {
      if (part instanceof Part.Index(var index) && !ours.indices().contains(index)) {
        return Optional.of(
            "`{"
                + index
                + "}` in "
                + name
                + " is neither a parameter nor an index of the left side");
      }
    }
    return Optional.empty();
  }

  private static Optional<String> splits(Pattern ours, TensorSource source, int depth) {
    return switch (source) {
      case TensorSource.Name _ -> Optional.empty();
      case TensorSource.Coalesce(var first, var second) ->
          splits(ours, first, depth).or(() -> splits(ours, second, depth));
      case TensorSource.Transpose(var inner) -> splits(ours, inner, depth);
      case TensorSource.Halves(var inner, _) -> splits(ours, inner, depth);
      case TensorSource.Split(var inner, var sizes, _) -> {
        int names = ours.groupSize().orElse(1);
        if (depth > 0) yield Optional.of("a `split` of a `split`");
        if (sizes.size() != names) {
          yield Optional.of(
              "`split` makes " + sizes.size() + " pieces, and `" + ours + "` names " + names);
        }
        yield splits(ours, inner, depth + 1);
      }
    };
  }
}
