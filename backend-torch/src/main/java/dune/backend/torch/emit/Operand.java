package dune.backend.torch.emit;

import dune.ir.Elem;
import java.util.Set;

/// A value as the text of a method can use it.
sealed interface Operand {
  /// A Python number, which meets every element of a tensor and is not rounded to its type. It also
  /// stands for a tensor that holds this number everywhere.
  sealed interface Scalar extends Operand {
    String text();

    Scalar as(Elem elem);
  }

  /// A number that is known.
  record Literal(double value, Elem elem) implements Scalar {
    @Override
    public String text() {
      return switch (elem) {
        case BOOL -> value != 0 ? "True" : "False";
        case INT -> Long.toString((long) value);
        case F16, BF16, F32, F64 -> {
          if (Double.isNaN(value)) yield "nan";
          if (Double.isInfinite(value)) yield value > 0 ? "inf" : "-inf";
          yield Double.toString(value).replace('E', 'e');
        }
      };
    }

    @Override
    public Scalar as(Elem to) {
      return switch (to) {
        case BOOL -> new Literal(value != 0 ? 1 : 0, to);
        case INT -> new Literal((double) (long) value, to);
        case F16, BF16, F32, F64 -> new Literal(value, to);
      };
    }
  }

  /// A whole number that the method computes: a size, the step of a scan.
  record Count(String count, Elem elem) implements Scalar {
    @Override
    public String text() {
      return switch (elem) {
        case BOOL -> "(" + count + " != 0)";
        case INT -> count;
        case F16, BF16, F32, F64 -> "float(" + count + ")";
      };
    }

    @Override
    public Scalar as(Elem to) {
      return new Count(count, to);
    }
  }

  /// A tensor that may be smaller than the value it stands for: what a broadcast would repeat is
  /// not repeated, since torch does so itself wherever elements meet.
  ///
  /// @param rank how many trailing axes of the value the tensor has
  /// @param ones axes, counted in the value, that the tensor has with size 1 whatever the value's
  ///   size is
  record Tensor(String text, int rank, Set<Integer> ones) implements Operand {
    public Tensor {
      ones = Set.copyOf(ones);
    }

    /// The tensor of a value that has all its axes.
    static Tensor whole(String text, int rank) {
      return new Tensor(text, rank, Set.of());
    }

    boolean isWhole(int valueRank) {
      return rank == valueRank && ones.isEmpty();
    }

    /// Whether the tensor does not vary along this axis of a value of rank `valueRank`.
    boolean isConstantAlong(int axis, int valueRank) {
      return axis < valueRank - rank || ones.contains(axis);
    }
  }
}
