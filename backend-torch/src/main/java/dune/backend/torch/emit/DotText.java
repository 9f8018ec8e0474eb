package dune.backend.torch.emit;

import dune.backend.torch.run.Kernels;
import dune.ir.Contraction.Dot;
import dune.ir.Control;
import dune.ir.Node;
import dune.ir.Op;
import dune.ir.Type;
import dune.ir.Types;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// Text of one product. Without batch axes it is `linear` or `matmul` over the operands as they
/// lie; with batch axes `bmm` over views with three axes; without summed axes an elementwise
/// product.
///
/// Axes that belong together are merged in the order in which they lie, and matrices are turned by
/// a transposed view, so that as little as possible is copied.
final class DotText {
  private final MethodText method;
  private final Dot dot;
  private final Type left;
  private final Type right;
  private final List<Integer> lhsFree;
  private final List<Integer> rhsFree;
  private final List<Integer> lhsSum = new ArrayList<>();
  private final List<Integer> rhsSum = new ArrayList<>();

  DotText(MethodText method, Dot dot) {
    this.method = method;
    this.dot = dot;
    left = method.type(dot.lhs());
    right = method.type(dot.rhs());
    lhsFree = Dot.free(left.rank(), dot.lhsBatch(), dot.lhsSum());
    rhsFree = Dot.free(right.rank(), dot.rhsBatch(), dot.rhsSum());
    // The pairs in the order of the left operand.
    IntStream.range(0, dot.lhsSum().size())
        .boxed()
        .sorted(Comparator.comparing(dot.lhsSum()::get))
        .forEach(
            pair -> {
              lhsSum.add(dot.lhsSum().get(pair));
              rhsSum.add(dot.rhsSum().get(pair));
            });
  }

  /// What is the fastest for one token: a matrix of half precision whose columns, not rows, lie
  /// behind one another is for {@link Kernels#MATRIX}.
  static Kernels single(List<Node> nodes, Types types) {
    for (Node node : nodes) {
      switch (node.op()) {
        case Dot dot when walksColumns(dot, types) && types.of(dot.rhs()).elem().bytes() == 2 -> {
          return Kernels.MATRIX;
        }
        case Control control when single(control.body().nodes(), types) == Kernels.MATRIX -> {
          return Kernels.MATRIX;
        }
        case Op _ -> {
          // Reads no matrix, or row by row.
        }
      }
    }
    return Kernels.VECTOR;
  }

  private static boolean walksColumns(Dot dot, Types types) {
    if (!dot.lhsBatch().isEmpty() || dot.rhsSum().isEmpty()) return false;
    List<Integer> free = Dot.free(types.of(dot.rhs()).rank(), dot.rhsBatch(), dot.rhsSum());
    return precedes(dot.rhsSum(), free);
  }

  void emit(Value result) {
    if (dot.lhsSum().isEmpty()) outer(result);
    else if (dot.lhsBatch().isEmpty()) flat(result);
    else batched(result);
  }

  private void outer(Value result) {
    String lhs = ordered(method.whole(dot.lhs()), dot.lhsBatch(), lhsFree);
    for (int i = 0; i < rhsFree.size(); i++) lhs = "torch.unsqueeze(%s, -1)".formatted(lhs);
    String rhs = ordered(method.whole(dot.rhs()), dot.rhsBatch(), rhsFree);
    if (!dot.lhsBatch().isEmpty()) {
      for (int i = 0; i < lhsFree.size(); i++) {
        rhs = "torch.unsqueeze(%s, %d)".formatted(rhs, dot.lhsBatch().size());
      }
    }
    String product = "(%s, %s)".formatted(lhs, rhs);
    if (dot.plus().isEmpty()) method.assign(result, "torch.mul" + product);
    else {
      method.assign(
          result, "torch.addcmul(%s, %s, %s)".formatted(method.whole(dot.plus().get()), lhs, rhs));
    }
  }

  /// `[free.., K] x [N, K]` or `[free.., K] x [K, N]`.
  private void flat(Value result) {
    String lhs = ordered(method.whole(dot.lhs()), lhsFree, lhsSum);
    if (lhsSum.size() > 1) {
      var dims = dims(left, lhsFree);
      dims.add(product(left, lhsSum));
      lhs = method.reshaped(lhs, dims);
    }
    boolean sumFirst = precedes(rhsSum, rhsFree);
    String rhs = matrix(method.whole(dot.rhs()), right, List.of(), rhsFree, rhsSum, sumFirst);
    Type type = method.type(result);
    if (dot.plus().isEmpty()) {
      String product =
          sumFirst || rhsFree.isEmpty()
              ? "torch.matmul(%s, %s)".formatted(lhs, rhs)
              : linear(lhs, rhs, Optional.empty(), type);
      method.assign(
          result, rhsFree.size() <= 1 ? product : method.reshaped(product, type.shape().dims()));
      return;
    }
    Value plus = dot.plus().get();
    if (!rhsFree.isEmpty() && method.rank(plus) == rhsFree.size()) {
      String weight = sumFirst ? "torch.transpose(%s, 0, 1)".formatted(rhs) : rhs;
      String bias = method.whole(plus);
      if (rhsFree.size() > 1) bias = method.reshaped(bias, List.of(product(right, rhsFree)));
      String product =
          sumFirst
              ? "torch.linear(%s, %s, %s)".formatted(lhs, weight, bias)
              : linear(lhs, weight, Optional.of(bias), type);
      method.assign(
          result, rhsFree.size() == 1 ? product : method.reshaped(product, type.shape().dims()));
      return;
    }
    Dim rows = product(left, lhsFree);
    Dim columns = product(right, rhsFree);
    Dim summed = product(left, lhsSum);
    String factor =
        method.reshaped(rhs, sumFirst ? List.of(summed, columns) : List.of(columns, summed));
    if (!sumFirst) factor = "torch.transpose(%s, 0, 1)".formatted(factor);
    method.assign(
        result,
        method.reshaped(
            "torch.addmm(%s, %s, %s)"
                .formatted(
                    wideAs(type, plus, List.of(rows, columns)),
                    method.reshaped(lhs, List.of(rows, summed)),
                    factor),
            type.shape().dims()));
  }

