package dune.ir;

/// Operations that compute each element of the result from the elements at the same place. Operands
/// have the same shape, or are rank 0 and meet every element.
public sealed interface Elementwise extends Op {

  /// Functions of one number.
  enum UnaryKind {
    NEG,
    ABS,
    EXP,
    LOG,
    SQRT,
    /// 1 / sqrt(x)
    RSQRT,
    SIN,
    COS,
    TANH,
    ERF,
    FLOOR,
    CEIL,
    /// Logical, on `bool`.
    NOT,
    /// The number itself, through which no gradient flows.
    STOP_GRADIENT
  }

  /// Functions of two numbers.
  enum BinaryKind {
    ADD,
    SUB,
    MUL,
    /// Real division, on floats.
    DIV,
    /// The remainder with the sign of the divisor.
    MOD,
    /// On floats.
    POW,
    MIN,
    MAX,
    EQ,
    NE,
    LT,
    LE,
    GT,
    GE,
    /// Logical, on `bool`.
    AND,
    /// Logical, on `bool`.
    OR;

    public boolean isComparison() {
      return compareTo(EQ) >= 0 && compareTo(GE) <= 0;
    }

    public boolean isLogical() {
      return this == AND || this == OR;
    }
  }

  /// `kind(x)`, of the type of `x`.
  ///
  /// - (C1) NOT takes `bool`, NEG and ABS numbers, all others floats
  record Unary(UnaryKind kind, Value x) implements Elementwise {
    @Override
    public Inferred infer(Types types) {
      Type type = types.of(x);
      boolean legal =
          switch (kind) {
            case NOT -> type.elem() == Elem.BOOL;
            case NEG, ABS -> type.elem() != Elem.BOOL;
            case EXP, LOG, SQRT, RSQRT, SIN, COS, TANH, ERF, FLOOR, CEIL, STOP_GRADIENT ->
                type.elem().isFloat();
          };
      return legal ? Inferred.of(type) : Inferred.broken(1, kind + " of " + type.elem());
    }
  }

  /// `kind(lhs, rhs)`: comparisons and logic give `bool`, the others the type of the operands.
  ///
  /// - (C1) both operands have the same element type
  /// - (C2) the element type suits the kind: logic takes `bool`, DIV and POW floats, EQ and NE
  ///   anything, the rest numbers
  /// - (C3) both operands have the same shape, or one is rank 0
  record Binary(BinaryKind kind, Value lhs, Value rhs) implements Elementwise {
    @Override
    public Inferred infer(Types types) {
      Type left = types.of(lhs);
      Type right = types.of(rhs);
      if (left.elem() != right.elem()) {
        return Inferred.broken(1, kind + " of " + left + " and " + right);
      }
      Elem elem = left.elem();
      boolean legal =
          switch (kind) {
            case AND, OR -> elem == Elem.BOOL;
            case DIV, POW -> elem.isFloat();
            case EQ, NE -> true;
            case ADD, SUB, MUL, MOD, MIN, MAX, LT, LE, GT, GE -> elem != Elem.BOOL;
          };
      if (!legal) return Inferred.broken(2, kind + " of " + elem);
      if (!fits(left, right)) return Inferred.broken(3, kind + " of " + left + " and " + right);
      Shape shape = left.rank() == 0 ? right.shape() : left.shape();
      return Inferred.of(new Type(kind.isComparison() ? Elem.BOOL : elem, shape));
    }
  }

  /// `condition ? then : otherwise`, element by element.
  ///
  /// - (C1) `condition` is `bool`
  /// - (C2) `then` and `otherwise` have the same element type
  /// - (C3) all shapes are the same, or rank 0
  record Select(Value condition, Value then, Value otherwise) implements Elementwise {
    @Override
    public Inferred infer(Types types) {
      Type test = types.of(condition);
      Type left = types.of(then);
      Type right = types.of(otherwise);
      if (test.elem() != Elem.BOOL) return Inferred.broken(1, "the condition is " + test);
      if (left.elem() != right.elem()) return Inferred.broken(2, left + " against " + right);
      if (!fits(left, right) || !fits(test, left) || !fits(test, right)) {
        return Inferred.broken(3, test + ", " + left + " and " + right);
      }
      Type largest = test.rank() > 0 ? test : left.rank() > 0 ? left : right;
      return Inferred.of(new Type(left.elem(), largest.shape()));
    }
  }

  /// `x` with another element type. Floats become `int` by cutting off; numbers become `bool` as `x
  /// != 0`.
  record Cast(Value x, Elem elem) implements Elementwise {
    @Override
    public Inferred infer(Types types) {
      return Inferred.of(types.of(x).with(elem));
    }
  }

  private static boolean fits(Type a, Type b) {
    return a.rank() == 0 || b.rank() == 0 || a.shape().equals(b.shape());
  }
}
