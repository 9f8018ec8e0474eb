package dune.ir.testkit;

import dune.ir.Function;
import dune.ir.FunctionBuilder;
import dune.ir.Inferred;
import dune.ir.Initializer;
import dune.ir.Op;
import dune.ir.Origin;
import dune.ir.Program;
import dune.ir.State;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.Weight;
import dune.ir.interpret.Array;
import dune.ir.interpret.Interpreter;
import dune.ir.interpret.InterpreterException;
import dune.ir.interpret.StateStore;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SequencedMap;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// A function that grows operation by operation. Each is tried on numbers first, for every call
/// that the sample will make, and taken only if it is well typed and well conditioned.
final class Draft {
  /// A value of the function, and what it is in each call.
  record Known(Value value, Type type, List<Array> arrays) {}

  /// An operation that may be added: what it uses, and how it is made of that.
  record Proposal(List<Known> operands, BiFunction<FunctionBuilder, List<Value>, Op> make) {
    static Optional<Proposal> on(
        List<Known> operands, BiFunction<FunctionBuilder, List<Value>, Op> make) {
      return Optional.of(new Proposal(operands, make));
    }

    static Optional<Proposal> source(Op op) {
      return on(List.of(), (_, _) -> op);
    }
  }

  private final Random random;
  private final List<SequencedMap<String, Long>> sizes;
  private final FunctionBuilder builder = new FunctionBuilder();
  private final List<Known> pool = new ArrayList<>();
  private final List<Weight> weights = new ArrayList<>();
  private final SequencedMap<String, Array> weightArrays = new LinkedHashMap<>();
  private final List<SequencedMap<String, Array>> inputs = new ArrayList<>();
  private final List<State> states;
  private final List<StateStore> stores = new ArrayList<>();
  private Optional<Function> tables = Optional.empty();
  private int nodes;

  Draft(Random random, List<SequencedMap<String, Long>> sizes, List<State> states) {
    this.random = random;
    this.sizes = sizes;
    this.states = states;
    for (int i = 0; i < sizes.size(); i++) {
      inputs.add(new LinkedHashMap<>());
      stores.add(new StateStore());
    }
  }

  /// Adds an input with a number for every place of every call.
  void input(String name, Type type, BiFunction<Integer, long[], Array> numbers) {
    Value value = builder.input(name, type);
    var arrays = new ArrayList<Array>();
    for (int call = 0; call < sizes.size(); call++) {
      Array array = numbers.apply(call, type.shape().evaluate(sizes.get(call)));
      inputs.get(call).put(name, array);
      arrays.add(array);
    }
    pool.add(new Known(value, type, arrays));
  }

  void weight(Weight weight, Array array) {
    weights.add(weight);
    if (weight.tiedTo().isEmpty()) weightArrays.put(weight.path(), array);
  }

  /// Lets the program have this function, which makes tables.
  void tables(Function function) {
    tables = Optional.of(function);
  }

  List<Weight> weights() {
    return weights;
  }

  /// One of the values that satisfy the condition; later ones are likelier.
  Optional<Known> pick(Predicate<Known> condition) {
    List<Known> suitable = pool.stream().filter(condition).toList();
    if (suitable.isEmpty()) return Optional.empty();
    int first = random.nextInt(suitable.size());
    int second = random.nextInt(suitable.size());
    return Optional.of(suitable.get(Math.max(first, second)));
  }

