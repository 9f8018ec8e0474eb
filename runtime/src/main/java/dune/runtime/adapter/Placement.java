package dune.runtime.adapter;

import dune.weights.bind.Binding;
import dune.weights.bind.Recipe;
import dune.weights.tensor.TensorInfo;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// Where a weight `[outputs, inputs]` of a model lies in a matrix of a file: element `[i, j]` is
/// that of output `outputs[i]` and input `inputs[j]`.
///
/// @param tensor the matrix
/// @param side which of its axes counts outputs
record Placement(TensorInfo tensor, Side side, int[] outputs, int[] inputs) {
  private static final String WEIGHT = ".weight";

  /// How a file keeps the matrix of a function.
  enum Side {
    /// `[outputs, inputs]`, as most do.
    OUTPUTS_FIRST,
    /// `[inputs, outputs]`, as GPT-2 does.
    INPUTS_FIRST
  }

  /// Empty for what is not part of one matrix, such as a vector, or experts in one tensor.
  static Optional<Placement> of(Binding binding) {
    Recipe recipe = binding.recipe();
    if (recipe.tensors().size() != 1) return Optional.empty();
    TensorInfo tensor = recipe.tensors().getFirst().info();
    if (tensor.shape().size() != 2) return Optional.empty();
    return axes(recipe).map(axes -> new Placement(tensor, axes.side, axes.first, axes.second));
  }

  /// The module that has the matrix, by the custom of PyTorch.
  String module() {
    return module(tensor.name());
  }

  static String module(String name) {
    return name.endsWith(WEIGHT) ? name.substring(0, name.length() - WEIGHT.length()) : name;
  }

  /// How many outputs the whole matrix has.
  int allOutputs() {
    return Math.toIntExact(tensor.shape().get(side == Side.OUTPUTS_FIRST ? 0 : 1));
  }

  int allInputs() {
    return Math.toIntExact(tensor.shape().get(side == Side.OUTPUTS_FIRST ? 1 : 0));
  }

  /// Which place of the file's axes each place of the weight's two axes comes from.
  private record Axes(Side side, int[] first, int[] second) {}

  private static Optional<Axes> axes(Recipe recipe) {
    return switch (recipe) {
      case Recipe.Whole(var tensor) ->
          Optional.of(new Axes(Side.OUTPUTS_FIRST, all(tensor.info(), 0), all(tensor.info(), 1)));
      case Recipe.Transposed(var source) ->
          axes(source).map(axes -> new Axes(other(axes.side), axes.second, axes.first));
      case Recipe.Piece(var source, var axis, var groups, var offset, var size) ->
          axes(source)
              .map(
                  axes ->
                      axis == 0
                          ? new Axes(
                              axes.side, piece(axes.first, groups, offset, size), axes.second)
                          : new Axes(
                              axes.side, axes.first, piece(axes.second, groups, offset, size)));
      case Recipe.Halved(var source, var groups) ->
          axes(source).map(axes -> new Axes(axes.side, halved(axes.first, groups), axes.second));
      case Recipe.Element _, Recipe.Stacked _ -> Optional.empty();
    };
  }

  private static int[] all(TensorInfo tensor, int axis) {
    return IntStream.range(0, Math.toIntExact(tensor.shape().get(axis))).toArray();
  }

  private static Side other(Side side) {
    return switch (side) {
      case OUTPUTS_FIRST -> Side.INPUTS_FIRST;
      case INPUTS_FIRST -> Side.OUTPUTS_FIRST;
    };
  }

  private static int[] piece(int[] places, long groups, long offset, long size) {
    int run = Math.toIntExact(places.length / groups);
    return IntStream.range(0, Math.toIntExact(groups * size))
        .map(i -> places[(int) (i / size * run + offset + i % size)])
        .toArray();
  }

  private static int[] halved(int[] places, long groups) {
    int run = Math.toIntExact(places.length / groups);
    int half = run / 2;
    return IntStream.range(0, places.length)
        .map(
            i -> {
              int inside = i % run;
              int from = inside < half ? 2 * inside : 2 * (inside - half) + 1;
              return places[i - inside + from];
            })
        .toArray();
  }

  /// Which of the modules that an adapter has is that of the tensor: what wraps a model puts a name
  /// before those of its modules, which files may lack (`transformer.` of GPT-2).
  Optional<String> among(List<String> modules) {
    String own = module();
    if (modules.contains(own)) return Optional.of(own);
    List<String> longer =
        modules.stream()
            .filter(module -> module.endsWith("." + own) || own.endsWith("." + module))
            .toList();
    return longer.size() == 1 ? Optional.of(longer.getFirst()) : Optional.empty();
  }
}
