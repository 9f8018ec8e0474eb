package dune.backend.torch.emit;

import dune.ir.Control;
import dune.ir.Layout;
import dune.ir.Node;
import dune.ir.Value;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// Text of the turning of pairs: `x * cos + roll(x) * (-sin, sin)`, where the roll swaps the halves
/// of `x`. It rounds where the body rounds, since a sign costs no digit. All layers with one `sin`
/// share its signed form.
final class RotaryText {
  private final MethodText method;

  RotaryText(MethodText method) {
    this.method = method;
  }

  /// @return whether there is such a text; if not, nothing is emitted
  boolean emit(Value result, Control.Fused op) {
    Value x = op.operands().getFirst();
    int rank = method.rank(x);
    int axis = axis(op);
    long half = method.type(x).dim(axis).size().orElse(0) / 2;
    Optional<Operand.Tensor> cos = widened(op, 1, rank);
    Optional<Operand.Tensor> sin = widened(op, 2, rank);
    if (cos.isEmpty() || sin.isEmpty() || half == 0) return false;
    int signed = axis - (rank - sin.get().rank());
    boolean constant = sin.get().isConstantAlong(axis, rank);
    if (signed < 0 || constant && half != 1) return false;

    String straight =
        method.once(
            List.of("cos", op.operands().get(1), axis, rank),
            () -> method.let("cos", cos.get().text()));
    String turned =
        method.once(
            List.of("sin", op.operands().get(2), axis, rank),
            () -> method.let("sin", signed(sin.get().text(), signed, constant ? 0 : half)));
    String whole = method.whole(x);
    method.assign(
        result,
        "torch.add(torch.mul(%s, %s), torch.mul(torch.roll(%s, [%d], [%d]), %s))"
            .formatted(whole, straight, whole, half, axis, turned));
    return true;
  }

  /// The sines of the first half, negated, before those of the second.
  ///
  /// @param half how many a half has, or 0 if both have the same
  private static String signed(String sin, int axis, long half) {
    if (half == 0) return "torch.cat([torch.neg(%s), %s], %d)".formatted(sin, sin, axis);
    return "torch.cat([torch.neg(torch.narrow(%s, %d, 0, %d)), torch.narrow(%s, %d, %d, %d)], %d)"
        .formatted(sin, axis, half, sin, axis, half, half, axis);
  }

  private static int axis(Control.Fused op) {
    return op.body().nodes().stream()
        .map(Node::op)
        .filter(Layout.Concat.class::isInstance)
        .map(each -> ((Layout.Concat) each).axis())
        .findFirst()
        .orElseThrow();
  }

  /// An operand at the rank of `x`, as the body widens it.
  private Optional<Operand.Tensor> widened(Control.Fused op, int operand, int rank) {
    if (!(method.get(op.operands().get(operand)) instanceof Operand.Tensor tensor))
      return Optional.empty();
    Value argument = op.body().arguments().get(operand);
    UnaryOperator<Operand.Tensor> widening =
        op.body().nodes().stream()
            .map(Node::op)
            .filter(each -> each instanceof Layout.Broadcast wide && wide.x().equals(argument))
            .map(each -> ((Layout.Broadcast) each).axes())
            .findFirst()
            .<UnaryOperator<Operand.Tensor>>map(
                axes -> narrow -> LayoutText.widened(narrow, axes, rank))
            .orElse(UnaryOperator.identity());
    return Optional.of(widening.apply(tensor));
  }
}
