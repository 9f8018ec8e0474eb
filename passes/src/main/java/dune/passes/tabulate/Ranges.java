package dune.passes.tabulate;

import dune.ir.Contraction;
import dune.ir.Control;
import dune.ir.Elem;
import dune.ir.Elementwise;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Function;
import dune.ir.Indexing;
import dune.ir.Layout;
import dune.ir.Node;
import dune.ir.Op;
import dune.ir.Source;
import dune.ir.Stateful;
import dune.ir.Value;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Between which numbers the whole numbers of a function that continues lie, as far as their
/// operations tell: a row has `start` steps, and with `count` more at most as many as there is room
/// for.
final class Ranges {
  /// @param low the least
  /// @param high the most
  record Range(double low, double high) {
    private static Range of(double number) {
      return new Range(number, number);
    }

    private Range or(Range other) {
      return new Range(Math.min(low, other.low), Math.max(high, other.high));
    }
  }

  static final String START = "start";
  static final String COUNT = "count";

  private static final Range ANY = new Range(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);

  private final Function function;
  private final Range steps;
  private final Optional<Value> start;
  private final Optional<Value> count;
  private final Map<Value, Range> ranges = new HashMap<>();

  /// @param capacity the most steps that a row can have
  Ranges(Function function, long capacity) {
    this.function = function;
    steps = new Range(0, capacity);
    start = input(function, START);
    count = input(function, COUNT);
    start.ifPresent(value -> ranges.put(value, steps));
    count.ifPresent(value -> ranges.put(value, steps));
    for (Node node : function.nodes()) {
      if (node.results().size() != 1 || function.of(node.result()).elem() != Elem.INT) continue;
      ranges.put(node.result(), infer(node.op()));
    }
  }

  private static Optional<Value> input(Function function, String name) {
    return function.inputs().stream()
        .filter(input -> input.name().equals(name) && input.type().elem() == Elem.INT)
        .map(Function.Input::value)
        .findFirst();
  }

  Range of(Value value) {
    return ranges.getOrDefault(value, ANY);
  }

  private Range infer(Op op) {
    return switch (op) {
      case Source.Constant(double number, _) -> Range.of(number);
      case Source.Fill(double number, _) -> Range.of(number);
      case Source.Table(List<Double> numbers, _) ->
          numbers.stream().map(Range::of).reduce(Range::or).orElse(ANY);
      case Source.Iota(var size) ->
          new Range(
              0, size.size().isPresent() ? size.size().getAsLong() - 1 : Double.POSITIVE_INFINITY);
      case Elementwise.Binary(var kind, Value lhs, Value rhs) -> binary(kind, lhs, rhs);
      case Elementwise.Select(_, Value then, Value otherwise) -> of(then).or(of(otherwise));
      case Layout.Broadcast(Value x, _, _) -> of(x);
      case Layout.Reshape(Value x, _) -> of(x);
      case Layout.Permute(Value x, _) -> of(x);
      case Layout.Slice(Value x, _, _, _, _) -> of(x);
      case Layout.Concat(List<Value> parts, _) ->
          parts.stream().map(this::of).reduce(Range::or).orElse(ANY);
      case Indexing.Gather(Value x, _, _, _) -> of(x);
      case Source _, Elementwise _, Layout _, Contraction _, Control _, Stateful _ -> ANY;
    };
  }

  private Range binary(BinaryKind kind, Value lhs, Value rhs) {
    Range a = of(lhs);
    Range b = of(rhs);
    return switch (kind) {
      case ADD -> isTotal(lhs, rhs) ? steps : new Range(a.low + b.low, a.high + b.high);
      case SUB -> new Range(a.low - b.high, a.high - b.low);
      case MIN -> new Range(Math.min(a.low, b.low), Math.min(a.high, b.high));
      case MAX -> new Range(Math.max(a.low, b.low), Math.max(a.high, b.high));
      case MOD -> b.low > 0 ? new Range(0, b.high - 1) : ANY;
      case MUL, DIV, POW, EQ, NE, LT, LE, GT, GE, AND, OR -> ANY;
    };
  }

  /// Whether the sum is all steps that a row will have after the call.
  private boolean isTotal(Value lhs, Value rhs) {
    Optional<Value> left = Optional.of(lhs);
    Optional<Value> right = Optional.of(rhs);
    return left.equals(start) && right.equals(count) || left.equals(count) && right.equals(start);
  }
}
