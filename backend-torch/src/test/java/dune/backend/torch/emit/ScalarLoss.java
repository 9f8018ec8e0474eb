package dune.backend.torch.emit;

import dune.ir.Contraction;
import dune.ir.Elem;
import dune.ir.Elementwise;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Function;
import dune.ir.FunctionBuilder;
import dune.ir.Initializer;
import dune.ir.Layout;
import dune.ir.Node;
import dune.ir.Op;
import dune.ir.Origin;
import dune.ir.Program;
import dune.ir.Shape;
import dune.ir.Source;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.Weight;
import dune.ir.dim.Dim;
import dune.ir.interpret.Array;
import dune.ir.interpret.Interpreter;
import dune.ir.interpret.StateStore;
import dune.ir.testkit.Slopes;
import dune.passes.rewrite.FunctionCopy;
import dune.passes.rewrite.Substitution;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/// A program whose function `loss` gives one number: the outputs of another function, each times
/// constants, and summed. What that took as floats are weights now, the rest of its inputs are
/// constants, and its sizes are numbers.
///
/// A small multiple of every weight is added, so that each has a gradient.
///
/// @param weights by path
record ScalarLoss(Program program, Map<String, Array> weights) {
  static final String FUNCTION = "loss";

  private static final String BATCH = "batch";

  /// @param given a program without state
  /// @param sizes of all dimensions that have a name
  /// @return nothing if no output is a finite float, or nothing learns
  static Optional<ScalarLoss> of(
      Program given,
      String name,
      Map<String, Array> inputs,
      Map<String, Array> known,
      Map<String, Long> sizes) {
    Function function = given.require(name);
    Map<String, Array> results = run(given, name, inputs, known, sizes);
    var counted = new ArrayList<Function.Output>();
    for (Function.Output output : function.outputs()) {
      Array array = results.get(output.name());
      if (array.elem().isFloat()
          && array.count() > 0
          && Arrays.stream(array.data()).allMatch(Double::isFinite)) {
        counted.add(output);
      }
    }
    if (counted.isEmpty()) return Optional.empty();
    var weights = new LinkedHashMap<>(known);
    var declared = new ArrayList<>(given.weights());
    Function closed = closed(fixed(function, counted, sizes), inputs, weights, declared);
    if (weights.isEmpty()) return Optional.empty();
    Function loss = summed(closed, weights, new Random(name.hashCode()));
    var program = new Program(given.name(), declared, List.of(), List.of(loss));
    return Optional.of(new ScalarLoss(program, weights));
  }

  Slopes slopes() {
    return new Slopes(program, FUNCTION, inputs(), weights);
  }

  /// What `loss` takes because every loss does; nothing depends on it.
  private static Map<String, Array> inputs() {
    Array none = Array.ints(new long[] {1, 1}, 0);
    return Map.of("tokens", none, "targets", none);
  }

  private static Map<String, Array> run(
      Program program,
      String name,
      Map<String, Array> inputs,
      Map<String, Array> weights,
      Map<String, Long> sizes) {
    var dims = new HashMap<String, Long>();
    for (String dim : program.require(name).dims()) dims.put(dim, sizes.get(dim));
    return new Interpreter(program, weights::get)
        .run(name, inputs, dims, new StateStore())
        .outputs();
  }

  /// With sizes that are numbers. Positions along them are those of a whole sequence.
  private static Function fixed(
      Function function, List<Function.Output> outputs, Map<String, Long> sizes) {
    var dims = new HashMap<String, Dim>();
    sizes.forEach((dim, size) -> dims.put(dim, Dim.of(size)));
    var counted =
        new Function(
            FUNCTION,
            function.inputs(),
            function.dims(),
            function.nodes(),
            outputs,
            List.of(),
            function.types());
    return FunctionCopy.copy(
        counted, FUNCTION, List.of(), new Substitution(dims), ScalarLoss::withoutTime);
  }

  private static List<Value> withoutTime(Op op, Node before, FunctionBuilder into) {
    return switch (op) {
      case Source.Position(Dim axis) -> into.emitAll(new Source.Iota(axis), before.origin());
      case Layout.History(Value x, _, _) -> List.of(x);
      default -> into.emitAll(op, before.origin());
    };
  }

