package dune.backend.torch.emit;

import dune.backend.torch.archive.Attribute;
import dune.backend.torch.archive.Attribute.Role;
import dune.backend.torch.archive.Content;
import dune.backend.torch.archive.TensorBytes;
import dune.ir.Elem;
import dune.ir.JoinedWeights;
import dune.ir.Program;
import dune.ir.Source;
import dune.ir.State;
import dune.ir.Weight;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/// The attributes of the emitted module: weights and state of the program, and the tables and
/// helper methods that its methods mention.
final class Attributes {
  private record Helper(String name, String text) {}

  private final PythonNames names;

  /// By path, the weight that has a tensor: itself, or what it is tied to.
  private final Map<String, Weight> originals = new HashMap<>();

  private final Map<List<String>, String> weights = new LinkedHashMap<>();
  private final Map<String, String> states = new LinkedHashMap<>();
  private final Map<Source.Table, String> tables = new LinkedHashMap<>();
  private final SequencedMap<String, String> prepared = new LinkedHashMap<>();
  private final Map<Object, Helper> helpers = new LinkedHashMap<>();
  private final List<Attribute> all = new ArrayList<>();
  private final List<Signature.WeightSlot> weightSlots = new ArrayList<>();
  private final List<Signature.StateSlot> stateSlots = new ArrayList<>();

  /// @param contents what each slot for weights holds
  Attributes(Program program, PythonNames names, Function<Signature.WeightSlot, Content> contents) {
    this.names = names;
    for (Weight weight : program.weights()) originals.put(weight.path(), weight);
    originals.replaceAll((_, weight) -> weight.tiedTo().map(originals::get).orElse(weight));
    addWeights(program, contents);
    for (State state : program.states()) addState(state);
    program.tables().ifPresent(this::addPrepared);
  }

  /// A table is a buffer without numbers until a method needs it.
  private void addPrepared(dune.ir.Function tables) {
    for (dune.ir.Function.Output output : tables.outputs()) {
      String name = names.claim(output.name());
      prepared.put(output.name(), name);
      all.add(
          new Attribute.OfTensor(
              name,
              Role.BUFFER,
              tables.of(output.value()).elem(),
              List.of(0L),
              new Content.Absent()));
    }
  }

  /// A weight that is needed as a part of joined weights only has no slot of its own.
  private void addWeights(Program program, Function<Signature.WeightSlot, Content> contents) {
    var joined = new LinkedHashSet<List<String>>();
    var parts = new HashSet<String>();
    var alone = new HashSet<String>();
    for (var function : program.functions()) {
      var found = JoinedWeights.of(function);
      found.all().forEach(paths -> joined.add(original(paths)));
      alone.addAll(original(found.alone()));
    }
    joined.forEach(parts::addAll);
    parts.removeAll(alone);
    for (Weight weight : program.weights()) {
      if (weight.tiedTo().isEmpty() && !parts.contains(weight.path())) {
        addWeight(List.of(weight.path()), contents);
      }
    }
    for (List<String> paths : joined) addWeight(paths, contents);
  }

  private void addWeight(List<String> paths, Function<Signature.WeightSlot, Content> contents) {
    String name = names.claim(wish(paths));
    Elem elem = originals.get(paths.getFirst()).type().elem();
    var slot = new Signature.WeightSlot(name, elem, paths.stream().map(this::part).toList());
    weights.put(paths, name);
    weightSlots.add(slot);
    all.add(new Attribute.OfTensor(name, Role.PARAMETER, elem, slot.shape(), contents.apply(slot)));
  }

  private Signature.Part part(String path) {
    return new Signature.Part(path, shape(originals.get(path)));
  }

  private List<String> original(Collection<String> paths) {
    return paths.stream().map(path -> original(path)).toList();
  }

  private String original(String path) {
    Weight weight = originals.get(path);
    if (weight == null) throw new IllegalArgumentException("no weight `" + path + "` is declared");
    return weight.path();
  }

  private static List<Long> shape(Weight weight) {
    return weight.type().shape().dims().stream().map(dim -> dim.evaluate(Map.of())).toList();
  }

  /// `q.weight_k.weight` for `q.weight` and `k.weight`, without what their paths begin with alike.
  private static String wish(List<String> paths) {
    String first = paths.getFirst();
    int same = first.lastIndexOf('.') + 1;
    while (!startAlike(paths, first.substring(0, same))) {
      same = first.lastIndexOf('.', same - 2) + 1;
    }
    int start = same;
    return first.substring(0, start)
        + paths.stream().map(path -> path.substring(start)).collect(Collectors.joining("_"));
  }

  private static boolean startAlike(List<String> paths, String start) {
    return paths.stream().allMatch(path -> path.startsWith(start));
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
    return weight(List.of(path));
  }

  /// The tensor of these weights behind one another.
  String weight(List<String> paths) {
    return known(weights, original(paths), "weight");
  }

  String state(String name) {
    return known(states, name, "state");
  }

  /// The attribute of a table that the program computes once.
  String prepared(String name) {
    return known(prepared, name, "table");
  }

  /// The attributes of these tables, in their order.
  List<String> prepared() {
    return List.copyOf(prepared.values());
  }

  private static <K> String known(Map<K, String> names, K key, String kind) {
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

  /// A method that others call, by the name that it gets.
  ///
  /// @param text gives its text
  String helper(String wish, UnaryOperator<String> text) {
    return helper(wish, wish, text);
  }

  /// The same, made once for equal keys.
  String helper(Object key, String wish, UnaryOperator<String> text) {
    Helper known = helpers.get(key);
    if (known != null) return known.name();
    String name = names.claim(wish);
    // Making its text may ask for other helpers.
    helpers.put(key, new Helper(name, text.apply(name)));
    return name;
  }

  /// The text of all helpers.
  String helpers() {
    return helpers.values().stream().map(Helper::text).collect(Collectors.joining());
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
