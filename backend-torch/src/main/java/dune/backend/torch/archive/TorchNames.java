package dune.backend.torch.archive;

import dune.ir.Elem;

/// What torch calls an element type.
public final class TorchNames {
  private TorchNames() {}

  /// The name inside `torch.`: `float32`.
  public static String dtype(Elem elem) {
    return switch (elem) {
      case BOOL -> "bool";
      case INT -> "int64";
      case F16 -> "float16";
      case BF16 -> "bfloat16";
      case F32 -> "float32";
      case F64 -> "float64";
    };
  }

  /// The number of `c10::ScalarType`, which is how TorchScript text writes an element type.
  public static int code(Elem elem) {
    return switch (elem) {
      case INT -> 4;
      case F16 -> 5;
      case F32 -> 6;
      case F64 -> 7;
      case BOOL -> 11;
      case BF16 -> 15;
    };
  }

  static String storage(Elem elem) {
    return switch (elem) {
      case BOOL -> "BoolStorage";
      case INT -> "LongStorage";
      case F16 -> "HalfStorage";
      case BF16 -> "BFloat16Storage";
      case F32 -> "FloatStorage";
      case F64 -> "DoubleStorage";
    };
  }
}
