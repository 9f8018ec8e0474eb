package dune.backend.torch.emit;

import dune.backend.torch.archive.TorchNames;
import dune.ir.Elem;
import dune.ir.Elementwise;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Elementwise.UnaryKind;
import dune.ir.Value;
import java.util.Arrays;
import java.util.HashSet;

/// Text of the elementwise operations. Numbers go into the scalar overload of an operator where it
/// has one, so that they are neither allocated nor rounded.
final class ElementwiseText {
  private final MethodText method;

  ElementwiseText(MethodText method) {
    this.method = method;
  }

  void emit(Value result, Elementwise op) {
    switch (op) {
      case Elementwise.Unary(UnaryKind kind, Value x) -> {
        Operand.Tensor tensor = method.tensor(x);
        method.assign(result, "torch.%s(%s)".formatted(name(kind), tensor.text()), tensor);
      }
      case Elementwise.Binary(BinaryKind kind, Value lhs, Value rhs) ->
          binary(result, kind, lhs, rhs);
      case Elementwise.Select(Value condition, Value then, Value otherwise) ->
          select(result, condition, then, otherwise);
      case Elementwise.Cast(Value x, Elem elem) -> cast(result, x, elem);
    }
  }

  private static String name(UnaryKind kind) {
    return switch (kind) {
      case NEG -> "neg";
      case ABS -> "abs";
      case EXP -> "exp";
      case LOG -> "log";
      case SQRT -> "sqrt";
      case RSQRT -> "rsqrt";
      case SIN -> "sin";
      case COS -> "cos";
      case TANH -> "tanh";
      case ERF -> "erf";
      case FLOOR -> "floor";
      case CEIL -> "ceil";
      case NOT -> "logical_not";
      case STOP_GRADIENT -> "detach";
    };
  }

  private void cast(Value result, Value x, Elem elem) {
    switch (method.get(x)) {
      case Operand.Scalar scalar -> method.set(result, scalar.as(elem));
      case Operand.Tensor tensor when method.type(x).elem() == elem -> method.set(result, tensor);
      case Operand.Tensor tensor ->
          method.assign(
              result, "torch.to(%s, %d)".formatted(tensor.text(), TorchNames.code(elem)), tensor);
    }
  }

  private void binary(Value result, BinaryKind kind, Value lhs, Value rhs) {
    Operand left = method.get(lhs);
    Operand right = method.get(rhs);
    if (left instanceof Operand.Tensor tensor && right instanceof Operand.Scalar scalar) {
      method.assign(result, withRight(kind, tensor.text(), scalar, rhs), tensor);
    } else if (left instanceof Operand.Scalar scalar && right instanceof Operand.Tensor tensor) {
      method.assign(result, withLeft(kind, scalar, lhs, tensor.text()), tensor);
    } else {
      Operand.Tensor first = method.tensor(lhs);
      Operand.Tensor second = method.tensor(rhs);
      method.assign(result, call(kind, first.text(), second.text()), meet(result, first, second));
    }
  }

  private static String call(BinaryKind kind, String lhs, String rhs) {
    String name =
        switch (kind) {
          case ADD -> "add";
          case SUB -> "sub";
          case MUL -> "mul";
          case DIV -> "div";
          case MOD -> "remainder";
          case POW -> "pow";
          case MIN -> "minimum";
          case MAX -> "maximum";
          case EQ -> "eq";
          case NE -> "ne";
          case LT -> "lt";
          case LE -> "le";
          case GT -> "gt";
          case GE -> "ge";
          case AND -> "logical_and";
          case OR -> "logical_or";
        };
    return "torch.%s(%s, %s)".formatted(name, lhs, rhs);
  }

  private String withRight(BinaryKind kind, String tensor, Operand.Scalar number, Value rhs) {
    return switch (kind) {
      case ADD, SUB, MUL, DIV, MOD, POW, EQ, NE, LT, LE, GT, GE ->
          call(kind, tensor, number.text());
      case MIN -> "torch.clamp(%s, None, %s)".formatted(tensor, number.text());
      case MAX -> "torch.clamp(%s, %s)".formatted(tensor, number.text());
      case AND, OR -> call(kind, tensor, method.tensor(rhs).text());
    };
  }

  private String withLeft(BinaryKind kind, Operand.Scalar number, Value lhs, String tensor) {
    return switch (kind) {
      case ADD, MUL, EQ, NE, MIN, MAX, AND, OR -> withRight(kind, tensor, number, lhs);
      case SUB -> "torch.rsub(%s, %s)".formatted(tensor, number.text());
      case LT -> withRight(BinaryKind.GT, tensor, number, lhs);
      case LE -> withRight(BinaryKind.GE, tensor, number, lhs);
      case GT -> withRight(BinaryKind.LT, tensor, number, lhs);
      case GE -> withRight(BinaryKind.LE, tensor, number, lhs);
      case POW -> call(kind, number.text(), tensor);
      case DIV -> divided(number, lhs, tensor);
      case MOD -> call(kind, method.tensor(lhs).text(), tensor);
    };
  }

  /// Rounds once: a product with the reciprocal would round twice, so two bytes go through four.
  private String divided(Operand.Scalar number, Value lhs, String tensor) {
    if (number instanceof Operand.Literal(double value, _) && value == 1) {
      return "torch.reciprocal(%s)".formatted(tensor);
    }
    Elem elem = method.type(lhs).elem();
    if (elem.bytes() > 2) return "torch.div(%s, %s)".formatted(method.tensor(lhs).text(), tensor);
    int wide = TorchNames.code(Elem.F32);
    return "torch.to(torch.div(torch.full(annotate(List[int], []), %s, %s), torch.to(%s, %d)), %d)"
        .formatted(number.text(), method.options(Elem.F32), tensor, wide, TorchNames.code(elem));
  }

  private void select(Value result, Value condition, Value then, Value otherwise) {
    Operand.Tensor test = method.tensor(condition);
    Operand first = method.get(then);
    Operand second = method.get(otherwise);
    // Two numbers would give torch's default type, and a truth value would count as a whole number.
    boolean truth = method.type(then).elem() == Elem.BOOL;
    if (truth || (first instanceof Operand.Scalar && second instanceof Operand.Scalar)) {
      first = method.tensor(then);
    }
    if (truth) second = method.tensor(otherwise);
    method.assign(
        result,
        "torch.where(%s, %s, %s)".formatted(test.text(), text(first), text(second)),
        meet(result, test, shape(first), shape(second)));
  }

  private static String text(Operand operand) {
    return switch (operand) {
      case Operand.Scalar scalar -> scalar.text();
      case Operand.Tensor tensor -> tensor.text();
    };
  }

  private static Operand.Tensor shape(Operand operand) {
    return switch (operand) {
      case Operand.Scalar _ -> Operand.Tensor.whole("", 0);
      case Operand.Tensor tensor -> tensor;
    };
  }

  /// How much of `result` a tensor has that comes from these.
  private Operand.Tensor meet(Value result, Operand.Tensor... tensors) {
    int valueRank = method.rank(result);
    int rank = Arrays.stream(tensors).mapToInt(Operand.Tensor::rank).max().orElse(0);
    var ones = new HashSet<Integer>();
    for (int axis = valueRank - rank; axis < valueRank; axis++) {
      int at = axis;
      if (Arrays.stream(tensors).allMatch(each -> each.isConstantAlong(at, valueRank)))
        ones.add(axis);
    }
    return new Operand.Tensor("", rank, ones);
  }
}
