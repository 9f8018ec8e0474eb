package dune.ir.verify;

import dune.ir.Function;
import dune.ir.Program;
import dune.ir.State;
import dune.ir.Weight;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Checks programs. What a single operation demands of its operands stands in {@link dune.ir.Op
/// Op.infer}; here stands what only its surroundings can tell.
public final class Verifier {
  private Verifier() {}

  /// All problems of a program; empty if it is well formed.
  public static List<Problem> verify(Program program, Origins origins) {
    var problems = new ArrayList<Problem>();
    declarations(program, problems);
    program.tables().ifPresent(tables -> problems.addAll(TablesVerifier.verify(tables)));
    for (Function function : program.functions()) {
      problems.addAll(new FunctionVerifier(program, function, origins).verify());
    }
    return problems;
  }

  /// @throws IllegalStateException with all problems if there are any
  public static void require(Program program, Origins origins) {
    List<Problem> problems = verify(program, origins);
    if (problems.isEmpty()) return;
    throw new IllegalStateException(
        problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
  }

  private static void declarations(Program program, List<Problem> problems) {
    unique(program.weights().stream().map(Weight::path).toList(), "weight", problems);
    unique(program.states().stream().map(State::name).toList(), "state", problems);
    unique(program.functions().stream().map(Function::name).toList(), "function", problems);
    for (Weight weight : program.weights()) weight(program, weight, problems);
    for (State state : program.states()) {
      if (state.type().rank() == 0 || state.type().dim(0).name().isEmpty()) {
        problems.add(
            new Problem(
                "state " + state.name(), "", "the first axis is not the rows: " + state.type()));
      }
    }
  }

  private static void weight(Program program, Weight weight, List<Problem> problems) {
    String where = "weight " + weight.path();
    if (weight.type().shape().dims().stream().anyMatch(dim -> dim.size().isEmpty())) {
      problems.add(new Problem(where, "", "a weight needs sizes in numbers: " + weight.type()));
    }
    if (weight.tiedTo().isEmpty()) return;
    Optional<Weight> target = program.weight(weight.tiedTo().get());
    String tied = "tied to " + weight.tiedTo().get();
    if (target.isEmpty()) {
      problems.add(new Problem(where, "", tied + ", which is not declared"));
    } else if (target.get().tiedTo().isPresent()) {
      problems.add(new Problem(where, "", tied + ", which is tied itself"));
    } else if (!target.get().type().equals(weight.type())) {
      problems.add(
          new Problem(where, "", weight.type() + " " + tied + ", which is " + target.get().type()));
    }
  }

  private static void unique(List<String> names, String what, List<Problem> problems) {
    Set<String> seen = new HashSet<>();
    for (String name : names) {
      if (!seen.add(name)) problems.add(new Problem(what + " " + name, "", "is declared twice"));
    }
  }
}