  /// Adds the operation if it is well typed and well conditioned in every call.
  boolean add(Proposal proposal) {
    var probe = new FunctionBuilder();
    var arguments = new ArrayList<Value>();
    for (Known operand : proposal.operands()) {
      arguments.add(probe.input("x" + arguments.size(), operand.type()));
    }
    Op op = proposal.make().apply(probe, arguments);
    if (op.infer(probe) instanceof Inferred.Broken) return false;
    var outputs = new ArrayList<Function.Output>();
    for (Value result : probe.emitAll(op, Origin.NONE)) {
      outputs.add(new Function.Output("y" + outputs.size(), result));
    }
    Function function = probe.build("probe", List.of(), outputs, List.of());
    Program program = program("probe", function);
    var results = new ArrayList<List<Array>>();
    var after = new ArrayList<StateStore>();
    for (int call = 0; call < sizes.size(); call++) {
      StateStore store = stores.get(call).copy();
      Optional<List<Array>> found = probe(program, op, proposal, call, store);
      if (found.isEmpty()) return false;
      results.add(found.get());
      after.add(store);
    }
    stores.clear();
    stores.addAll(after);
    accept(proposal, results);
    return true;
  }

  private Program program(String name, Function function) {
    return new Program(
        name, weights, states, Stream.concat(tables.stream(), Stream.of(function)).toList());
  }

  private Optional<List<Array>> probe(
      Program program, Op op, Proposal proposal, int call, StateStore store) {
    List<Array> operands =
        proposal.operands().stream().map(known -> known.arrays().get(call)).toList();
    if (!Conditions.holdBefore(op, operands)) return Optional.empty();
    Map<String, Array> named = new LinkedHashMap<>();
    for (Array operand : operands) named.put("x" + named.size(), operand);
    try {
      var outcome =
          new Interpreter(program, weightArrays::get).run("probe", named, sizes.get(call), store);
      List<Array> results = List.copyOf(outcome.outputs().values());
      return Conditions.holdAfter(operands, results) ? Optional.of(results) : Optional.empty();
    } catch (InterpreterException _) {
      return Optional.empty();
    }
  }

  private void accept(Proposal proposal, List<List<Array>> results) {
    List<Value> operands = proposal.operands().stream().map(Known::value).toList();
    List<Value> values = builder.emitAll(proposal.make().apply(builder, operands), origin());
    for (int i = 0; i < values.size(); i++) {
      int result = i;
      Value value = values.get(i);
      if (pool.stream().anyMatch(known -> known.value().equals(value))) continue;
      pool.add(
          new Known(
              value, builder.of(value), results.stream().map(call -> call.get(result)).toList()));
    }
  }

  /// Every third node was reached through a call, every fifth has no author.
  private Origin origin() {
    nodes++;
    if (nodes % 5 == 0) return Origin.NONE;
    String path = "layers." + nodes / 8 + ".mix";
    var own = new Origin("std/mix.dune", nodes, 3 + nodes % 7, path);
    if (nodes % 3 != 0) return own;
    var caller = new Origin("models/random.dune", 7, 11, "layers." + nodes / 8);
    return new Origin(own.file(), own.line(), own.column(), path, Optional.of(caller));
  }

  /// The program, giving the last values and a few others.
  Sample finish() {
    var outputs = new ArrayList<Function.Output>();
    for (int i = 0; i < pool.size(); i++) {
      if (i < pool.size() - 3 && random.nextInt(4) > 0) continue;
      outputs.add(new Function.Output("y" + outputs.size(), pool.get(i).value()));
    }
    List<Value> penalties =
        pick(known -> known.type().rank() == 0 && known.type().elem().isFloat())
            .map(Known::value)
            .stream()
            .toList();
    Function function = builder.build(Sample.FUNCTION, List.of("S"), outputs, penalties);
    var calls = new ArrayList<Sample.Call>();
    for (int call = 0; call < sizes.size(); call++) {
      var dims = new LinkedHashMap<String, Long>();
      dims.put("S", sizes.get(call).get("S"));
      calls.add(new Sample.Call(inputs.get(call), dims));
    }
    return new Sample(program("Random", function), weightArrays, calls);
  }

  static Initializer initializer(Random random) {
    return switch (random.nextInt(3)) {
      case 0 -> new Initializer.Normal(0.02);
      case 1 -> new Initializer.Uniform(random.nextInt(1, 5));
      default -> new Initializer.Constant(random.nextInt(3));
    };
  }
}
