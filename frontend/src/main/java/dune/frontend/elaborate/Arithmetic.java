package dune.frontend.elaborate;

import static dune.frontend.diagnostic.ErrorCode.BAD_ARITHMETIC;
import static dune.frontend.diagnostic.ErrorCode.ELEMENT_MISMATCH;
import static dune.frontend.diagnostic.ErrorCode.WRONG_TYPE;

import dune.frontend.ast.BinaryOperator;
import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.resolve.Predefined;
import dune.frontend.source.Span;
import dune.ir.Elem;
import dune.ir.Elementwise;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Elementwise.UnaryKind;
import dune.ir.Source;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// Operators and elementwise functions on constants and on tensors.
final class Arithmetic {
  private static final int MOST_FACTORS = 16;

  private final Session session;
  private final Alignment alignment;

  Arithmetic(Session session, Alignment alignment) {
    this.session = session;
    this.alignment = alignment;
  }

  /// Where an operation stands and what is written around it.
  ///
  /// @param written the shape that the author gave the result, if any
  record Place(Span span, Frame frame, Optional<List<Axis>> written) {}

  Datum binary(BinaryOperator operator, Datum left, Datum right, Place place) {
    return switch (operator) {
      case ADD -> apply(BinaryKind.ADD, left, right, place);
      case SUBTRACT -> apply(BinaryKind.SUB, left, right, place);
      case MULTIPLY -> apply(BinaryKind.MUL, left, right, place);
      case DIVIDE -> apply(BinaryKind.DIV, left, right, place);
      case REMAINDER -> apply(BinaryKind.MOD, left, right, place);
      case POWER -> apply(BinaryKind.POW, left, right, place);
      case LESS -> apply(BinaryKind.LT, left, right, place);
      case LESS_OR_EQUAL -> apply(BinaryKind.LE, left, right, place);
      case GREATER -> apply(BinaryKind.GT, left, right, place);
      case GREATER_OR_EQUAL -> apply(BinaryKind.GE, left, right, place);
      case EQUAL -> equal(left, right, place);
      case NOT_EQUAL -> not(equal(left, right, place), place);
      case AND, OR -> logic(operator == BinaryOperator.AND, left, right, place);
      case COALESCE, IN -> throw new IllegalStateException(operator + " is no arithmetic");
    };
  }

  /// An operator or function of two numbers, tensors, or one of each.
  Datum apply(BinaryKind kind, Datum left, Datum right, Place place) {
    if (left instanceof Tensor || right instanceof Tensor) return tensors(kind, left, right, place);
    requireNumber(left, kind, place);
    requireNumber(right, kind, place);
    return constants(kind, left, right, place);
  }

  private void requireNumber(Datum datum, BinaryKind kind, Place place) {
    switch (datum) {
      case Datum.Whole _, Datum.Real _, Datum.Unknown _ -> {
        // A number.
      }
      default ->
          throw session.fail(
              Diagnostic.of(
                      WRONG_TYPE,
                      place.span(),
                      "a number is needed here, not " + Describe.kind(datum))
                  .label("in " + place.span().text().strip().lines().findFirst().orElse("")));
    }
  }

  private Datum constants(BinaryKind kind, Datum left, Datum right, Place place) {
    try {
      if (left instanceof Datum.Whole(var a, var af)
          && right instanceof Datum.Whole(var b, var bf)) {
        Optional<Datum> whole = whole(kind, a, af, b, bf, place);
        if (whole.isPresent()) return whole.get();
      }
    } catch (ArithmeticException e) {
      throw session.fail(BAD_ARITHMETIC, place.span(), "this has no value: " + e.getMessage());
    }
    OptionalDouble x = number(left, place.frame());
    OptionalDouble y = number(right, place.frame());
    if (x.isEmpty() || y.isEmpty()) {
      return new Datum.Unknown(kind.isComparison() ? "bool" : "float");
    }
    double a = x.getAsDouble();
    double b = y.getAsDouble();
    return switch (kind) {
      case ADD -> new Datum.Real(a + b);
      case SUB -> new Datum.Real(a - b);
      case MUL -> new Datum.Real(a * b);
      case DIV -> new Datum.Real(a / b);
      case MOD -> new Datum.Real(a - b * Math.floor(a / b));
      case POW -> new Datum.Real(Math.pow(a, b));
      case MIN -> new Datum.Real(Math.min(a, b));
      case MAX -> new Datum.Real(Math.max(a, b));
      case EQ -> new Datum.Truth(a == b);
      case NE -> new Datum.Truth(a != b);
      case LT -> new Datum.Truth(a < b);
      case LE -> new Datum.Truth(a <= b);
      case GT -> new Datum.Truth(a > b);
      case GE -> new Datum.Truth(a >= b);
      case AND, OR -> throw new IllegalStateException("logic on numbers");
    };
  }

