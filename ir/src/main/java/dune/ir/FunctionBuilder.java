package dune.ir;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Builds a {@link Function} node by node, with value numbering: a pure operation that was emitted
/// before is not emitted again. A body of an operation is built by a builder from {@link #region};
/// what it uses of its surroundings becomes a capture by itself. After {@link #build} the builder
/// is dead.
public final class FunctionBuilder implements Types {
  private final Optional<FunctionBuilder> parent;
  private final List<Type> types;
  private final Map<Integer, FunctionBuilder> owners;
  private final List<Node> nodes = new ArrayList<>();
  private final Map<Op, List<Value>> numbering = new HashMap<>();
  private final Map<Integer, Node> definitions = new HashMap<>();
  private final List<Function.Input> inputs = new ArrayList<>();
  private final List<Value> arguments = new ArrayList<>();
  private final Map<Value, Value> captures = new LinkedHashMap<>();
  private boolean built;

  public FunctionBuilder() {
    parent = Optional.empty();
    types = new ArrayList<>();
    owners = new HashMap<>();
  }

  private FunctionBuilder(FunctionBuilder parent) {
    this.parent = Optional.of(parent);
    types = parent.types;
    owners = parent.owners;
  }

  public Value input(String name, Type type) {
    Value value = fresh(type);
    inputs.add(new Function.Input(name, value, type));
    return value;
  }

  /// The only result of `op`, emitted now or before.
  public Value emit(Op op, Origin origin) {
    List<Value> results = emitAll(op, origin);
    if (results.size() != 1)
      throw new IllegalStateException(op + " has " + results.size() + " results");
    return results.getFirst();
  }

  /// The results of `op`, emitted now or before.
  ///
  /// @throws IllegalStateException if a constraint of the operation is broken
  public List<Value> emitAll(Op op, Origin origin) {
    if (built) throw new IllegalStateException("the function is built already");
    Op local = Operands.map(op, this::local);
    if (local.isPure()) {
      List<Value> known = numbering.get(local);
      if (known != null) return known;
    }
    List<Type> results =
        switch (local.infer(this)) {
          case Inferred.Results(var found) -> found;
          case Inferred.Broken(String constraint, String reason) ->
              throw new IllegalStateException(
                  local.getClass().getSimpleName()
                      + " "
                      + constraint
                      + ": "
                      + reason
                      + " in "
                      + local
                      + " from "
                      + origin);
        };
    List<Value> values = results.stream().map(this::fresh).toList();
    var node = new Node(values, local, origin);
    nodes.add(node);
    for (Value value : values) definitions.put(value.id(), node);
    if (local.isPure()) numbering.put(local, values);
    return values;
  }

  /// The node that defines `value`; empty for inputs and region arguments.
  public Optional<Node> definition(Value value) {
    FunctionBuilder owner = owners.get(value.id());
    return owner == null
        ? Optional.empty()
        : Optional.ofNullable(owner.definitions.get(value.id()));
  }

  @Override
  public Type of(Value value) {
    return types.get(value.id());
  }

  /// A builder for the body of an operation of this function, with arguments of these types.
  public FunctionBuilder region(List<Type> argumentTypes) {
    var region = new FunctionBuilder(this);
    for (Type type : argumentTypes) region.arguments.add(region.fresh(type));
    return region;
  }

  /// The arguments that a region was begun with.
  public List<Value> arguments() {
    return List.copyOf(arguments);
  }

  /// The values of the surroundings that a region has used so far, in the order of the arguments
  /// that stand for them.
  public List<Value> captured() {
    return List.copyOf(captures.keySet());
  }

  /// Ends a region: its arguments are those that it was begun with, then one per {@link #captured}
  /// value.
  public Region buildRegion(List<Value> results) {
    List<Value> own = results.stream().map(this::local).toList();
    built = true;
    var all = new ArrayList<>(arguments);
    all.addAll(captures.values());
    return new Region(all, nodes, own);
  }

  public Function build(
      String name, List<String> dims, List<Function.Output> outputs, List<Value> penalties) {
    for (Function.Output output : outputs) local(output.value());
    for (Value penalty : penalties) local(penalty);
    built = true;
    return new Function(name, inputs, dims, nodes, outputs, penalties, types);
  }

  /// The value itself if it belongs to this builder, else the argument that captures it.
  private Value local(Value value) {
    if (owners.get(value.id()) == this) return value;
    if (parent.isEmpty()) throw new IllegalStateException(value + " belongs to another function");
    Optional<Node> definition = definition(value);
    if (definition.isPresent() && isCheap(definition.get().op())) {
      return emit(definition.get().op(), definition.get().origin());
    }
    return captures.computeIfAbsent(parent.get().local(value), outer -> fresh(of(outer)));
  }

  /// Whether a body rather computes the value again than captures it.
  private static boolean isCheap(Op op) {
    return switch (op) {
      case Source.Constant _, Source.Table _, Source.Fill _, Source.Iota _, Source.Size _ -> true;
      case Source _, Elementwise _, Contraction _, Layout _, Indexing _, Control _, Stateful _ ->
          false;
    };
  }

  private Value fresh(Type type) {
    var value = new Value(types.size());
    types.add(type);
    owners.put(value.id(), this);
    return value;
  }
}
