package dune.backend.torch.emit;

import dune.ir.Elem;
import dune.ir.Function;
import dune.ir.FunctionBuilder;
import dune.ir.Op;
import dune.ir.Origin;
import dune.ir.Program;
import dune.ir.Shape;
import dune.ir.State;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.Weight;
import dune.ir.dim.Dim;
import dune.ir.interpret.Array;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;

/// A small function, with numbers to run it on: built operation by operation by a test.
final class SampleBuilder {
  /// What the named dimensions are in every sample.
  static final Map<String, Long> SIZES = Map.of("B", 2L, "T", 3L, "S", 5L, "ONE", 1L, "M", 4500L);

  final String name;
  final FunctionBuilder builder = new FunctionBuilder();
  final Map<String, Array> inputs = new LinkedHashMap<>();
  final Map<String, Array> weights = new LinkedHashMap<>();
  private final List<Weight> declared = new ArrayList<>();
  private final List<State> states = new ArrayList<>();
  private final List<Function.Output> outputs = new ArrayList<>();
  private final SplittableRandom random;
  private int line;

  SampleBuilder(String name) {
    this.name = name;
    random = new SplittableRandom(name.hashCode());
  }

  /// A type from text: `B T 6`.
  static Type type(Elem elem, String dims) {
    var sizes = new ArrayList<Dim>();
    for (String dim : dims.strip().split(" +")) {
      if (!dim.isEmpty()) sizes.add(Dim.parse(dim));
    }
    return new Type(elem, new Shape(sizes));
  }

  /// An input of floats between -2 and 2, of `int`s from 0 to 3, or of `bool`s.
  Value input(Elem elem, String dims) {
    return input(elem, dims, -2, 2);
  }

  Value input(Elem elem, String dims, double low, double high) {
    Type type = type(elem, dims);
    return input(type, array(type, low, high));
  }

  Value input(Type type, Array array) {
    String input = "x" + inputs.size();
    inputs.put(input, array);
    return builder.input(input, type);
  }

  Value weight(Elem elem, String dims) {
    Type type = type(elem, dims);
    String path = "block." + weights.size() + ".weight";
    declared.add(
        new Weight(path, type, new dune.ir.Initializer.Constant(0), Optional.empty(), Origin.NONE));
    weights.put(path, array(type, -1, 1));
    return emit(new dune.ir.Source.Weight(path, type));
  }

  String state(Elem elem, String dims, double initial) {
    String state = "state." + states.size();
    states.add(new State(state, type(elem, dims), initial));
    return state;
  }

  Value emit(Op op) {
    return builder.emit(op, origin());
  }

  List<Value> emitAll(Op op) {
    return builder.emitAll(op, origin());
  }

  private Origin origin() {
    return new Origin(name.replace(' ', '_') + ".dune", ++line, 1, "");
  }

  SampleBuilder output(Value... values) {
    for (Value value : values) outputs.add(new Function.Output("y" + outputs.size(), value));
    return this;
  }

  Program program(String... dims) {
    Function function = builder.build("forward", List.of(dims), outputs, List.of());
    return new Program(name, declared, states, List.of(function));
  }

  Array array(Type type, double low, double high) {
    long[] shape = type.shape().evaluate(SIZES);
    int count = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    DoubleStream numbers =
        switch (type.elem()) {
          case BOOL -> DoubleStream.generate(() -> random.nextInt(2));
          case INT -> DoubleStream.generate(() -> random.nextInt(4));
          // Multiples of 1/64 are exact in every type.
          case F16, BF16, F32, F64 ->
              DoubleStream.generate(() -> Math.rint(random.nextDouble(low, high) * 64) / 64);
        };
    return Array.of(type.elem(), shape, numbers.limit(count).toArray());
  }
}