  /// Exact arithmetic on whole numbers and dimensions; empty where the result is a real number or
  /// is not known.
  private Optional<Datum> whole(
      BinaryKind kind, Dim a, List<Dim> aFactors, Dim b, List<Dim> bFactors, Place place) {
    Dim left = session.actual(place.frame(), a);
    Dim right = session.actual(place.frame(), b);
    boolean known = left.size().isPresent() && right.size().isPresent();
    return switch (kind) {
      case ADD -> Optional.of(Datum.Whole.of(a.plus(b)));
      case SUB -> Optional.of(Datum.Whole.of(a.minus(b)));
      case MUL -> Optional.of(new Datum.Whole(a.times(b), product(a, aFactors, b, bFactors)));
      case DIV -> {
        if (right.is(0)) throw new ArithmeticException("a division by zero");
        // Two plain numbers that do not divide are real; dimensions stay exact and are checked when
        // sizes are known.
        boolean plain = a.isConstant() && b.isConstant();
        Dim quotient = a.dividedBy(b);
        yield plain && quotient.size().isEmpty()
            ? Optional.empty()
            : Optional.of(Datum.Whole.of(quotient));
      }
      case MOD -> {
        if (right.is(0)) throw new ArithmeticException("a remainder by zero");
        if (known) {
          yield Optional.of(
              Datum.Whole.of(Math.floorMod(left.size().getAsLong(), right.size().getAsLong())));
        }
        yield Optional.of(
            left.dividedBy(right).size().isPresent()
                ? Datum.Whole.of(0)
                : new Datum.Unknown("int"));
      }
      case POW -> {
        boolean small =
            right.size().isPresent()
                && right.size().getAsLong() >= 0
                && right.size().getAsLong() <= 16;
        yield small
            ? Optional.of(Datum.Whole.of(a.power((int) right.size().getAsLong())))
            : Optional.empty();
      }
      case MIN, MAX -> {
        if (a.equals(b)) yield Optional.of(Datum.Whole.of(a));
        if (!known) yield Optional.of(new Datum.Unknown("int"));
        boolean first =
            (left.size().getAsLong() < right.size().getAsLong()) == (kind == BinaryKind.MIN);
        yield Optional.of(Datum.Whole.of(first ? a : b));
      }
      case EQ, NE, LT, LE, GT, GE -> {
        Optional<Double> difference = left.minus(right).constant();
        if (difference.isEmpty()) yield Optional.of(new Datum.Unknown("bool"));
        double d = difference.get();
        yield Optional.of(
            new Datum.Truth(
                switch (kind) {
                  case EQ -> d == 0;
                  case NE -> d != 0;
                  case LT -> d < 0;
                  case LE -> d <= 0;
                  case GT -> d > 0;
                  default -> d >= 0;
                }));
      }
      case AND, OR -> Optional.empty();
    };
  }

  private static List<Dim> product(Dim a, List<Dim> aFactors, Dim b, List<Dim> bFactors) {
    var factors = new java.util.ArrayList<Dim>();
    factors.addAll(aFactors.isEmpty() ? List.of(a) : aFactors);
    factors.addAll(bFactors.isEmpty() ? List.of(b) : bFactors);
    // Nobody splits an axis into so many: what is written so serves another purpose.
    return factors.size() > MOST_FACTORS ? List.of() : factors;
  }

