package dune.weights.bind;

import dune.ir.checkpoint.WeightRequest;

/// A weight of the model, and how to make it. The recipe has the shape of the request.
public record Binding(WeightRequest request, Recipe recipe) {
  public Binding {
    if (!recipe.shape().equals(request.shape())) {
      throw new IllegalArgumentException(request + " is not made by " + recipe.text());
    }
  }
}
