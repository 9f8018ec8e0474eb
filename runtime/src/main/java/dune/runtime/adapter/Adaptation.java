package dune.runtime.adapter;

import dune.backend.torch.emit.Signature;
import dune.passes.lora.Adapter;
import dune.weights.InputFailure;
import dune.weights.Quoted;
import dune.weights.bind.Binding;
import dune.weights.bind.Convert;
import dune.weights.tensor.DType;
import dune.weights.tensor.Tensors;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Adapters that were found their places in a model. Several on one weight are one, whose rank is
/// the sum of theirs: their A lie under one another, their B beside one another, each times its
/// scale. So how much each counts can change without anything else.
public final class Adaptation {
  public static final Adaptation NONE = new Adaptation(List.of(), Map.of());

  private final List<Choice> choices;

  /// By path of the weight, which part of each adapter changes it.
  private final Map<String, List<Part>> parts;

  /// An adapter, and how much of it counts.
  public record Choice(PeftFolder adapter, double weight) {}

  /// @param tensor that holds the weight
  /// @param module the change of the whole tensor
  private record Part(
      int choice, LowRank change, Tensors.Located tensor, Placement place, LowRank module) {}

  private Adaptation(List<Choice> choices, Map<String, List<Part>> parts) {
    this.choices = List.copyOf(choices);
    this.parts = parts;
  }

  /// @param bindings of the weights of a model
  /// @throws InputFailure if an adapter changes what the model does not have, or has otherwise
  public static Adaptation of(List<Choice> choices, List<Binding> bindings) {
    var places = new LinkedHashMap<Binding, Placement>();
    for (Binding binding : bindings) {
      Placement.of(binding).ifPresent(place -> places.put(binding, place));
    }
    var parts = new LinkedHashMap<String, List<Part>>();
    for (int i = 0; i < choices.size(); i++) {
      PeftFolder adapter = choices.get(i).adapter();
      requireAlone(choices.get(i), choices.size());
      List<String> modules = List.copyOf(adapter.modules().keySet());
      var used = new LinkedHashSet<String>();
      for (var each : places.entrySet()) {
        Optional<String> module = each.getValue().among(modules);
        if (module.isEmpty()) continue;
        used.add(module.get());
        LowRank change = fitting(adapter, module.get(), each.getValue());
        parts
            .computeIfAbsent(each.getKey().request().path(), _ -> new ArrayList<>())
            .add(
                new Part(
                    i,
                    change,
                    each.getKey().recipe().tensors().getFirst(),
                    each.getValue(),
                    adapter.modules().get(module.get())));
      }
      for (String module : modules) if (!used.contains(module)) throw absent(adapter, module);
    }
    return new Adaptation(choices, parts);
  }

  private static LowRank fitting(PeftFolder adapter, String module, Placement place) {
    LowRank change = adapter.modules().get(module);
    if (change.outputs() == place.allOutputs() && change.inputs() == place.allInputs()) {
      return change.chosen(place.outputs(), place.inputs());
    }
    throw new InputFailure(
        adapter.folder(),
        "it changes %s from %d inputs to %d outputs, and the model has it from %d to %d; it was made for another model"
            .formatted(
                Quoted.name(module),
                change.inputs(),
                change.outputs(),
                place.allInputs(),
                place.allOutputs()));
  }

  private static InputFailure absent(PeftFolder adapter, String module) {
    return new InputFailure(
        adapter.folder(),
        "it changes %s, and the model has no such matrix; it was made for another model"
            .formatted(Quoted.name(module)));
  }

  /// @throws InputFailure if DoRA, which sets the lengths of rows, is to count in part or beside
  ///   others
  static void requireAlone(Choice choice, int adapters) {
    boolean dora = choice.adapter().modules().values().stream().anyMatch(LowRank::isDora);
    boolean whole = choice.weight() == 1 || choice.weight() == 0;
    if (!dora || (adapters == 1 && whole)) return;
    throw new InputFailure(
        choice.adapter().folder(),
        "it is DoRA, which sets the lengths of rows: it counts alone and as a whole, with weight"
            + " 1");
  }

  public boolean isEmpty() {
    return parts.isEmpty();
  }

  public List<Choice> choices() {
    return choices;
  }

  /// What is to be added to a program; their numbers are scaled already.
  public List<Adapter> adapters() {
    return parts.entrySet().stream().map(Adaptation::adapter).toList();
  }

  private static Adapter adapter(Map.Entry<String, List<Part>> each) {
    List<Part> all = each.getValue();
    boolean dora = all.stream().anyMatch(part -> part.change().isDora());
    return Adapter.scaled(each.getKey(), rank(all), 1)
        .with(dora ? Adapter.Lengths.GIVEN : Adapter.Lengths.FREE);
  }

  private static int rank(List<Part> parts) {
    return parts.stream().mapToInt(part -> part.change().rank()).sum();
  }

  /// The same adapters, of which others count.
  ///
  /// @param weights one for each, in their order
  /// @throws InputFailure if DoRA is to count in part
  public Adaptation with(double... weights) {
    if (weights.length != choices.size()) {
      throw new IllegalArgumentException(weights.length + " weights for " + choices.size());
    }
    var other = new ArrayList<Choice>();
    for (int i = 0; i < weights.length; i++) {
      var choice = new Choice(choices.get(i).adapter(), weights[i]);
      requireAlone(choice, weights.length);
      other.add(choice);
    }
    return new Adaptation(other, parts);
  }

  /// The numbers of a slot, row-major, little-endian.
  ///
  /// @param slot of adapters: weights of these are joined with one another only
  public MemorySegment bytes(Signature.WeightSlot slot, Arena arena) {
    return slot.gather(
        arena,
        (part, own) -> {
          double[] numbers = numbers(part.path());
          Convert.write(own, DType.of(slot.elem()), 0, numbers, numbers.length);
        });
  }

  private double[] numbers(String path) {
    for (var each : parts.entrySet()) {
      Adapter adapter = adapter(each);
      if (adapter.down().equals(path)) return down(each.getValue());
      if (adapter.up().equals(path)) return up(each.getValue());
      if (adapter.gain().equals(path)) return gain(each.getValue().getFirst());
    }
    throw new IllegalArgumentException("no adapter has `" + path + "`");
  }

  private static double[] down(List<Part> parts) {
    return parts.stream().flatMapToDouble(part -> floats(part.change().down())).toArray();
  }

  private static java.util.stream.DoubleStream floats(float[] numbers) {
    return java.util.stream.IntStream.range(0, numbers.length).mapToDouble(i -> numbers[i]);
  }

  private double[] gain(Part part) {
    if (choices.get(part.choice()).weight() == 0) {
      var ones = new double[part.place().outputs().length];
      Arrays.fill(ones, 1);
      return ones;
    }
    double[] all = MatrixChange.gains(part.tensor(), part.place().side(), part.module());
    return Arrays.stream(part.place().outputs()).mapToDouble(output -> all[output]).toArray();
  }

  private double[] up(List<Part> parts) {
    int rank = rank(parts);
    int outputs = parts.getFirst().change().outputs();
    var up = new double[outputs * rank];
    int column = 0;
    for (Part part : parts) {
      LowRank change = part.change();
      double scale = change.scale() * choices.get(part.choice()).weight();
      for (int i = 0; i < outputs; i++) {
        for (int r = 0; r < change.rank(); r++) {
          up[i * rank + column + r] = scale * change.up()[i * change.rank() + r];
        }
      }
      column += change.rank();
    }
    return up;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Adaptation that
        && choices.equals(that.choices)
        && parts.equals(that.parts);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(new Object[] {choices, parts});
  }
}
