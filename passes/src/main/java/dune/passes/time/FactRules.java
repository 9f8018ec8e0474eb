package dune.passes.time;

import dune.ir.Contraction;
import dune.ir.Control;
import dune.ir.Elem;
import dune.ir.Elementwise;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Elementwise.UnaryKind;
import dune.ir.Function;
import dune.ir.Indexing;
import dune.ir.Layout;
import dune.ir.Op;
import dune.ir.Source;
import dune.ir.Stateful;
import dune.ir.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What follows for the result of an operation from what is known of its operands. Everything here
/// is about single elements at one query and one key; which operations may cross steps at all is
/// {@link TimeAnalysis}' business.
final class FactRules {
  private final Function function;
  private final Axes axes;
  private final Map<Value, Facts> facts = new HashMap<>();

  FactRules(Function function, Axes axes) {
    this.function = function;
    this.axes = axes;
  }

  Facts of(Value value) {
    return facts.getOrDefault(value, Facts.NONE);
  }

  void put(Value value, Facts known) {
    facts.put(value, known);
  }

  /// Without the cache on which the result stands.
  Facts infer(Op op) {
    return switch (op) {
      case Source source -> source(source);
      case Elementwise elementwise -> elementwise(elementwise);
      case Layout layout -> layout(layout);
      case Contraction.Reduce(var kind, Value x, List<Integer> folded) ->
          foldsTime(x, folded)
              ? Facts.NONE
              : Facts.ofMasked(of(x).masked().flatMap(masked -> masked.reduced(kind)));
      case Contraction.Dot dot ->
          foldsTime(dot.lhs(), dot.lhsSum()) || dot.plus().isPresent()
              ? Facts.NONE
              : Facts.ofMasked(product(dot));
      case Indexing.Gather(Value x, _, _, _) -> Facts.ofMasked(of(x).masked());
      case Contraction.Top _, Control _, Stateful _ -> Facts.NONE;
    };
  }

  private Facts source(Source source) {
    return switch (source) {
      case Source.Constant(double number, _) -> Facts.ofConstant(number);
      case Source.Fill(double number, _) -> Facts.ofConstant(number);
      case Source.Position(var axis) -> {
        if (axis.equals(Axes.STEPS)) yield Facts.ofPosition(Linear.QUERY);
        yield axes.isKeys(axis) ? Facts.ofPosition(Linear.KEY) : Facts.NONE;
      }
      case Source.Weight _,
          Source.Table _,
          Source.Prepared _,
          Source.Iota _,
          Source.Size _,
          Source.Random _ ->
          Facts.NONE;
    };
  }

  private Facts elementwise(Elementwise op) {
    return switch (op) {
      case Elementwise.Unary(var kind, Value x) -> unary(kind, of(x));
      case Elementwise.Binary(var kind, Value lhs, Value rhs) ->
          binary(kind, of(lhs), of(rhs), function.of(lhs).elem());
      case Elementwise.Select(Value condition, Value then, Value otherwise) -> {
        Predicate test = of(condition).truth();
        Facts yes = of(then);
        Facts no = of(otherwise);
        if (function.of(then).elem() == Elem.BOOL) {
          yield Facts.ofTruth(
              Predicate.or(
                  Predicate.and(test, yes.truth()),
                  Predicate.and(Predicate.not(test), no.truth())));
        }
        yield Facts.ofMasked(Masked.select(test, yes.masked(), no.masked()));
      }
      case Elementwise.Cast(Value x, Elem elem) -> cast(of(x), function.of(x).elem(), elem);
    };
  }

  private static Facts unary(UnaryKind kind, Facts x) {
    if (kind == UnaryKind.NOT) return Facts.ofTruth(Predicate.not(x.truth()));
    Facts result = Facts.ofMasked(x.masked().flatMap(masked -> Masked.unary(kind, masked)));
    return switch (kind) {
      case NEG -> result.withPosition(x.position().map(position -> position.times(-1)));
      case STOP_GRADIENT -> result.withPosition(x.position());
      case ABS, EXP, LOG, SQRT, RSQRT, SIN, COS, TANH, ERF, FLOOR, CEIL, NOT -> result;
    };
  }

