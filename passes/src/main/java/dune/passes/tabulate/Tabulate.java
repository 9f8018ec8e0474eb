package dune.passes.tabulate;

import dune.ir.Contraction;
import dune.ir.Control;
import dune.ir.Elementwise;
import dune.ir.Function;
import dune.ir.FunctionBuilder;
import dune.ir.Indexing;
import dune.ir.Layout;
import dune.ir.Node;
import dune.ir.Op;
import dune.ir.Operands;
import dune.ir.Program;
import dune.ir.Source;
import dune.ir.Stateful;
import dune.ir.Value;
import dune.passes.pass.Observer;
import dune.passes.pass.Remark;
import dune.passes.rewrite.FunctionCopy;
import dune.passes.rewrite.Substitution;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// `cos(p * f) -> gather(prepared, p)`, where `p` are positions and `prepared` has a row for each
/// position that there can be.
///
/// Of what follows positions (see {@link Dependence}) and costs more than a lookup, the last values
/// are looked up, before they are shown in other shapes. All tables together stay small beside the
/// weights.
public final class Tabulate {
  public static final String PASS = "tabulate";

  /// As observers are told.
  public static final String RULE = "tables of positions";

  /// Tables are made up to so many bytes, however few weights there are.
  static final long SMALL = 1 << 14;

  /// Of larger weights all tables together may have this part.
  private static final int PART_OF_WEIGHTS = 32;

  private final Observer observer;
  private final Tables tables;
  private final long weightBytes;
  private final double most;
  private final Set<Remark> told = new HashSet<>();

  private Tabulate(Program program, long capacity, Observer observer) {
    this.observer = observer;
    tables = new Tables(capacity);
    weightBytes = program.weightBytes();
    most = Math.max(SMALL, (double) weightBytes / PART_OF_WEIGHTS);
  }

  /// @param capacity the most steps that a row can have
  public static Program apply(long capacity, Program program, Observer observer) {
    if (program.tables().isPresent()) return program;
    var pass = new Tabulate(program, capacity, observer);
    var functions = new ArrayList<Function>();
    for (Function function : program.functions()) functions.add(pass.run(function, capacity));
    if (pass.tables.isEmpty()) return program;
    functions.add(pass.tables.build());
    return new Program(program.name(), program.weights(), program.states(), functions);
  }

  private Function run(Function function, long capacity) {
    if (!continues(function)) return function;
    var dependence = new Dependence(function, capacity);
    Map<Value, Value> chosen = choose(function, dependence);
    if (chosen.isEmpty()) return function;
    var lookup =
        new FunctionCopy.Verbatim() {
          @Override
          public Optional<List<Value>> replace(
              Node before, FunctionCopy.Copies copies, FunctionBuilder into) {
            Value table = before.results().size() == 1 ? chosen.get(before.result()) : null;
            if (table == null) return Optional.empty();
            Value places = copies.of(dependence.positions(before.result()).orElseThrow());
            return Optional.of(List.of(lookUp(table, places, before, into)));
          }
        };
    Function changed = FunctionCopy.copy(function, Substitution.NONE, lookup);
    // Without what was needed only by what is looked up.
    return FunctionCopy.copy(changed, Substitution.NONE, FunctionCopy.VERBATIM);
  }

  private Value lookUp(Value table, Value places, Node before, FunctionBuilder into) {
    Source.Prepared prepared = tables.read(table, before.origin());
    observer.fired(RULE, before.origin());
    remark(before, "computed once, as a table of " + prepared.type());
    Value all = into.emit(prepared, before.origin());
    return into.emit(new Indexing.Gather(all, places, 0, 0), before.origin());
  }

  private static boolean continues(Function function) {
    List<String> inputs = function.inputs().stream().map(Function.Input::name).toList();
    return inputs.containsAll(List.of(Ranges.START, Ranges.COUNT));
  }

  /// What is looked up, and its table. Goes from what is needed to what that needs: of what stands
  /// behind a lookup nothing is.
  private Map<Value, Value> choose(Function function, Dependence dependence) {
    var chosen = new HashMap<Value, Value>();
    var needed = new HashSet<Value>(function.penalties());
    function.outputs().forEach(output -> needed.add(output.value()));
    for (Node node : function.nodes().reversed()) {
      boolean writes = node.results().isEmpty();
      if (!writes && node.results().stream().noneMatch(needed::contains)) continue;
      Optional<Value> table =
          node.results().size() == 1 ? table(node, dependence) : Optional.empty();
      if (table.isPresent()) chosen.put(node.result(), table.get());
      else needed.addAll(Operands.of(node.op()));
    }
    return chosen;
  }

  private Optional<Value> table(Node node, Dependence dependence) {
    if (!dependence.isCostly(node.result()) || !isComputed(node.op())) return Optional.empty();
    Optional<Value> table = tables.of(node.result(), dependence, most);
    if (table.isEmpty()) {
      remark(
          node,
          "no table: all of them may have %.0f bytes, beside weights of %d"
              .formatted(most, weightBytes));
    }
    return table;
  }

  /// Once for all functions.
  private void remark(Node node, String text) {
    var remark = new Remark(PASS, node.origin(), text);
    if (told.add(remark)) observer.remarked(remark);
  }

  /// Whether an operation computes elements or moves them, rather than show them in another way.
  private static boolean isComputed(Op op) {
    return switch (op) {
      case Elementwise _, Contraction _, Indexing _, Layout.Concat _ -> true;
      case Layout _, Source _, Control _, Stateful _ -> false;
    };
  }
}
