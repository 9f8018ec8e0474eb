package dune.ir.interpret;

import dune.ir.Function;
import dune.ir.Layout;
import dune.ir.Node;
import dune.ir.Program;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.Weight;
import dune.ir.dim.Dim;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Runs the functions of a program.
///
/// Floats are doubles, whatever their element type: a cast between floating types changes the type
/// and not the number. NaN and infinities follow IEEE 754, and minima and maxima keep a NaN.
public final class Interpreter {
  /// Finds the weight at a member path.
  @FunctionalInterface
  public interface Weights {
    Array get(String path);
  }

  /// Finds what {@link Program#TABLES} gives under a name.
  @FunctionalInterface
  interface Tables {
    Array get(String name);
  }

  /// Sees every value of a call as it is defined and read. What a body computes is seen too.
  public interface Watcher {
    Watcher NONE =
        new Watcher() {
          @Override
          public void defined(Value value, Array array) {}

          @Override
          public Array read(Value value, Array array) {
            return array;
          }
        };

    void defined(Value value, Array array);

    /// @param array what was defined
    /// @return what the reader gets instead
    Array read(Value value, Array array);
  }

  /// What a call gives: outputs by name, and what training adds to the loss.
  public record Outcome(Map<String, Array> outputs, List<Array> penalties) {
    /// The output of functions that have only one.
    public Array only() {
      if (outputs.size() != 1) throw new IllegalStateException(outputs.keySet() + " is not one");
      return outputs.values().iterator().next();
    }
  }

  private final Program program;
  private final Weights weights;
  private final RandomSource random;
  private final Map<String, Array> loaded = new HashMap<>();

  /// What the function that makes tables gave; empty until it is needed.
  private Optional<Map<String, Array>> tables = Optional.empty();

  public Interpreter(Program program, Weights weights) {
    this(program, weights, RandomSource.seeded(0));
  }

  public Interpreter(Program program, Weights weights, RandomSource random) {
    this.program = program;
    this.weights = weights;
    this.random = random;
  }

  /// Runs a function of a program once, on state of its own.
  public static Outcome run(
      Program program, String function, Map<String, Array> inputs, Weights weights) {
    return new Interpreter(program, weights).run(function, inputs, Map.of(), new StateStore());
  }

  /// Runs a function.
  ///
  /// @param dims sizes of the dimensions that no input shows (`S`); where a `History` gives the
  ///   name, the size is known and may be left out
  /// @param states read and changed
  /// @throws InterpreterException if an input does not fit, or an operation meets what it does not
  ///   define
  public Outcome run(
      String function, Map<String, Array> inputs, Map<String, Long> dims, StateStore states) {
    return run(function, inputs, dims, states, Watcher.NONE);
  }

  /// As {@link #run(String, Map, Map, StateStore)}, with someone who watches.
  public Outcome run(
      String function,
      Map<String, Array> inputs,
      Map<String, Long> dims,
      StateStore states,
      Watcher watcher) {
    Function called = program.require(function);
    Sizes sizes = bind(called, inputs, dims);
    var values = new Array[called.types().size()];
    for (Function.Input input : called.inputs()) {
      values[input.value().id()] = inputs.get(input.name());
    }
    var evaluation =
        new Evaluation(program, called, this::weight, this::table, random, states, values, watcher);
    evaluation.run(called.nodes(), sizes);
    var outputs = new LinkedHashMap<String, Array>();
    for (Function.Output output : called.outputs()) {
      outputs.put(output.name(), evaluation.get(output.value()));
    }
    return new Outcome(outputs, called.penalties().stream().map(evaluation::get).toList());
  }

  private Array weight(String path) {
    Array known = loaded.get(path);
    if (known != null) return known;
    Weight declared =
        program
            .weight(path)
            .orElseThrow(() -> new InterpreterException("no weight " + path + " is declared"));
    Array array =
        declared.tiedTo().isPresent() ? weight(declared.tiedTo().get()) : weights.get(path);
    loaded.put(path, array);
    return array;
  }

  private Array table(String name) {
    if (tables.isEmpty()) {
      tables = Optional.of(run(Program.TABLES, Map.of(), Map.of(), new StateStore()).outputs());
    }
    Array table = tables.get().get(name);
    if (table == null) throw new InterpreterException("no table " + name + " is made");
    return table;
  }

  private static Sizes bind(Function function, Map<String, Array> inputs, Map<String, Long> dims) {
    var sizes = new Sizes(dims);
    for (Function.Input input : function.inputs()) {
      Array array = inputs.get(input.name());
      if (array == null) throw new InterpreterException("no input `" + input.name() + "`");
      Type type = input.type();
      if (array.elem() != type.elem() || array.rank() != type.rank()) {
        throw unfit(input, array);
      }
      for (int axis = 0; axis < type.rank(); axis++) {
        String name = type.dim(axis).name().orElse("");
        if (!name.isEmpty() && !sizes.has(name)) sizes.bind(name, array.dim(axis));
      }
    }
    for (Function.Input input : function.inputs()) {
      Array array = inputs.get(input.name());
      for (int axis = 0; axis < array.rank(); axis++) {
        if (sizes.of(input.type().dim(axis)) != array.dim(axis)) throw unfit(input, array);
      }
    }
    bindHistories(function, sizes);
    return sizes;
  }

  /// Without state there is no past: the axis of the keys is as long as that of the steps.
  private static void bindHistories(Function function, Sizes sizes) {
    for (Node node : function.nodes()) {
      if (node.op() instanceof Layout.History(var x, int axis, Dim keys)) {
        String name = keys.name().orElse("");
        Dim steps = function.of(x).dim(axis);
        boolean known = steps.names().stream().allMatch(sizes::has);
        if (!name.isEmpty() && !sizes.has(name) && known) sizes.bind(name, sizes.of(steps));
      }
    }
  }

  private static InterpreterException unfit(Function.Input input, Array array) {
    return new InterpreterException(
        "input `" + input.name() + "` is " + input.type() + ", given " + array);
  }
}
