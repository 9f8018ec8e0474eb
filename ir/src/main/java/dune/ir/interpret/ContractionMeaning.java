package dune.ir.interpret;

import dune.ir.Contraction;
import dune.ir.Contraction.ReduceKind;
import dune.ir.Elem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleBinaryOperator;

/// What reductions, products and top-k mean.
final class ContractionMeaning {
  private ContractionMeaning() {}

  static Array reduce(ReduceKind kind, Array x, List<Integer> axes) {
    List<Integer> kept = Contraction.Dot.free(x.rank(), axes, List.of());
    long[] shape = sizes(x, kept);
    int folded = Array.count(sizes(x, axes));
    Array rows = x.permute(joined(List.of(kept, axes)));
    DoubleBinaryOperator fold =
        switch (kind) {
          case SUM, MEAN -> Double::sum;
          case MAX, ANY -> Math::max;
          case MIN, ALL -> Math::min;
        };
    var result = new double[Array.count(shape)];
    for (int i = 0; i < result.length; i++) {
      double total = neutral(kind);
      for (int j = 0; j < folded; j++) {
        total = fold.applyAsDouble(total, rows.data()[i * folded + j]);
      }
      result[i] = kind == ReduceKind.MEAN ? total / folded : total;
    }
    return Array.of(x.elem(), shape, result);
  }

  /// What the fold of nothing gives.
  private static double neutral(ReduceKind kind) {
    return switch (kind) {
      case SUM, MEAN, ANY -> 0;
      case MAX -> Double.NEGATIVE_INFINITY;
      case MIN -> Double.POSITIVE_INFINITY;
      case ALL -> 1;
    };
  }

  static Array dot(Contraction.Dot op, Array lhs, Array rhs, Optional<Array> plus) {
    List<Integer> lhsFree = Contraction.Dot.free(lhs.rank(), op.lhsBatch(), op.lhsSum());
    List<Integer> rhsFree = Contraction.Dot.free(rhs.rank(), op.rhsBatch(), op.rhsSum());
    int batch = Array.count(sizes(lhs, op.lhsBatch()));
    int m = Array.count(sizes(lhs, lhsFree));
    int n = Array.count(sizes(rhs, rhsFree));
    int k = Array.count(sizes(lhs, op.lhsSum()));
    double[] left = lhs.permute(joined(List.of(op.lhsBatch(), lhsFree, op.lhsSum()))).data();
    double[] right = rhs.permute(joined(List.of(op.rhsBatch(), rhsFree, op.rhsSum()))).data();
    var result = new double[Array.count(batch, m, n)];
    for (int b = 0; b < batch; b++) {
      for (int i = 0; i < m; i++) {
        for (int j = 0; j < n; j++) {
          result[(b * m + i) * n + j] = product(left, (b * m + i) * k, right, (b * n + j) * k, k);
        }
      }
    }
    if (plus.isPresent()) {
      double[] term = plus.get().data();
      for (int i = 0; i < result.length; i++) result[i] += term[i % term.length];
    }
    var shape = new ArrayList<Long>();
    for (int axis : op.lhsBatch()) shape.add(lhs.dim(axis));
    for (int axis : lhsFree) shape.add(lhs.dim(axis));
    for (int axis : rhsFree) shape.add(rhs.dim(axis));
    return Array.of(lhs.elem(), shape.stream().mapToLong(Long::longValue).toArray(), result);
  }

  private static double product(double[] left, int i, double[] right, int j, int count) {
    double sum = 0;
    for (int at = 0; at < count; at++) sum += left[i + at] * right[j + at];
    return sum;
  }

  static List<Array> top(Array x, long k) {
    int last = x.rank() - 1;
    int width = Math.toIntExact(x.dim(last));
    if (k > width) throw new IllegalArgumentException("the top " + k + " of " + width);
    int chosen = (int) k;
    int rows = Array.count(Arrays.copyOf(x.shape(), last));
    var values = new double[Array.count(rows, k)];
    var places = new double[values.length];
    for (int row = 0; row < rows; row++) {
      var taken = new boolean[width];
      for (int i = 0; i < chosen; i++) {
        int best = largest(x.data(), row * width, taken);
        taken[best] = true;
        values[row * chosen + i] = x.data()[row * width + best];
        places[row * chosen + i] = best;
      }
    }
    long[] shape = x.shape();
    shape[last] = k;
    return List.of(Array.of(x.elem(), shape, values), Array.of(Elem.INT, shape, places));
  }

  /// The first of the largest numbers that are not taken; NaN is larger than any other.
  private static int largest(double[] data, int from, boolean[] taken) {
    int best = -1;
    for (int i = 0; i < taken.length; i++) {
      if (taken[i]) continue;
      if (best < 0 || isLarger(data[from + i], data[from + best])) best = i;
    }
    return best;
  }

  private static boolean isLarger(double a, double b) {
    return a > b || (Double.isNaN(a) && !Double.isNaN(b));
  }

  private static long[] sizes(Array x, List<Integer> axes) {
    return axes.stream().mapToLong(x::dim).toArray();
  }

  private static int[] joined(List<List<Integer>> axes) {
    return axes.stream().flatMap(List::stream).mapToInt(Integer::intValue).toArray();
  }
}