  private static Facts binary(BinaryKind kind, Facts left, Facts right, Elem elem) {
    if (kind == BinaryKind.AND) return Facts.ofTruth(Predicate.and(left.truth(), right.truth()));
    if (kind == BinaryKind.OR) return Facts.ofTruth(Predicate.or(left.truth(), right.truth()));
    Optional<Linear> a = left.position();
    Optional<Linear> b = right.position();
    if (kind.isComparison()) {
      if (elem == Elem.BOOL || a.isEmpty() || b.isEmpty()) return Facts.NONE;
      return Facts.ofTruth(Predicate.compare(kind, a.get(), b.get()));
    }
    Facts result = Facts.ofMasked(Masked.binary(kind, left.masked(), right.masked()));
    if (a.isEmpty() || b.isEmpty()) return result;
    return result.withPosition(linear(kind, a.get(), b.get()));
  }

  private static Optional<Linear> linear(BinaryKind kind, Linear a, Linear b) {
    return switch (kind) {
      case ADD -> Optional.of(a.plus(b));
      case SUB -> Optional.of(a.minus(b));
      case MUL -> a.times(b);
      case DIV ->
          b.isConstant() && b.offset() != 0
              ? Optional.of(a.times(1 / b.offset()))
              : Optional.empty();
      case MOD, POW, MIN, MAX, EQ, NE, LT, LE, GT, GE, AND, OR -> Optional.empty();
    };
  }

  private static Facts cast(Facts x, Elem from, Elem to) {
    if (from == Elem.BOOL) return Facts.ofMasked(x.masked());
    if (to == Elem.BOOL || (from.isFloat() && to == Elem.INT)) return Facts.NONE;
    // Half precision cannot tell large positions apart.
    boolean exact = to == Elem.INT || to == Elem.F32 || to == Elem.F64;
    return Facts.ofMasked(x.masked()).withPosition(exact ? x.position() : Optional.empty());
  }

  private Facts layout(Layout op) {
    return switch (op) {
      case Layout.Reshape(Value x, _) -> of(x);
      case Layout.Permute(Value x, _) -> of(x);
      case Layout.Broadcast(Value x, _, _) -> of(x);
      case Layout.Slice(Value x, _, _, _, _) -> of(x);
      case Layout.Concat(List<Value> parts, _) -> concat(parts);
      case Layout.History _ -> Facts.NONE;
    };
  }

  /// Parts that are the same number behind their masks are it together.
  private Facts concat(List<Value> parts) {
    var known = new ArrayList<Masked>();
    for (Value part : parts) of(part).masked().ifPresent(known::add);
    if (known.size() < parts.size()
        || known.stream().map(Masked::otherwise).distinct().count() > 1) {
      return Facts.NONE;
    }
    Predicate allowed =
        known.stream().map(Masked::allowed).reduce(Predicate.Always.FALSE, Predicate::or);
    return Facts.ofMasked(Optional.of(new Masked(allowed, known.getFirst().otherwise())));
  }

  /// Whether queries or keys are gone from the result, and with them what masks said of them.
  private boolean foldsTime(Value x, List<Integer> folded) {
    return folded.stream().anyMatch(axis -> axes.isMeasured(function.of(x).dim(axis)));
  }

  /// What is known of the terms that a contraction sums.
  Optional<Masked> product(Contraction.Dot dot) {
    return Masked.binary(BinaryKind.MUL, zeros(dot.lhs()), zeros(dot.rhs()))
        .filter(masked -> masked.otherwise() == 0);
  }

  private Optional<Masked> zeros(Value operand) {
    return of(operand).masked().filter(masked -> masked.otherwise() == 0);
  }
}
