package dune.ir;

import dune.ir.dim.Dim;
import java.util.List;

/// Operations without operands.
public sealed interface Source extends Op {

  /// The weight at a member path (`layers.3.mlp.up_proj.weight`), which the program declares with
  /// this type.
  record Weight(String path, Type type) implements Source {
    @Override
    public Inferred infer(Types types) {
      return Inferred.of(type);
    }
  }

  /// One number of rank 0. It is not rounded to `elem` before it is used, so `x * 0.1` in bf16
  /// multiplies by 0.1.
  ///
  /// - (C1) the value of an `int` is whole; the value of a `bool` is 0 or 1
  record Constant(double value, Elem elem) implements Source {
    @Override
    public Inferred infer(Types types) {
      if (!fits(value, elem)) return Inferred.broken(1, value + " is no " + elem);
      return Inferred.of(Type.scalar(elem));
    }
  }

  /// A vector of numbers known at compile time: `[n]`.
  ///
  /// - (C1) it has at least one number
  /// - (C2) numbers are whole in an `int`, 0 or 1 in a `bool`
  record Table(List<Double> values, Elem elem) implements Source {
    public Table {
      values = List.copyOf(values);
    }

    @Override
    public Inferred infer(Types types) {
      if (values.isEmpty()) return Inferred.broken(1, "a table needs a number");
      for (double value : values) {
        if (!fits(value, elem)) return Inferred.broken(2, value + " is no " + elem);
      }
      return Inferred.of(Type.of(elem, Dim.of(values.size())));
    }
  }

  /// A result of {@link Program#TABLES} by its name: a tensor that is computed once, and not again
  /// by every call.
  ///
  /// - (C1) its sizes are numbers
  record Prepared(String name, Type type) implements Source {
    @Override
    public Inferred infer(Types types) {
      if (type.shape().dims().stream().anyMatch(dim -> dim.size().isEmpty())) {
        return Inferred.broken(1, "a table of " + type);
      }
      return Inferred.of(type);
    }
  }

  /// One number everywhere: a tensor of the given type.
  ///
  /// - (C1) the value of an `int` is whole; the value of a `bool` is 0 or 1
  record Fill(double value, Type type) implements Source {
    @Override
    public Inferred infer(Types types) {
      if (!fits(value, type.elem())) return Inferred.broken(1, value + " is no " + type.elem());
      return Inferred.of(type);
    }
  }

  /// `0, 1, .. size - 1` as `int[size]`: the index along an axis that is not time.
  record Iota(Dim size) implements Source {
    @Override
    public Inferred infer(Types types) {
      return Inferred.of(Type.of(Elem.INT, size));
    }
  }

  /// The position of each step along a time axis, as `int[axis]`. Along `T` these are the steps of
  /// this call, along `S` all steps so far. Programs that keep state replace it (decoding starts at
  /// the length of the cache).
  ///
  /// - (C1) `axis` is a name
  record Position(Dim axis) implements Source {
    @Override
    public Inferred infer(Types types) {
      if (axis.name().isEmpty()) return Inferred.broken(1, "`" + axis + "` is no time axis");
      return Inferred.of(Type.of(Elem.INT, axis));
    }
  }

  /// The size of a dimension as a number of rank 0.
  ///
  /// - (C1) `elem` is no `bool`
  record Size(Dim dim, Elem elem) implements Source {
    @Override
    public Inferred infer(Types types) {
      if (elem == Elem.BOOL) return Inferred.broken(1, "a size as bool");
      return Inferred.of(Type.scalar(elem));
    }
  }

  /// Uniform random numbers in [0, 1). Each `stream` is one sequence per call site and block
  /// instance, so that resuming and recomputing repeat it.
  ///
  /// - (C1) the element type is a float
  record Random(String stream, Type type) implements Source {
    @Override
    public Inferred infer(Types types) {
      if (!type.elem().isFloat()) return Inferred.broken(1, "random " + type.elem());
      return Inferred.of(type);
    }
  }

  /// Whether a tensor of the element type can hold the number.
  private static boolean fits(double value, Elem elem) {
    return switch (elem) {
      case BOOL -> value == 0 || value == 1;
      case INT -> value == Math.rint(value) && !Double.isInfinite(value);
      case F16, BF16, F32, F64 -> true;
    };
  }
}
