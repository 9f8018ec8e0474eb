package dune.ir;

import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// Operations that sum over axes or pick along them.
public sealed interface Contraction extends Op {

  /// How axes are folded into one number.
  enum ReduceKind {
    SUM,
    MEAN,
    MAX,
    MIN,
    ANY,
    ALL
  }

  /// Folds `axes` of `x`; they disappear from the shape.
  ///
  /// - (C1) the axes exist, ascend and are at least one
  /// - (C2) ANY and ALL take `bool`, MEAN floats, the others numbers
  record Reduce(ReduceKind kind, Value x, List<Integer> axes) implements Contraction {
    public Reduce {
      axes = List.copyOf(axes);
    }

    @Override
    public Inferred infer(Types types) {
      Type type = types.of(x);
      if (axes.isEmpty() || !ascend(axes, type.rank())) {
        return Inferred.broken(1, "axes " + axes + " of " + type);
      }
      boolean legal =
          switch (kind) {
            case ANY, ALL -> type.elem() == Elem.BOOL;
            case MEAN -> type.elem().isFloat();
            case SUM, MAX, MIN -> type.elem() != Elem.BOOL;
          };
      if (!legal) return Inferred.broken(2, kind + " of " + type.elem());
      var dims = new ArrayList<Dim>();
      for (int axis = 0; axis < type.rank(); axis++) {
        if (!axes.contains(axis)) dims.add(type.dim(axis));
      }
      return Inferred.of(type.with(new Shape(dims)));
    }
  }

  /// The tensor product, summed over pairs of axes: `[batch.., lhs free.., rhs free..]`.
  /// Accumulates in f32 at least and rounds once; `plus`, a term that ends like the result, is
  /// added before rounding.
  ///
  /// - (C1) both have the same element type, a float
  /// - (C2) the axis lists exist, are free of repetition and pair up
  /// - (C3) paired axes have equal dimensions
  /// - (C4) `plus` has the element type, and its shape is a suffix of the result's
  record Dot(
      Value lhs,
      Value rhs,
      List<Integer> lhsBatch,
      List<Integer> rhsBatch,
      List<Integer> lhsSum,
      List<Integer> rhsSum,
      Optional<Value> plus)
      implements Contraction {
    public Dot {
      lhsBatch = List.copyOf(lhsBatch);
      rhsBatch = List.copyOf(rhsBatch);
      lhsSum = List.copyOf(lhsSum);
      rhsSum = List.copyOf(rhsSum);
    }

    @Override
    public Inferred infer(Types types) {
      Type left = types.of(lhs);
      Type right = types.of(rhs);
      if (left.elem() != right.elem() || !left.elem().isFloat()) {
        return Inferred.broken(1, left + " with " + right);
      }
      if (!distinct(lhsBatch, lhsSum, left.rank())
          || !distinct(rhsBatch, rhsSum, right.rank())
          || lhsBatch.size() != rhsBatch.size()
          || lhsSum.size() != rhsSum.size()) {
        return Inferred.broken(
            2, "batch " + lhsBatch + rhsBatch + ", sum " + lhsSum + rhsSum + " of " + left + right);
      }
      var dims = new ArrayList<Dim>();
      for (int i = 0; i < lhsBatch.size(); i++) {
        if (!left.dim(lhsBatch.get(i)).equals(right.dim(rhsBatch.get(i)))) {
          return Inferred.broken(3, "batch axis " + i + " of " + left + " and " + right);
        }
        dims.add(left.dim(lhsBatch.get(i)));
      }
      for (int i = 0; i < lhsSum.size(); i++) {
        if (!left.dim(lhsSum.get(i)).equals(right.dim(rhsSum.get(i)))) {
          return Inferred.broken(3, "summed axis " + i + " of " + left + " and " + right);
        }
      }
      for (int axis : free(left.rank(), lhsBatch, lhsSum)) dims.add(left.dim(axis));
      for (int axis : free(right.rank(), rhsBatch, rhsSum)) dims.add(right.dim(axis));
      if (plus.isPresent()) {
        Type term = types.of(plus.get());
        int skipped = dims.size() - term.rank();
        if (term.elem() != left.elem()
            || skipped < 0
            || !dims.subList(skipped, dims.size()).equals(term.shape().dims())) {
          return Inferred.broken(4, "plus " + term + " onto " + new Shape(dims));
        }
      }
      return Inferred.of(left.with(new Shape(dims)));
    }

    /// Whether it is `lhs * rhs^T` for a matrix: the last axis of `lhs` with the second of `rhs`.
    public boolean isLinear(Types types) {
      return types.of(rhs).rank() == 2
          && lhsBatch.isEmpty()
          && lhsSum.equals(List.of(types.of(lhs).rank() - 1))
          && rhsSum.equals(List.of(1));
    }

    /// The axes that are neither batch nor summed, ascending.
    public static List<Integer> free(int rank, List<Integer> batch, List<Integer> sum) {
      var free = new ArrayList<Integer>();
      for (int axis = 0; axis < rank; axis++) {
        if (!batch.contains(axis) && !sum.contains(axis)) free.add(axis);
      }
      return free;
    }
  }

  /// The `k` largest numbers along the last axis, largest first, and where they stood: `[.., k]`
  /// and `int[.., k]`. Among equal numbers the first wins.
  ///
  /// - (C1) `x` holds numbers and has an axis
  /// - (C2) `k` is not negative, and where both numbers are known at most the size of that axis
  record Top(Value x, Dim k) implements Contraction {
    @Override
    public Inferred infer(Types types) {
      Type type = types.of(x);
      if (type.rank() == 0 || type.elem() == Elem.BOOL) return Inferred.broken(1, "top of " + type);
      OptionalLong width = type.dim(type.rank() - 1).size();
      if (k.size().isPresent()
          && (k.size().getAsLong() < 0
              || (width.isPresent() && k.size().getAsLong() > width.getAsLong()))) {
        return Inferred.broken(2, "the top " + k + " of " + type);
      }
      Type values = type.with(type.shape().with(type.rank() - 1, k));
      return Inferred.of(values, values.with(Elem.INT));
    }
  }

  private static boolean ascend(List<Integer> axes, int rank) {
    int last = -1;
    for (int axis : axes) {
      if (axis <= last || axis >= rank) return false;
      last = axis;
    }
    return true;
  }

  private static boolean distinct(List<Integer> batch, List<Integer> sum, int rank) {
    Set<Integer> seen = new HashSet<>(batch);
    seen.addAll(sum);
    return seen.size() == batch.size() + sum.size()
        && seen.stream().allMatch(axis -> axis >= 0 && axis < rank);
  }
}