  private Datum tensors(BinaryKind kind, Datum left, Datum right, Place place) {
    Elem elem = common(left, right, kind, place);
    Tensor a = tensor(left, elem, place);
    Tensor b = tensor(right, elem, place);
    if (kind == BinaryKind.DIV && !elem.isFloat()) {
      throw session.fail(
          Diagnostic.of(
                  ELEMENT_MISMATCH,
                  place.span(),
                  "`/` divides real numbers, and both sides are `" + elem + "`")
              .help("write `x as f32 / y`, or `floor(x as f32 / y)` for a whole one"));
    }
    boolean wrong =
        switch (kind) {
          case POW -> !elem.isFloat();
          case EQ, NE -> false;
          case AND, OR -> elem != Elem.BOOL;
          default -> elem == Elem.BOOL;
        };
    if (wrong) {
      throw session.fail(
          Diagnostic.of(
              ELEMENT_MISMATCH, place.span(), "this operation is not defined for `" + elem + "`"));
    }
    var axes = alignment.meet(a, b, place.written(), place.span());
    Value x = alignment.expand(a, axes, place.frame(), place.span());
    Value y = alignment.expand(b, axes, place.frame(), place.span());
    Value result = session.emit(new Elementwise.Binary(kind, x, y), place.span());
    return new Tensor(axes, kind.isComparison() ? Elem.BOOL : elem, result, place.span());
  }

  /// The element type in which two operands meet: that of the tensors; a wider float wins;
  /// constants have none.
  private Elem common(Datum left, Datum right, BinaryKind kind, Place place) {
    if (left instanceof Tensor a && right instanceof Tensor b) {
      if (a.elem() == b.elem()) return a.elem();
      if (a.elem().isFloat() && b.elem().isFloat()) return wider(a.elem(), b.elem());
      throw session.fail(
          Diagnostic.of(
                  ELEMENT_MISMATCH,
                  place.span(),
                  "`" + a.elem() + "` and `" + b.elem() + "` do not mix")
              .label("the left side is `" + a.elem() + "`, the right side `" + b.elem() + "`")
              .help(
                  a.elem() == Elem.BOOL || b.elem() == Elem.BOOL
                      ? "`where(condition, x, 0)` keeps what the condition allows"
                      : "convert the `int` side first: `... as f32`"));
    }
    Tensor tensor = left instanceof Tensor a ? a : (Tensor) right;
    Datum other = left instanceof Tensor ? right : left;
    if (other instanceof Datum.Real(double value) && tensor.elem() == Elem.INT) {
      throw session.fail(
          Diagnostic.of(
                  ELEMENT_MISMATCH,
                  place.span(),
                  "the number " + value + " is real, the tensor is `int`")
              .also(tensor.born(), "this is `int`")
              .help("convert the tensor first: `x as f32`"));
    }
    return tensor.elem();
  }

  static Elem wider(Elem a, Elem b) {
    if (a == b) return a;
    if (a == Elem.F64 || b == Elem.F64) return Elem.F64;
    return Elem.F32;
  }

  /// The datum as a tensor of this element type: a constant becomes a scalar.
  Tensor tensor(Datum datum, Elem elem, Place place) {
    return switch (datum) {
      case Tensor tensor -> alignment.cast(tensor, elem, place.span());
      case Datum.Real(double value) ->
          scalar(session.constant(value, elem, place.span()), elem, place);
      case Datum.Truth(boolean value) when elem == Elem.BOOL ->
          scalar(session.constant(value ? 1 : 0, elem, place.span()), elem, place);
      case Datum.Whole(var dim, _) when elem != Elem.BOOL -> {
        OptionalDouble number = session.number(place.frame(), dim);
        Value value =
            number.isPresent()
                    && (elem.isFloat() || number.getAsDouble() == Math.rint(number.getAsDouble()))
                ? session.constant(number.getAsDouble(), elem, place.span())
                : session.emit(
                    new Source.Size(session.size(place.frame(), dim, place.span()), elem),
                    place.span());
        yield scalar(value, elem, place);
      }
      case Datum.Unknown _ -> scalar(session.constant(1, elem, place.span()), elem, place);
      default ->
          throw session.fail(
              Diagnostic.of(
                  WRONG_TYPE,
                  place.span(),
                  "a number or a tensor is needed here, not " + Describe.kind(datum)));
    };
  }

