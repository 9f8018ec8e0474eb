package dune.ir;

import java.util.List;

/// A function: what a program does in one call. Frozen; {@link FunctionBuilder} makes it.
///
/// @param name `forward`, `score`, `step`
/// @param inputs tensors that the caller hands in
/// @param dims names of dimensions that no input shows, handed in as numbers (`S`)
/// @param nodes in an order in which they can run; stateful ones run exactly in it
/// @param outputs results by name
/// @param penalties scalars that training adds to the loss
/// @param types the type of every value, by id, region values included
public record Function(
    String name,
    List<Input> inputs,
    List<String> dims,
    List<Node> nodes,
    List<Output> outputs,
    List<Value> penalties,
    List<Type> types)
    implements Types {

  public Function {
    inputs = List.copyOf(inputs);
    dims = List.copyOf(dims);
    nodes = List.copyOf(nodes);
    outputs = List.copyOf(outputs);
    penalties = List.copyOf(penalties);
    types = List.copyOf(types);
  }

  /// A tensor that the caller hands in.
  public record Input(String name, Value value, Type type) {}

  /// A result by name.
  public record Output(String name, Value value) {}

  @Override
  public Type of(Value value) {
    return types.get(value.id());
  }
}
