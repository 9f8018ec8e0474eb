package dune.backend.torch.emit;

import dune.ir.Control;
import dune.ir.Elem;
import dune.ir.Region;
import dune.ir.Type;
import dune.ir.Value;
import java.util.ArrayList;
import java.util.List;

/// Text of the operations with a body, as loops.
final class ControlText {
  private final MethodText method;
  private final NodesText nodes;

  ControlText(MethodText method, NodesText nodes) {
    this.method = method;
    this.nodes = nodes;
  }

  void emit(List<Value> results, Control op) {
    switch (op) {
      case Control.Scan scan -> scan(results, scan);
      case Control.Fused fused -> new FusedText(method, nodes).emit(results, fused);
      case Control.Dispatch dispatch ->
          new DispatchText(method, nodes, dispatch).emit(results.getFirst());
    }
  }

  /// A loop that hands its states on in variables and collects what the steps give in lists.
  private void scan(List<Value> results, Control.Scan op) {
    Region body = op.body();
    var states = new ArrayList<String>();
    for (Value initial : op.initial()) states.add(method.let("state", method.whole(initial)));
    int stateCount = states.size();
    var stacks = new ArrayList<String>();
    for (int i = stateCount; i < results.size(); i++) {
      stacks.add(method.let("steps", "annotate(List[Tensor], [])"));
    }
    String step = method.fresh("step");
    method.line("for %s in range(%s):".formatted(step, method.size(op.steps())));
    method.indent();
    List<Value> arguments = body.arguments();
    method.set(arguments.getFirst(), new Operand.Count(step, Elem.INT));
    for (int i = 0; i < stateCount; i++) {
      Value argument = arguments.get(1 + i);
      method.set(argument, Operand.Tensor.whole(states.get(i), method.rank(argument)));
    }
    for (int i = 0; i < op.captures().size(); i++) {
      method.set(arguments.get(1 + stateCount + i), method.get(op.captures().get(i)));
    }
    nodes.emit(body.nodes());
    var given = body.results().stream().map(method::whole).toList();
    for (int i = stateCount; i < given.size(); i++) {
      method.append(stacks.get(i - stateCount), given.get(i));
    }
    // All of them are computed from the old states before one is replaced.
    var next = given.subList(0, stateCount).stream().map(each -> method.let("next", each)).toList();
    for (int i = 0; i < stateCount; i++) method.line(states.get(i) + " = " + next.get(i));
    if (given.isEmpty()) method.line("pass");
    method.dedent();
    for (int i = 0; i < stateCount; i++) {
      Value result = results.get(i);
      method.set(result, Operand.Tensor.whole(states.get(i), method.rank(result)));
    }
    for (int i = stateCount; i < results.size(); i++) {
      String stack = stacks.get(i - stateCount);
      Type type = method.type(results.get(i));
      method.assign(
          results.get(i),
          method.unlessEmpty(
              "torch.stack(%s, 0)".formatted(stack), stack, List.of(op.steps()), type));
    }
  }
}
