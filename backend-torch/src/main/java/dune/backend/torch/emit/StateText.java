package dune.backend.torch.emit;

import dune.ir.Elem;
import dune.ir.Node;
import dune.ir.Stateful;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Text of the operations on state. A cache is written in place; a state that is replaced is bound
/// to another tensor, so that who has read it keeps what it was.
final class StateText {
  private final MethodText method;
  private final List<Node> nodes;

  /// The variable with the numbers of the rows, by how many there are.
  private final Map<Dim, String> rows = new HashMap<>();

  StateText(MethodText method, List<Node> nodes) {
    this.method = method;
    this.nodes = nodes;
  }

  void emit(Node node, Stateful op) {
    switch (op) {
      case Stateful.ReadState(var state, var type) ->
          read(node, state, "self." + method.attributes().state(state), type.rank());
      case Stateful.WriteState(var state, Value value) ->
          method.line(
              "self.%s = %s".formatted(method.attributes().state(state), method.whole(value)));
      case Stateful.Append(var state, Value x, Value slots) -> append(state, x, slots);
      case Stateful.ReadCache(var state, Dim slots, var type) ->
          read(
              node,
              state,
              "torch.narrow(self.%s, 1, 0, %s)"
                  .formatted(method.attributes().state(state), method.size(slots)),
              type.rank());
    }
  }

  /// What is read is a view; if the cache is written later on, a copy.
  private void read(Node node, String state, String text, int rank) {
    boolean changes =
        nodes.subList(nodes.indexOf(node) + 1, nodes.size()).stream()
            .anyMatch(
                later ->
                    later.op() instanceof Stateful.Append append && append.state().equals(state));
    String whole = changes ? "torch.clone(" + text + ")" : text;
    method.set(
        node.result(), Operand.Tensor.whole(method.let("v" + node.result().id(), whole), rank));
  }

  private void append(String state, Value x, Value slots) {
    Dim count = method.type(x).dim(0);
    String row = rows.get(count);
    if (row == null) {
      row =
          method.let(
              "rows",
              "torch.unsqueeze(torch.arange(%s, %s), 1)"
                  .formatted(method.size(count), method.options(Elem.INT)));
      rows.put(count, row);
    }
    method.line(
        "%s = torch.index_put_(self.%s, annotate(List[Optional[Tensor]], [%s, %s]), %s)"
            .formatted(
                method.fresh("written"),
                method.attributes().state(state),
                row,
                method.whole(slots),
                method.whole(x)));
  }
}
