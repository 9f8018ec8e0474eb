package dune.backend.torch.emit;

import dune.ir.Contraction;
import dune.ir.Contraction.ReduceKind;
import dune.ir.Value;
import java.util.HashSet;
import java.util.List;

/// Text of reductions and of the largest numbers; {@link DotText} has the products.
final class ContractionText {
  private final MethodText method;

  ContractionText(MethodText method) {
    this.method = method;
  }

  void emit(List<Value> results, Contraction op) {
    switch (op) {
      case Contraction.Reduce(ReduceKind kind, Value x, List<Integer> axes) ->
          reduce(results.getFirst(), kind, x, axes);
      case Contraction.Dot dot -> new DotText(method, dot).emit(results.getFirst());
      case Contraction.Top(Value x, var k) -> {
        String size = method.size(k);
        method.assignEach(
            results, "torch.topk(%s, %s, -1, True, True)".formatted(method.whole(x), size));
      }
    }
  }

  private void reduce(Value result, ReduceKind kind, Value x, List<Integer> axes) {
    int rank = method.rank(x);
    Operand.Tensor tensor = method.tensor(x);
    for (int axis : axes) {
      if (tensor.isConstantAlong(axis, rank)) {
        tensor = Operand.Tensor.whole(method.whole(x), rank);
        break;
      }
    }
    int missing = rank - tensor.rank();
    List<Integer> present = axes.stream().map(axis -> axis - missing).toList();
    var ones = new HashSet<Integer>();
    for (int one : tensor.ones()) {
      ones.add(one - (int) axes.stream().filter(axis -> axis < one).count());
    }
    method.assign(
        result,
        reduced(kind, tensor.text(), present),
        new Operand.Tensor("", tensor.rank() - axes.size(), ones));
  }

  private static String reduced(ReduceKind kind, String tensor, List<Integer> axes) {
    return switch (kind) {
      case SUM -> "torch.sum(%s, %s)".formatted(tensor, axes);
      case MEAN -> "torch.mean(%s, %s)".formatted(tensor, axes);
      case MAX -> "torch.amax(%s, %s)".formatted(tensor, axes);
      case MIN -> "torch.amin(%s, %s)".formatted(tensor, axes);
      case ANY -> oneByOne("any", tensor, axes);
      case ALL -> oneByOne("all", tensor, axes);
    };
  }

  private static String oneByOne(String name, String tensor, List<Integer> axes) {
    String text = tensor;
    for (int axis : axes.reversed()) text = "torch.%s(%s, %d)".formatted(name, text, axis);
    return text;
  }
}
