package dune.backend.torch.emit;

import dune.ir.Control;
import dune.ir.Region;
import dune.ir.Value;
import java.util.List;

/// Text of fused groups: a call where libtorch has a kernel for the kind, else the body in its
/// place.
final class FusedText {
  private final MethodText method;
  private final NodesText nodes;

  FusedText(MethodText method, NodesText nodes) {
    this.method = method;
    this.nodes = nodes;
  }

  void emit(List<Value> results, Control.Fused op) {
    switch (op.kind()) {
      case ATTENTION -> new AttentionText(method).emit(results.getFirst(), op.operands());
      case SWIGLU -> swiglu(results.getFirst(), op.operands());
      // `rms_norm` is no kernel on the CPU, and rounds once where the body may round twice.
      case RMS_NORM, REGION -> inline(results, op);
    }
  }

  /// The body in its place.
  private void inline(List<Value> results, Control.Fused op) {
    Region body = op.body();
    for (int i = 0; i < op.operands().size(); i++) {
      method.set(body.arguments().get(i), method.get(op.operands().get(i)));
    }
    nodes.emit(body.nodes());
    for (int i = 0; i < results.size(); i++) {
      method.set(results.get(i), method.get(body.results().get(i)));
    }
  }

  private void swiglu(Value result, List<Value> operands) {
    String gate = "torch.silu(%s)".formatted(method.whole(operands.getFirst()));
    method.assign(result, "torch.mul(%s, %s)".formatted(gate, method.whole(operands.getLast())));
  }
}
