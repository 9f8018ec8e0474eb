package dune.ir.text;

import dune.ir.Contraction;
import dune.ir.Control;
import dune.ir.Elementwise;
import dune.ir.Function;
import dune.ir.Indexing;
import dune.ir.Layout;
import dune.ir.Node;
import dune.ir.Op;
import dune.ir.Operands;
import dune.ir.Program;
import dune.ir.Region;
import dune.ir.Source;
import dune.ir.Stateful;
import dune.ir.Type;
import dune.ir.Types;
import dune.ir.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Numbers the values of a function in the order in which they are printed, and forgets types of
/// values that do not occur. Two programs mean the same text exactly if they are equal under this.
public final class Numbering {
  private final Types types;
  private final Map<Value, Value> numbers = new HashMap<>();
  private final List<Type> ordered = new ArrayList<>();

  private Numbering(Types types) {
    this.types = types;
  }

  /// The program with every function in print order.
  public static Program inPrintOrder(Program program) {
    return new Program(
        program.name(),
        program.weights(),
        program.states(),
        program.functions().stream().map(Numbering::inPrintOrder).toList());
  }

  /// The function with its values in print order.
  public static Function inPrintOrder(Function function) {
    var numbering = new Numbering(function);
    var inputs = new ArrayList<Function.Input>();
    for (Function.Input input : function.inputs()) {
      inputs.add(new Function.Input(input.name(), numbering.define(input.value()), input.type()));
    }
    List<Node> nodes = numbering.nodes(function.nodes());
    return new Function(
        function.name(),
        inputs,
        function.dims(),
        nodes,
        function.outputs().stream()
            .map(output -> new Function.Output(output.name(), numbering.use(output.value())))
            .toList(),
        function.penalties().stream().map(numbering::use).toList(),
        numbering.ordered);
  }

  private List<Node> nodes(List<Node> nodes) {
    var numbered = new ArrayList<Node>();
    for (Node node : nodes) {
      Op op = Operands.map(node.op(), this::use);
      List<Value> results = node.results().stream().map(this::define).toList();
      numbered.add(new Node(results, bodies(op), node.origin()));
    }
    return numbered;
  }

  private Op bodies(Op op) {
    return switch (op) {
      case Control.Scan(var steps, var initial, var captures, Region body) ->
          new Control.Scan(steps, initial, captures, region(body));
      case Control.Dispatch(var x, var choice, var captures, var shared, var shares, Region body) ->
          new Control.Dispatch(x, choice, captures, shared, shares, region(body));
      case Control.Fused(var kind, var operands, Region body) ->
          new Control.Fused(kind, operands, region(body));
      case Source _, Elementwise _, Contraction _, Layout _, Indexing _, Stateful _ -> op;
    };
  }

  private Region region(Region body) {
    List<Value> arguments = body.arguments().stream().map(this::define).toList();
    List<Node> nodes = nodes(body.nodes());
    return new Region(arguments, nodes, body.results().stream().map(this::use).toList());
  }

  private Value define(Value value) {
    var number = new Value(ordered.size());
    numbers.put(value, number);
    ordered.add(types.of(value));
    return number;
  }

  private Value use(Value value) {
    Value number = numbers.get(value);
    if (number == null) throw new IllegalStateException(value + " is used before it is defined");
    return number;
  }
}