  private static Tensor scalar(Value value, Elem elem, Place place) {
    return new Tensor(List.of(), elem, value, place.span());
  }

  OptionalDouble number(Datum datum, Frame frame) {
    return switch (datum) {
      case Datum.Real(double value) -> OptionalDouble.of(value);
      case Datum.Whole(var dim, _) -> session.number(frame, dim);
      default -> OptionalDouble.empty();
    };
  }

  private Datum equal(Datum left, Datum right, Place place) {
    if (left instanceof Datum.None || right instanceof Datum.None) {
      if (left instanceof Datum.Unknown || right instanceof Datum.Unknown)
        return new Datum.Unknown("bool");
      return new Datum.Truth(left instanceof Datum.None && right instanceof Datum.None);
    }
    if (left instanceof Tensor || right instanceof Tensor) {
      return tensors(BinaryKind.EQ, left, right, place);
    }
    if (left instanceof Datum.Unknown || right instanceof Datum.Unknown)
      return new Datum.Unknown("bool");
    if (left instanceof Datum.Text(String a) && right instanceof Datum.Text(String b)) {
      return new Datum.Truth(a.equals(b));
    }
    if (left instanceof Datum.Truth(boolean a) && right instanceof Datum.Truth(boolean b)) {
      return new Datum.Truth(a == b);
    }
    if (isNumber(left) && isNumber(right)) return constants(BinaryKind.EQ, left, right, place);
    throw session.fail(
        Diagnostic.of(
            WRONG_TYPE,
            place.span(),
            Describe.kind(left) + " and " + Describe.kind(right) + " cannot be compared"));
  }

  static boolean isNumber(Datum datum) {
    return datum instanceof Datum.Whole || datum instanceof Datum.Real;
  }

  Datum not(Datum datum, Place place) {
    return switch (datum) {
      case Datum.Truth(boolean value) -> new Datum.Truth(!value);
      case Datum.Unknown unknown -> unknown;
      case Datum.Mask mask -> new Datum.Mask.Not(mask);
      case Tensor tensor when tensor.elem() == Elem.BOOL ->
          new Tensor(
              tensor.axes(),
              Elem.BOOL,
              session.emit(new Elementwise.Unary(UnaryKind.NOT, tensor.value()), place.span()),
              place.span());
      default ->
          throw session.fail(
              Diagnostic.of(
                  WRONG_TYPE,
                  place.span(),
                  "`not` needs true or false, not " + Describe.kind(datum)));
    };
  }

  private Datum logic(boolean and, Datum left, Datum right, Place place) {
    if (left instanceof Datum.Mask a && right instanceof Datum.Mask b) {
      return and ? new Datum.Mask.Both(a, b) : new Datum.Mask.Either(a, b);
    }
    if (left instanceof Datum.Truth(boolean a)) return a == and ? truth(right, place) : left;
    if (right instanceof Datum.Truth(boolean b)) return b == and ? truth(left, place) : right;
    if (left instanceof Datum.Unknown) return left;
    if (right instanceof Datum.Unknown) return right;
    if (left instanceof Tensor && right instanceof Tensor) {
      return tensors(and ? BinaryKind.AND : BinaryKind.OR, left, right, place);
    }
    truth(left, place);
    return truth(right, place);
  }

  private Datum truth(Datum datum, Place place) {
    return switch (datum) {
      case Datum.Truth _, Datum.Unknown _, Datum.Mask _ -> datum;
      case Tensor tensor when tensor.elem() == Elem.BOOL -> tensor;
      default ->
          throw session.fail(
              Diagnostic.of(
                  WRONG_TYPE,
                  place.span(),
                  "true or false is needed here, not " + Describe.kind(datum)));
    };
  }

  Datum negate(Datum datum, Place place) {
    return switch (datum) {
      case Datum.Whole(var dim, _) -> Datum.Whole.of(dim.negated());
      case Datum.Real(double value) -> new Datum.Real(-value);
      case Datum.Unknown unknown -> unknown;
      case Tensor tensor when tensor.elem() != Elem.BOOL -> unary(UnaryKind.NEG, tensor, place);
      default ->
          throw session.fail(
              Diagnostic.of(
                  WRONG_TYPE,
                  place.span(),
                  "a number is needed after `-`, not " + Describe.kind(datum)));
    };
  }

