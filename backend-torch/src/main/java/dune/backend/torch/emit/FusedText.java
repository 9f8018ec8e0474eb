package dune.backend.torch.emit;

import dune.ir.Attention;
import dune.ir.Contraction.Dot;
import dune.ir.Control;
import dune.ir.Control.FusedKind;
import dune.ir.Node;
import dune.ir.Region;
import dune.ir.Value;
import java.util.ArrayList;
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
      case ATTENTION, CAPPED_ATTENTION, BIASED_ATTENTION, SINKING_ATTENTION ->
          new AttentionText(method, nodes).emit(results.getFirst(), Attention.of(op));
      case ROTARY -> {
        if (!new RotaryText(method).emit(results.getFirst(), op)) inline(results, op);
      }
      case SOFTMAX ->
          method.assign(
              results.getFirst(),
              "torch.softmax(%s, -1)".formatted(method.whole(op.operands().getFirst())));
      case SILU, GELU, GELU_TANH ->
          method.assign(results.getFirst(), activation(op.kind(), op.operands().getFirst()));
      case LINEAR_SILU -> linear(results.getFirst(), "silu", "", op);
      case LINEAR_GELU -> linear(results.getFirst(), "gelu", "", op);
      case LINEAR_GELU_TANH -> linear(results.getFirst(), "gelu", ", approximate=\"tanh\"", op);
      case LINEAR_RELU -> linear(results.getFirst(), "relu", "", op);
      case SWIGLU -> gate(results.getFirst(), FusedKind.SILU, op.operands());
      case GEGLU -> gate(results.getFirst(), FusedKind.GELU, op.operands());
      case GEGLU_TANH -> gate(results.getFirst(), FusedKind.GELU_TANH, op.operands());
      case LAYER_NORM -> {
        if (isUniform(op.operands())) layerNorm(results.getFirst(), op.operands());
        else inline(results, op);
      }
      case ADD_LAYER_NORM -> {
        if (isUniform(op.operands())) addLayerNorm(results, op.operands());
        else inline(results, op);
      }
      case CROSS_ENTROPY -> crossEntropy(results, op.operands());
      // `rms_norm` is no kernel on the CPU, and rounds once where the body may round twice.
      case RMS_NORM, ADD_RMS_NORM, REGION -> inline(results, op);
    }
  }

  /// The body in its place.
  private void inline(List<Value> results, Control.Fused op) {
    Region body = op.body();
    method.hand(op);
    nodes.emit(body.nodes());
    for (int i = 0; i < results.size(); i++) {
      method.set(results.get(i), method.get(body.results().get(i)));
    }
  }

  /// The product as it is computed anywhere. Nobody else sees it, so the activation writes over it,
  /// where no gradient needs it.
  private void linear(Value result, String activation, String options, Control.Fused op) {
    method.hand(op);
    Node product =
        op.body().nodes().stream()
            .filter(node -> node.op() instanceof Dot)
            .findFirst()
            .orElseThrow();
    new DotText(method, (Dot) product.op()).emit(product.result());
    String place = method.learns() ? "" : "_";
    String factor = method.whole(product.result());
    method.assign(result, "torch.%s%s(%s%s)".formatted(activation, place, factor, options));
  }

  private void crossEntropy(List<Value> results, List<Value> operands) {
    Value logits = operands.getFirst();
    String width = method.size(method.type(logits).dim(2));
    String rows =
        method.let("rows", "torch.reshape(%s, [-1, %s])".formatted(method.whole(logits), width));
    String targets =
        method.let(
            "targets", "torch.reshape(%s, [-1])".formatted(method.whole(operands.getLast())));
    String counts = method.let("counts", "torch.ne(%s, -100)".formatted(targets));
    String count = method.let("count", "torch.clamp_min(torch.sum(%s), 1)".formatted(counts));
    // The kernel's own mean divides 0 by 0 where nothing counts.
    String sum = "torch.cross_entropy_loss(%s, %s, None, 2, -100, 0.)".formatted(rows, targets);
    method.assign(results.getFirst(), "torch.div(%s, %s)".formatted(sum, count));
    if (results.size() == 1) return;
    String all = method.let("all", "torch.logsumexp(%s, [-1])".formatted(rows));
    String squares = "torch.where(%s, torch.mul(%s, %s), 0.)".formatted(counts, all, all);
    method.assign(results.getLast(), "torch.div(torch.sum(%s), %s)".formatted(squares, count));
  }

  private String activation(FusedKind kind, Value x) {
    String text = method.whole(x);
    return switch (kind) {
      case SILU -> "torch.silu(%s)".formatted(text);
      case GELU -> "torch.gelu(%s)".formatted(text);
      case GELU_TANH -> "torch.gelu(%s, approximate=\"tanh\")".formatted(text);
      default -> throw new IllegalArgumentException(kind + " is no activation");
    };
  }

  /// The gate is nobody else's, so the product takes its memory, where no gradient needs it.
  private void gate(Value result, FusedKind kind, List<Value> operands) {
    String gate = activation(kind, operands.getFirst());
    String multiply = method.learns() ? "torch.mul" : "torch.mul_";
    method.assign(result, "%s(%s, %s)".formatted(multiply, gate, method.whole(operands.getLast())));
  }

  /// Whether all tensors have one element type, as the kernel of layer norms wants.
  private boolean isUniform(List<Value> operands) {
    return operands.stream()
            .filter(operand -> method.rank(operand) > 0)
            .map(operand -> method.type(operand).elem())
            .distinct()
            .count()
        == 1;
  }

  private void addLayerNorm(List<Value> results, List<Value> operands) {
    Value sum = results.getFirst();
    method.assign(
        sum,
        "torch.add(%s, %s)"
            .formatted(method.whole(operands.getFirst()), method.whole(operands.get(1))));
    var rest = new ArrayList<>(operands.subList(2, operands.size()));
    rest.addFirst(sum);
    layerNorm(results.getLast(), rest);
  }

  /// @param operands `x`, `weight`, `eps` and perhaps `bias`
  private void layerNorm(Value result, List<Value> operands) {
    String bias = operands.size() > 3 ? method.whole(operands.get(3)) : "None";
    Value weight = operands.get(1);
    method.assign(
        result,
        "torch.layer_norm(%s, %s, %s, %s, %s)"
            .formatted(
                method.whole(operands.getFirst()),
                method.shape(method.type(weight).shape()),
                method.whole(weight),
                bias,
                method.number(operands.get(2))));
  }
}
