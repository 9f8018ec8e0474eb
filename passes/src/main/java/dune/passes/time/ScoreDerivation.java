package dune.passes.time;

import dune.ir.Contraction;
import dune.ir.Control;
import dune.ir.Elementwise;
import dune.ir.Function;
import dune.ir.FunctionBuilder;
import dune.ir.Indexing;
import dune.ir.Layout;
import dune.ir.Node;
import dune.ir.Op;
import dune.ir.Source;
import dune.ir.Stateful;
import dune.ir.Value;
import dune.ir.dim.Dim;
import dune.passes.rewrite.FunctionCopy;
import dune.passes.rewrite.Substitution;
import java.util.HashMap;
import java.util.List;

/// Builds `score`: whole sequences at once, so the steps so far are the steps of this call.
final class ScoreDerivation {
  private ScoreDerivation() {}

  static Function derive(Function forward) {
    return derive("score", withoutPenalties(forward));
  }

  /// With the penalties of `forward`.
  static Function derive(String name, Function forward) {
    var sizes = new HashMap<String, Dim>();
    for (String key : Axes.of(forward).keys()) sizes.put(key, Axes.STEPS);
    return FunctionCopy.copy(
        forward, name, List.of(), new Substitution(sizes), ScoreDerivation::emit);
  }

  /// The same function as it is outside training.
  static Function withoutPenalties(Function function) {
    return new Function(
        function.name(),
        function.inputs(),
        function.dims(),
        function.nodes(),
        function.outputs(),
        List.of(),
        function.types());
  }

  private static List<Value> emit(Op op, Node before, FunctionBuilder into) {
    return switch (op) {
      case Layout.History(Value x, _, _) -> List.of(x);
      case Source.Position(Dim axis) -> List.of(into.emit(new Source.Iota(axis), before.origin()));
      case Source _, Layout _, Elementwise _, Contraction _, Indexing _, Control _, Stateful _ ->
          into.emitAll(op, before.origin());
    };
  }
}
