package dune.runtime.adapter;

import dune.ir.Program;
import dune.ir.checkpoint.CheckpointMap;
import dune.weights.InputFailure;
import dune.weights.Quoted;
import dune.weights.bind.Binder;
import dune.weights.bind.Binding;
import dune.weights.checkpoint.Checkpoint;
import dune.weights.convert.Conversion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Makes adapters part of a checkpoint, or takes them out again.
public final class Merge {
  private Merge() {}

  /// Which way.
  public enum Direction {
    IN,
    OUT
  }

  /// What becomes of the tensors of a checkpoint.
  ///
  /// @param written the model of the checkpoint, as its author wrote it
  /// @return by name of the tensor
  /// @throws InputFailure if an adapter does not fit the checkpoint, or is one that cannot be taken
  ///   out
  public static Map<String, Conversion.Edit> edits(
      Program written,
      CheckpointMap map,
      Checkpoint checkpoint,
      List<Adaptation.Choice> choices,
      Direction direction) {
    List<Binding> bindings = Binder.bind(map, written, checkpoint.tensors()).bindings();
    Adaptation.of(choices, bindings);
    var places = new LinkedHashMap<String, Placement>();
    for (Binding binding : bindings) {
      Placement.of(binding).ifPresent(place -> places.putIfAbsent(place.tensor().name(), place));
    }
    var edits = new LinkedHashMap<String, Conversion.Edit>();
    places.forEach(
        (name, place) ->
            change(place, choices, direction)
                .ifPresent(
                    change ->
                        edits.put(
                            name,
                            MatrixChange.of(
                                checkpoint.tensors().find(name).orElseThrow(),
                                place.side(),
                                change))));
    return edits;
  }

  private static Optional<LowRank> change(
      Placement place, List<Adaptation.Choice> choices, Direction direction) {
    var changes = new ArrayList<LowRank>();
    for (Adaptation.Choice choice : choices) {
      PeftFolder adapter = choice.adapter();
      Optional<String> module = place.among(List.copyOf(adapter.modules().keySet()));
      if (module.isEmpty()) continue;
      LowRank change = adapter.modules().get(module.get());
      if (change.isDora()) requirePossible(choice, choices.size(), direction, module.get());
      changes.add(
          change.isDora()
              ? change
              : change.scaled(direction == Direction.IN ? choice.weight() : -choice.weight()));
    }
    return changes.stream().reduce(LowRank::and);
  }

  private static void requirePossible(
      Adaptation.Choice choice, int adapters, Direction direction, String module) {
    if (direction == Direction.OUT) {
      throw new InputFailure(
          choice.adapter().folder(),
          "it changes the lengths of the rows of %s (DoRA), and what they were is not in it; keep the base instead of taking it out"
              .formatted(Quoted.name(module)));
    }
    Adaptation.requireAlone(choice, adapters);
  }
}