  /// An elementwise function by its name in the language.
  Datum function(String name, Datum datum, Place place) {
    if (datum instanceof Datum.Unknown) return datum;
    if (datum instanceof Tensor tensor) {
      UnaryKind kind = kind(name);
      if (kind == UnaryKind.ABS ? tensor.elem() == Elem.BOOL : !tensor.elem().isFloat()) {
        throw session.fail(
            Diagnostic.of(
                    ELEMENT_MISMATCH,
                    place.span(),
                    "`" + name + "` takes real numbers, not `" + tensor.elem() + "`")
                .help("convert first: `" + name + "(x as f32)`"));
      }
      if (name.equals("log2")) {
        Datum log = unary(UnaryKind.LOG, tensor, place);
        return apply(BinaryKind.MUL, log, new Datum.Real(1 / Math.log(2)), place);
      }
      return unary(kind, tensor, place);
    }
    OptionalDouble number = number(datum, place.frame());
    if (!isNumber(datum)) {
      throw session.fail(
          Diagnostic.of(
              WRONG_TYPE,
              place.span(),
              "`" + name + "` takes a number or a tensor, not " + Describe.kind(datum)));
    }
    if (number.isEmpty())
      return new Datum.Unknown(name.equals("floor") || name.equals("ceil") ? "int" : "float");
    double x = number.getAsDouble();
    return switch (name) {
      case "floor" -> whole(Math.floor(x), place);
      case "ceil" -> whole(Math.ceil(x), place);
      case "exp" -> new Datum.Real(Math.exp(x));
      case "log" -> new Datum.Real(Math.log(x));
      case "log2" -> new Datum.Real(exactLog2(x));
      case "sqrt" -> new Datum.Real(Math.sqrt(x));
      case "rsqrt" -> new Datum.Real(1 / Math.sqrt(x));
      case "sin" -> new Datum.Real(Math.sin(x));
      case "cos" -> new Datum.Real(Math.cos(x));
      case "tanh" -> new Datum.Real(Math.tanh(x));
      case "abs" ->
          datum instanceof Datum.Whole ? whole(Math.abs(x), place) : new Datum.Real(Math.abs(x));
      case "stop_gradient" -> datum;
      default ->
          throw session.fail(
              WRONG_TYPE,
              place.span(),
              "`" + name + "` takes a tensor, not " + Describe.kind(datum));
    };
  }

  private static double exactLog2(double x) {
    long rounded = Math.round(Math.log(x) / Math.log(2));
    return Math.pow(2, rounded) == x ? rounded : Math.log(x) / Math.log(2);
  }

  private Datum whole(double value, Place place) {
    if (Double.isNaN(value) || Math.abs(value) > 1e15) {
      throw session.fail(BAD_ARITHMETIC, place.span(), "this has no whole value: " + value);
    }
    return Datum.Whole.of((long) value);
  }

  private Tensor unary(UnaryKind kind, Tensor tensor, Place place) {
    Value value = session.emit(new Elementwise.Unary(kind, tensor.value()), place.span());
    return new Tensor(tensor.axes(), tensor.elem(), value, tensor.born());
  }

  static boolean isFunction(String name) {
    return Predefined.ELEMENTWISE.contains(name);
  }

  private static UnaryKind kind(String name) {
    return switch (name) {
      case "exp" -> UnaryKind.EXP;
      case "log", "log2" -> UnaryKind.LOG;
      case "sqrt" -> UnaryKind.SQRT;
      case "rsqrt" -> UnaryKind.RSQRT;
      case "abs" -> UnaryKind.ABS;
      case "sin" -> UnaryKind.SIN;
      case "cos" -> UnaryKind.COS;
      case "tanh" -> UnaryKind.TANH;
      case "erf" -> UnaryKind.ERF;
      case "floor" -> UnaryKind.FLOOR;
      case "ceil" -> UnaryKind.CEIL;
      case "stop_gradient" -> UnaryKind.STOP_GRADIENT;
      default -> throw new IllegalStateException(name + " is no elementwise function");
    };
  }
}
