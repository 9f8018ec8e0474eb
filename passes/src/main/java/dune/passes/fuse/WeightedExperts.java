package dune.passes.fuse;

import dune.ir.Contraction.Dot;
import dune.ir.Contraction.Reduce;
import dune.ir.Contraction.ReduceKind;
import dune.ir.Control;
import dune.ir.Control.Dispatch;
import dune.ir.Elementwise.Binary;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Function;
import dune.ir.FunctionBuilder;
import dune.ir.Layout.Broadcast;
import dune.ir.Node;
import dune.ir.Op;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.dim.Dim;
import dune.passes.pass.Observer;
import dune.passes.pass.Remark;
import dune.passes.rewrite.FunctionCopy;
import dune.passes.rewrite.Substitution;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Lets experts add up what they give, so that nothing holds what each of them gave:
///
///     %y: f32[B, T, 2, 8] = dispatch %x, %e captures=[..] {..}
///     %z: f32[B, T, 8] = dot %p, %y lhs_batch=[0, 1] rhs_batch=[0, 1] lhs_sum=[2] rhs_sum=[2]
///
/// becomes `%z = dispatch %x, %e captures=[..] shares=%p {..}`. The factors may change places, and
/// the sum may be one of products. Holds where nothing else uses what the experts gave.
final class WeightedExperts {
  private final Function function;
  private final Graph graph;
  private final Observer observer;

  /// By what they compute.
  private final Map<Value, Sum> sums = new HashMap<>();

  /// What is left out, since nobody needs it any more.
  private final Set<Value> inside = new HashSet<>();

  private WeightedExperts(Function function, Observer observer) {
    this.function = function;
    this.graph = new Graph(function);
    this.observer = observer;
  }

  /// A sum of what experts gave.
  ///
  /// @param given by a dispatch
  /// @param product of it and of what is repeated of the shares, where they are multiplied first
  private record Sum(Value given, Value shares, Optional<Binary> product) {}

  static Function apply(Function function, Observer observer) {
    // Most models have none, and looking for sums is work.
    return hasExperts(function.nodes()) ? new WeightedExperts(function, observer).run() : function;
  }

  private static boolean hasExperts(List<Node> nodes) {
    return nodes.stream()
        .anyMatch(
            node ->
                node.op() instanceof Dispatch
                    || node.op() instanceof Control.Scan scan && hasExperts(scan.body().nodes()));
  }

  private Function run() {
    for (Node node : graph.nodes()) {
      sum(node.op()).ifPresent(found -> claim(node, found));
    }
    if (sums.isEmpty()) return function;
    return FunctionCopy.copy(function, Substitution.NONE, new Rewrite());
  }

  private Optional<Sum> sum(Op op) {
    return switch (op) {
      case Dot dot when dot.plus().isEmpty() -> sumOf(dot);
      case Reduce(ReduceKind kind, Value x, List<Integer> axes) when kind == ReduceKind.SUM ->
          graph
              .binary(BinaryKind.MUL, x)
              .flatMap(
                  product ->
                      sumOf(product, product.lhs(), product.rhs(), axes)
                          .or(() -> sumOf(product, product.rhs(), product.lhs(), axes)));
      default -> Optional.empty();
    };
  }

  private Optional<Sum> sumOf(Dot dot) {
    Optional<Sum> found = sum(dot.rhs(), dot.lhs(), Optional.empty());
    if (found.isEmpty()) found = sum(dot.lhs(), dot.rhs(), Optional.empty());
    return found.filter(
        sum -> {
          int lead = function.of(sum.shares()).rank() - 1;
          List<Integer> batch = upTo(lead);
          return dot.lhsBatch().equals(batch)
              && dot.rhsBatch().equals(batch)
              && dot.lhsSum().equals(List.of(lead))
              && dot.rhsSum().equals(List.of(lead));
        });
  }

  /// @param factor the shares, repeated for all that an expert gives
  private Optional<Sum> sumOf(Binary product, Value given, Value factor, List<Integer> axes) {
    int lead = function.of(given).rank() - 2;
    if (!axes.equals(List.of(lead))) return Optional.empty();
    return graph
        .find(Broadcast.class, factor)
        .filter(repeated -> repeated.axes().equals(upTo(lead + 1)))
        .flatMap(repeated -> sum(given, repeated.x(), Optional.of(product)));
  }

  private Optional<Sum> sum(Value given, Value shares, Optional<Binary> product) {
    Type weights = function.of(shares);
    return graph
        .find(Dispatch.class, given)
        .filter(dispatch -> dispatch.shares().isEmpty())
        .filter(dispatch -> function.of(dispatch.choice()).shape().equals(weights.shape()))
        .map(_ -> new Sum(given, shares, product));
  }

  private static List<Integer> upTo(int count) {
    return IntStream.range(0, count).boxed().toList();
  }

  private void claim(Node root, Sum sum) {
    SequencedMap<Value, Node> between = new LinkedHashMap<>();
    Value last = sum.given();
    between.put(last, graph.definition(last).orElseThrow());
    if (sum.product().isPresent()) {
      last = ((Reduce) root.op()).x();
      between.put(last, graph.definition(last).orElseThrow());
    }
    for (Value each : between.keySet()) {
      if (graph.users(each).size() == 1 && !graph.isOutput(each)) continue;
      remark(root, "experts do not add up: what they give is also used elsewhere");
      return;
    }
    sums.put(root.result(), sum);
    inside.addAll(between.keySet());
    inside.remove(sum.given());
    sum.product().stream()
        .flatMap(product -> Stream.of(product.lhs(), product.rhs()))
        .filter(factor -> graph.find(Broadcast.class, factor).isPresent())
        .filter(factor -> graph.users(factor).size() == 1 && !graph.isOutput(factor))
        .forEach(inside::add);
    observer.fired(Fuse.WEIGHTED, root.origin());
    Dim saved = Savings.of(between, List.of(), function);
    remark(root, "experts add up what they give" + Savings.text(saved));
  }

  private void remark(Node root, String text) {
    observer.remarked(new Remark(Fuse.PASS, root.origin(), text));
  }

  /// Puts the experts where their sum was.
  private final class Rewrite implements FunctionCopy.Emitter {
    /// The copies of experts that add up, by what they gave.
    private final Map<Value, Dispatch> experts = new HashMap<>();

    private final Set<Value> summed = new HashSet<>();

    Rewrite() {
      sums.values().forEach(sum -> summed.add(sum.given()));
    }

    @Override
    public boolean skips(Node before) {
      return before.results().size() == 1 && inside.contains(before.result());
    }

    @Override
    public List<Value> emit(Op op, Node before, FunctionBuilder into) {
      if (before.results().size() != 1 || !summed.contains(before.result())) {
        return into.emitAll(op, before.origin());
      }
      var dispatch = (Dispatch) op;
      experts.put(before.result(), dispatch);
      // Nobody asks for what they give before it is added up.
      return List.of(dispatch.x());
    }

    @Override
    public Optional<List<Value>> replace(
        Node before, FunctionCopy.Copies copies, FunctionBuilder into) {
      if (before.results().size() != 1) return Optional.empty();
      return Optional.ofNullable(sums.get(before.result()))
          .map(
              sum -> {
                Op weighed = experts.get(sum.given()).weighedBy(copies.of(sum.shares()));
                return into.emitAll(weighed, before.origin());
              });
    }
  }
}
