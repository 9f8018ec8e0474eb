package dune.ir.verify;

import dune.ir.Control;
import dune.ir.Function;
import dune.ir.Node;
import dune.ir.Op;
import dune.ir.Source;
import dune.ir.Stateful;
import dune.ir.text.Printer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Checks that the function that makes tables gives the same whenever it runs: before there are
/// weights or rows, and once for all calls.
final class TablesVerifier {
  private final String where;
  private final List<Problem> problems = new ArrayList<>();

  private TablesVerifier(Function tables) {
    where = "function " + tables.name();
  }

  static List<Problem> verify(Function tables) {
    var verifier = new TablesVerifier(tables);
    verifier.surroundings(tables);
    verifier.nodes(tables.nodes());
    return verifier.problems;
  }

  private void surroundings(Function tables) {
    for (Function.Input input : tables.inputs()) {
      problems.add(new Problem(where, "", "tables depend on the input " + input.name()));
    }
    for (String dim : tables.dims()) {
      problems.add(new Problem(where, "", "tables depend on the size `" + dim + "`"));
    }
    if (!tables.penalties().isEmpty()) {
      problems.add(new Problem(where, "", "tables add nothing to a loss"));
    }
  }

  private void nodes(List<Node> nodes) {
    for (Node node : nodes) {
      dependence(node.op())
          .ifPresent(
              what ->
                  problems.add(
                      new Problem(
                          where,
                          node.results() + " = " + Printer.print(node.op()),
                          "tables depend on " + what)));
      if (node.op() instanceof Control control) nodes(control.body().nodes());
    }
  }

  private static Optional<String> dependence(Op op) {
    return switch (op) {
      case Source.Weight _ -> Optional.of("a weight");
      case Source.Random _ -> Optional.of("chance");
      case Source.Prepared _ -> Optional.of("themselves");
      case Stateful _ -> Optional.of("state");
      case Op _ -> Optional.empty();
    };
  }
}
