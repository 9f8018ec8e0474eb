package dune.backend.torch.emit;

import dune.ir.Contraction;
import dune.ir.Control;
import dune.ir.Elementwise;
import dune.ir.Indexing;
import dune.ir.Layout;
import dune.ir.Node;
import dune.ir.Source;
import dune.ir.Stateful;
import java.util.List;

/// Text of nodes, one family of operations after another.
final class NodesText {
  private final MethodText method;
  private final SourceText source;
  private final ElementwiseText elementwise;
  private final ContractionText contraction;
  private final LayoutText layout;
  private final IndexingText indexing;
  private final ControlText control;
  private final StateText state;

  /// @param all the nodes of the whole function, among which reads of state look for later writes
  NodesText(MethodText method, List<Node> all) {
    this.method = method;
    source = new SourceText(method);
    elementwise = new ElementwiseText(method);
    contraction = new ContractionText(method);
    layout = new LayoutText(method);
    indexing = new IndexingText(method);
    control = new ControlText(method, this);
    state = new StateText(method, all);
  }

  void emit(List<Node> nodes) {
    method.probe().beginBody();
    layout.expect(nodes);
    for (Node node : nodes) {
      method.at(node.origin());
      method.probe().begin(node);
      switch (node.op()) {
        case Source op -> source.emit(node.result(), op);
        case Elementwise op -> elementwise.emit(node.result(), op);
        case Contraction op -> contraction.emit(node.results(), op);
        case Layout op -> layout.emit(node.result(), op);
        case Indexing op -> indexing.emit(node.result(), op);
        case Control op -> control.emit(node.results(), op);
        case Stateful op -> state.emit(node, op);
      }
      method.probe().end();
    }
  }
}
