package dune.passes.train;

import dune.ir.Control;
import dune.ir.Function;
import dune.ir.Node;
import dune.ir.Op;
import dune.ir.Operands;
import dune.ir.Program;
import dune.ir.Source;
import dune.ir.Value;
import dune.passes.rewrite.FunctionCopy;
import dune.passes.rewrite.Substitution;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Splits `loss` between the blocks of a list, into functions that are called one after the other:
///
///     loss(tokens, targets) -> loss
///
/// becomes
///
///     loss_0(tokens) -> v7
///     loss_1(tokens, v7) -> v31
///     loss_2(tokens, targets, v31) -> loss
///
/// Each gives what others take by that name. What depends on weights and sizes alone, such as
/// masks, angles and joined weights, each computes for itself, so that nobody who emits one has to
/// know the others. All take `tokens`, which shows `B` and `T`. The last gives all results.
public final class Split {
  /// The first number in the path of a block, with what stands before it.
  private static final Pattern NUMBERED = Pattern.compile("^(.*?)\\.(\\d+)(?:\\..*)?$");

  private final Function function;

  /// The values that depend on an input or on chance, by the part that computes them.
  private final Map<Value, Integer> parts = new HashMap<>();

  private final Set<Value> inputs = new HashSet<>();
  private final int count;

  private Split(Function function) {
    this.function = function;
    function.inputs().forEach(input -> inputs.add(input.value()));
    var numbers = new HashMap<String, Integer>();
    int part = 0;
    for (Node node : function.nodes()) {
      if (!varies(node)) continue;
      Matcher matcher = NUMBERED.matcher(node.origin().path());
      if (matcher.matches()) {
        int number = Integer.parseInt(matcher.group(2));
        // What comes before the first block stays with it.
        boolean first = numbers.isEmpty();
        if (number > numbers.getOrDefault(matcher.group(1), -1)) {
          numbers.put(matcher.group(1), number);
          if (!first) part++;
        }
      }
      for (Value result : node.results()) parts.put(result, part);
    }
    count = part + 1;
  }

  private boolean varies(Node node) {
    return draws(node.op())
        || Operands.of(node.op()).stream()
            .anyMatch(operand -> inputs.contains(operand) || parts.containsKey(operand));
  }

  private static boolean draws(Op op) {
    return op instanceof Source.Random
        || op instanceof Control control
            && control.body().nodes().stream().anyMatch(node -> draws(node.op()));
  }

  /// The program with `loss_0`, `loss_1` and so on in place of `loss`; as it is if it has no list
  /// of blocks, or one with one block.
  public static Program apply(Program program) {
    List<Function> parts = new Split(program.require(LossDerivation.FUNCTION)).parts();
    if (parts.size() == 1) return program;
    var functions = new ArrayList<Function>();
    for (Function given : program.functions()) {
      if (given.name().equals(LossDerivation.FUNCTION)) functions.addAll(parts);
      else functions.add(given);
    }
    return new Program(program.name(), program.weights(), program.states(), functions);
  }

  private List<Function> parts() {
    var taken = new ArrayList<Set<Value>>();
    for (int part = 0; part < count; part++) taken.add(new LinkedHashSet<>());
    for (Node node : function.nodes()) {
      place(node).ifPresent(part -> taken.get(part).addAll(Operands.of(node.op())));
    }
    for (Function.Output output : function.outputs()) taken.getLast().add(output.value());
    var made = new ArrayList<Function>();
    for (int part = 0; part < count; part++) made.add(part(part, taken));
    return made;
  }

  private Function part(int part, List<Set<Value>> taken) {
    var takes = new ArrayList<Function.Input>();
    for (Function.Input input : function.inputs()) {
      boolean first = input.equals(function.inputs().getFirst());
      if (first || taken.get(part).contains(input.value())) takes.add(input);
    }
    for (Value value : taken.get(part)) {
      if (place(value).filter(place -> place < part).isEmpty()) continue;
      takes.add(new Function.Input(name(value), value, function.of(value)));
    }
    List<Function.Output> gives = part == count - 1 ? function.outputs() : given(part, taken);
    var nodes = function.nodes().stream().filter(node -> isIn(node, part)).toList();
    String name = LossDerivation.FUNCTION + "_" + part;
    var wide =
        new Function(name, takes, function.dims(), nodes, gives, List.of(), function.types());
    return FunctionCopy.copy(wide, Substitution.NONE, FunctionCopy.VERBATIM);
  }

  /// Nothing if every part computes the value for itself.
  private Optional<Integer> place(Value value) {
    return Optional.ofNullable(parts.get(value));
  }

  private Optional<Integer> place(Node node) {
    return place(node.results().getFirst());
  }

  private boolean isIn(Node node, int part) {
    return place(node).filter(place -> place != part).isEmpty();
  }

  private List<Function.Output> given(int part, List<Set<Value>> taken) {
    var later = new LinkedHashSet<Value>();
    taken.subList(part + 1, taken.size()).forEach(later::addAll);
    return later.stream()
        .filter(value -> place(value).filter(place -> place == part).isPresent())
        .map(value -> new Function.Output(name(value), value))
        .toList();
  }

  private static String name(Value value) {
    return "v" + value.id();
  }
}
