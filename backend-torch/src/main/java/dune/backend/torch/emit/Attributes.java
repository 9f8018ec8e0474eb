package dune.backend.torch.emit;

import dune.backend.torch.archive.Attribute;
import dune.backend.torch.archive.Attribute.Role;
import dune.backend.torch.archive.Content;
import dune.backend.torch.archive.TensorBytes;
import dune.ir.Program;
import dune.ir.Source;
import dune.ir.State;
import dune.ir.Weight;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// The attributes of the emitted module: weights and state of the program, and the tables that its
/// methods mention.
final class Attributes {
  private final PythonNames names;
  private final Map<String, String> weights = new LinkedHashMap<>();
  private final Map<String, String> states = new LinkedHashMap<>();
  private final Map<Source.Table, String> tables = new LinkedHashMap<>();
  private final List<Attribute> all = new ArrayList<>();
  private final List<Signature.WeightSlot> weightSlots = new ArrayList<>();
  private final List<Signature.StateSlot> stateSlots = new ArrayList<>();

  Attributes(Program program, PythonNames names, Function<Weight, Content> contents) {
    this.names = names;
    for (Weight weight : program.weights()) {
      if (weight.tiedTo().isEmpty()) addWeight(weight, contents.apply(weight));
    }
    for (Weight weight : program.weights()) {
      weight.tiedTo().ifPresent(path -> weights.put(weight.path(), weight(path)));
    }
    for (State state : program.states()) addState(state);
  }

  private void addWeight(Weight weight, Content content) {
    String name = names.claim(weight.path());
    List<Long> shape =
        weight.type().shape().dims().stream().map(dim -> dim.evaluate(Map.of())).toList();
    weights.put(weight.path(), name);
    weightSlots.add(new Signature.WeightSlot(weight.path(), name, weight.type().elem(), shape));
    all.add(new Attribute.OfTensor(name, Role.PARAMETER, weight.type().elem(), shape, content));
  }

  private void addState(State state) {
    String name = names.claim(state.name());
    states.put(state.name(), name);
    stateSlots.add(new Signature.StateSlot(state.name(), name, state.type(), state.initial()));
    all.add(
        new Attribute.OfTensor(
            name, Role.BUFFER, state.type().elem(), List.of(0L), new Content.Absent()));
  }

  String weight(String path) {
    return known(weights, path, "weight");
  }

  String state(String name) {
    return known(states, name, "state");
  }

  private static String known(Map<String, String> names, String key, String kind) {
    String name = names.get(key);
    if (name == null)
      throw new IllegalArgumentException("no " + kind + " `" + key + "` is declared");
    return name;
  }

  /// Equal tables are one attribute.
  String table(Source.Table table) {
    return tables.computeIfAbsent(
        table,
        unknown -> {
          String name = names.claim("table_" + tables.size());
          double[] numbers = table.values().stream().mapToDouble(Double::doubleValue).toArray();
          all.add(
              new Attribute.OfTensor(
                  name,
                  Role.BUFFER,
                  table.elem(),
                  List.of((long) numbers.length),
                  new Content.Bytes(TensorBytes.of(table.elem(), numbers))));
          return name;
        });
  }

  List<Attribute> all() {
    return all;
  }

  List<Signature.WeightSlot> weightSlots() {
    return weightSlots;
  }

  List<Signature.StateSlot> stateSlots() {
    return stateSlots;
  }
}
