package dune.weights.bind;

import dune.ir.checkpoint.CheckpointMap;
import dune.ir.checkpoint.Pattern;
import dune.ir.checkpoint.Rule;
import dune.ir.checkpoint.TensorSource;
import dune.weights.tensor.TensorInfo;
import dune.weights.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Applies the rules to one path.
final class Resolver {

  sealed interface Result {
    record Found(Recipe recipe) implements Result {}

    record Unmapped() implements Result {}

    record Absent(List<String> names) implements Result {}

    /// @param expected the shape that the tensor should have
    record Misfit(TensorInfo tensor, List<Long> expected) implements Result {}
  }

  private final CheckpointMap map;
  private final Tensors tensors;
  private final Prefixes prefixes;

  Resolver(CheckpointMap map, Tensors tensors) {
    this.map = map;
    this.tensors = tensors;
    this.prefixes = new Prefixes(tensors.all().keySet());
  }

  /// @param shape of the weight; decides where a split cuts
  Result resolve(String path, List<Long> shape) {
    for (Rule rule : map.rules()) {
      var match = rule.ours().match(path);
      if (match.isPresent()) return resolve(rule.theirs(), match.get(), shape);
    }
    return new Result.Unmapped();
  }

  private Result resolve(TensorSource source, Pattern.Match match, List<Long> shape) {
    return switch (source) {
      case TensorSource.Name name -> named(name.candidates(match), match.elements(), shape);
      case TensorSource.Coalesce(var first, var second) -> coalesce(first, second, match, shape);
      case TensorSource.Transpose(var inner) ->
          switch (resolve(inner, match, Recipe.transposed(shape))) {
            case Result.Found(var recipe) -> new Result.Found(new Recipe.Transposed(recipe));
            case Result other -> other;
          };
      case TensorSource.Halves(var inner, var groups) ->
          switch (resolve(inner, match, shape)) {
            case Result.Found(var recipe) -> halves(recipe, groups, shape);
            case Result other -> other;
          };
      case TensorSource.Split split -> {
        var inner = whole(split, match, shape);
        var found = resolve(split.source(), match, inner);
        yield found instanceof Result.Found(var recipe)
            ? piece(recipe, split, match, shape)
            : found;
      }
    };
  }

  private Result coalesce(
      TensorSource first, TensorSource second, Pattern.Match match, List<Long> shape) {
    var one = resolve(first, match, shape);
    if (!(one instanceof Result.Absent)) return one;
    var other = resolve(second, match, shape);
    return other instanceof Result.Absent ? one : other;
  }

  private Result named(List<String> candidates, List<Long> elements, List<Long> shape) {
    for (String name : candidates) {
      if (!(named(name, shape) instanceof Result.Found(var whole))) continue;
      Recipe recipe = whole;
      for (long element : elements) {
        if (recipe.shape().isEmpty() || element >= recipe.shape().getFirst()) {
          var expected = new ArrayList<>(shape);
          expected.addFirst(element + 1);
          return misfit(recipe, expected);
        }
        recipe = new Recipe.Element(recipe, element);
      }
      return new Result.Found(recipe);
    }
    return named(prefixes.likeliest(candidates), shape);
  }

  /// A name with a `*` is many tensors, as many as the weight's first axis has elements.
  private Result named(String name, List<Long> shape) {
    if (!name.contains(Pattern.EACH)) {
      return tensors
          .find(name)
          .<Result>map(tensor -> new Result.Found(new Recipe.Whole(tensor)))
          .orElseGet(() -> new Result.Absent(List.of(name)));
    }
    var parts = new ArrayList<Recipe>();
    var absent = new ArrayList<String>();
    for (long i = 0; !shape.isEmpty() && i < shape.getFirst(); i++) {
      var part = name.replace(Pattern.EACH, Long.toString(i));
      tensors
          .find(part)
          .ifPresentOrElse(tensor -> parts.add(new Recipe.Whole(tensor)), () -> absent.add(part));
    }
    if (!absent.isEmpty()) return new Result.Absent(absent);
    if (parts.isEmpty()) return new Result.Absent(List.of(name));
    for (Recipe part : parts) {
      if (!part.shape().equals(parts.getFirst().shape())) {
        return misfit(part, parts.getFirst().shape());
      }
    }
    return new Result.Found(new Recipe.Stacked(parts));
  }

  private static Result halves(Recipe recipe, long groups, List<Long> shape) {
    boolean even = !recipe.shape().isEmpty() && recipe.shape().getFirst() % (2 * groups) == 0;
    if (even) return new Result.Found(new Recipe.Halved(recipe, groups));
    return misfit(recipe, shape);
  }

  /// The shape that the split tensor should have, if the weight is this piece of it.
  private static List<Long> whole(TensorSource.Split split, Pattern.Match match, List<Long> shape) {
    var whole = new ArrayList<>(shape);
    int axis = shape.indexOf(split.groups() * split.sizes().get(match.piece().orElse(0)));
    if (axis >= 0) whole.set(axis, split.groups() * sum(split.sizes()));
    return whole;
  }

  private static Result piece(
      Recipe recipe, TensorSource.Split split, Pattern.Match match, List<Long> shape) {
    int number = match.piece().orElse(0);
    long size = split.sizes().get(number);
    var axis = onlyDifference(recipe.shape(), shape);
    boolean fits =
        axis.isPresent()
            && recipe.shape().get(axis.get()) == split.groups() * sum(split.sizes())
            && shape.get(axis.get()) == split.groups() * size;
    if (fits) {
      long offset = sum(split.sizes().subList(0, number));
      return new Result.Found(new Recipe.Piece(recipe, axis.get(), split.groups(), offset, size));
    }
    // A split into one piece takes all of it.
    if (recipe.shape().equals(shape) && split.sizes().size() == 1) return new Result.Found(recipe);
    return misfit(recipe, whole(split, match, shape));
  }

  /// @param shape what the recipe should have given
  private static Result misfit(Recipe recipe, List<Long> shape) {
    return new Result.Misfit(recipe.tensors().getFirst().info(), expected(recipe, shape));
  }

  /// The shape that the tensor of a recipe should have, for the recipe to give `shape`.
  static List<Long> expected(Recipe recipe, List<Long> shape) {
    return switch (recipe) {
      case Recipe.Whole _ -> shape;
      case Recipe.Transposed(var source) -> expected(source, Recipe.transposed(shape));
      case Recipe.Halved(var source, _) -> expected(source, shape);
      case Recipe.Element(var source, _) -> {
        var outer = new ArrayList<>(shape);
        outer.addFirst(source.shape().getFirst());
        yield expected(source, outer);
      }
      case Recipe.Stacked(var parts) ->
          shape.isEmpty() ? shape : expected(parts.getFirst(), shape.subList(1, shape.size()));
      case Recipe.Piece _ ->
          throw new IllegalStateException("a piece is cut to its shape: " + recipe.text());
    };
  }

  private static Optional<Integer> onlyDifference(List<Long> one, List<Long> other) {
    if (one.size() != other.size()) return Optional.empty();
    var axes = new ArrayList<Integer>();
    for (int axis = 0; axis < one.size(); axis++) {
      if (!one.get(axis).equals(other.get(axis))) axes.add(axis);
    }
    return axes.size() == 1 ? Optional.of(axes.getFirst()) : Optional.empty();
  }

  private static long sum(List<Long> sizes) {
    return sizes.stream().mapToLong(Long::longValue).sum();
  }
}