  /// Without inputs but those of every loss.
  private static Function closed(
      Function function,
      Map<String, Array> inputs,
      Map<String, Array> weights,
      List<Weight> declared) {
    var types = new ArrayList<>(function.types());
    var nodes = new ArrayList<Node>();
    for (Function.Input input : function.inputs()) {
      Array array = inputs.get(input.name());
      Type type = input.type();
      if (type.elem().isFloat()) {
        String path = "input." + input.name();
        weights.put(path, array);
        declared.add(
            new Weight(path, type, new Initializer.Constant(0), Optional.empty(), Origin.NONE));
        nodes.add(node(input.value(), new Source.Weight(path, type)));
        continue;
      }
      if (array.count() == 0) {
        nodes.add(node(input.value(), new Source.Fill(0, type)));
        continue;
      }
      var table = new Source.Table(Arrays.stream(array.data()).boxed().toList(), type.elem());
      var flat = new Value(types.size());
      types.add(Type.of(type.elem(), Dim.of(array.count())));
      nodes.add(node(flat, table));
      nodes.add(node(input.value(), new Layout.Reshape(flat, type.shape())));
    }
    nodes.addAll(function.nodes());
    var batch = new ArrayList<Function.Input>();
    for (String name : List.of("tokens", "targets")) {
      var value = new Value(types.size());
      Type type = Type.of(Elem.INT, Dim.named(BATCH), Dim.named(BATCH));
      types.add(type);
      batch.add(new Function.Input(name, value, type));
    }
    return new Function(FUNCTION, batch, List.of(), nodes, function.outputs(), List.of(), types);
  }

  private static Node node(Value value, Op op) {
    return new Node(List.of(value), op, Origin.NONE);
  }

  private static Function summed(Function function, Map<String, Array> weights, Random random) {
    var sum = new ArrayList<Value>();
    var emitter =
        new FunctionCopy.Verbatim() {
          @Override
          public Value output(Value before, FunctionCopy.Copies copies, FunctionBuilder into) {
            sum.add(weighed(copies.of(before), 1, random, into));
            if (sum.size() < function.outputs().size()) return sum.getLast();
            weights.forEach(
                (path, array) -> {
                  if (array.count() == 0) return;
                  var type = new Type(array.elem(), Shape.of(array.shape()));
                  Value weight = into.emit(new Source.Weight(path, type), Origin.NONE);
                  sum.add(weighed(weight, 0.125, random, into));
                });
            return sum.stream()
                .reduce(
                    (a, b) -> ScalarLoss.emit(new Elementwise.Binary(BinaryKind.ADD, a, b), into))
                .orElseThrow();
          }
        };
    Function copy = FunctionCopy.copy(function, Substitution.NONE, emitter);
    return new Function(
        FUNCTION,
        copy.inputs(),
        copy.dims(),
        copy.nodes(),
        List.of(new Function.Output(FUNCTION, copy.outputs().getLast().value())),
        List.of(),
        copy.types());
  }

  /// The sum of a tensor's numbers, each times a constant of its own, in f64.
  private static Value weighed(Value x, double scale, Random random, FunctionBuilder into) {
    Value wide = emit(new Elementwise.Cast(x, Elem.F64), into);
    Dim count = into.of(x).shape().count();
    Value flat = emit(new Layout.Reshape(wide, Shape.of(count)), into);
    var constants = new ArrayList<Double>();
    for (long i = 0; i < count.size().orElseThrow(); i++) {
      constants.add(scale * (random.nextInt(1, 65) / 64.0) * (random.nextBoolean() ? 1 : -1));
    }
    Value table = emit(new Source.Table(constants, Elem.F64), into);
    return emit(
        new Contraction.Dot(
            flat, table, List.of(), List.of(), List.of(0), List.of(0), Optional.empty()),
        into);
  }

  private static Value emit(Op op, FunctionBuilder into) {
    return into.emit(op, Origin.NONE);
  }
}