  /// `[batch, M, K] x [batch, K, N]`.
  private void batched(Value result) {
    boolean lhsSumFirst = precedes(lhsSum, lhsFree);
    boolean rhsSumFirst = precedes(rhsSum, rhsFree);
    String lhs =
        matrix(method.whole(dot.lhs()), left, dot.lhsBatch(), lhsFree, lhsSum, lhsSumFirst);
    if (lhsSumFirst) lhs = "torch.transpose(%s, 1, 2)".formatted(lhs);
    String rhs =
        matrix(method.whole(dot.rhs()), right, dot.rhsBatch(), rhsFree, rhsSum, rhsSumFirst);
    if (!rhsSumFirst) rhs = "torch.transpose(%s, 1, 2)".formatted(rhs);
    Type type = method.type(result);
    String product;
    if (dot.plus().isEmpty()) product = "torch.bmm(%s, %s)".formatted(lhs, rhs);
    else {
      List<Dim> dims =
          List.of(product(left, dot.lhsBatch()), product(left, lhsFree), product(right, rhsFree));
      product =
          "torch.baddbmm(%s, %s, %s)".formatted(wideAs(type, dot.plus().get(), dims), lhs, rhs);
    }
    boolean three = dot.lhsBatch().size() == 1 && lhsFree.size() == 1 && rhsFree.size() == 1;
    method.assign(result, three ? product : method.reshaped(product, type.shape().dims()));
  }

  /// `plus`, repeated to the result's shape and then seen as `dims`.
  private String wideAs(Type type, Value plus, List<Dim> dims) {
    return method.reshaped(
        "torch.expand(%s, %s)".formatted(method.whole(plus), method.shape(type.shape())), dims);
  }

  /// A view with one axis for each group that has axes, and for batches always when there are any:
  /// `[batch, free, sum]`, or `[batch, sum, free]`. Without batch, a missing group has no axis;
  /// with batch it has one of size 1.
  private String matrix(
      String tensor,
      Type type,
      List<Integer> batch,
      List<Integer> free,
      List<Integer> sum,
      boolean sumFirst) {
    List<Integer> first = sumFirst ? sum : free;
    List<Integer> second = sumFirst ? free : sum;
    String turned = ordered(tensor, batch, first, second);
    boolean merged = first.size() > 1 || second.size() > 1;
    if (batch.isEmpty()) {
      if (!merged) return turned;
      var dims = new ArrayList<Dim>();
      if (!first.isEmpty()) dims.add(product(type, first));
      if (!second.isEmpty()) dims.add(product(type, second));
      return method.reshaped(turned, dims);
    }
    if (batch.size() == 1 && first.size() == 1 && second.size() == 1) return turned;
    return method.reshaped(
        turned, List.of(product(type, batch), product(type, first), product(type, second)));
  }

  private static boolean precedes(List<Integer> sum, List<Integer> free) {
    return !free.isEmpty() && sum.getFirst() < free.getFirst();
  }

  @SafeVarargs
  private static String ordered(String tensor, List<Integer>... groups) {
    var order = new ArrayList<Integer>();
    for (List<Integer> group : groups) order.addAll(group);
    boolean natural = IntStream.range(0, order.size()).allMatch(axis -> order.get(axis) == axis);
    return natural ? tensor : LayoutText.permuted(tensor, order);
  }

  private static ArrayList<Dim> dims(Type type, List<Integer> axes) {
    var dims = new ArrayList<Dim>();
    for (int axis : axes) dims.add(type.dim(axis));
    return dims;
  }

  private static Dim product(Type type, List<Integer> axes) {
    return Dim.product(dims(type, axes));
  }

  /// `lhs * weight^T`, by a product of the matrix with a vector where `lhs` turns out to be a
  /// single one: `linear` does not ask, and reads the weight at a third of the speed in f32. In
  /// half precision it depends on the kernels, which {@link Kernels#VECTOR} chooses.
  private String linear(String lhs, String weight, Optional<String> bias, Type type) {
    String many =
        "torch.linear(%s, %s%s)".formatted(lhs, weight, bias.map(term -> ", " + term).orElse(""));
    Dim rows = product(left, lhsFree);
    if (rhsFree.size() != 1 || type.elem().bytes() == 2) return many;
    String vector = method.reshaped(lhs, List.of(product(left, lhsSum)));
    String product =
        bias.map(term -> "torch.addmv(%s, %s, %s)".formatted(term, weight, vector))
            .orElse("torch.mv(%s, %s)".formatted(weight, vector));
    return method.ifOne(rows, method.reshaped(product, type.shape().dims()), many);
  }
}
