package dune.passes.lora;

import dune.ir.Contraction.Dot;
import dune.ir.Contraction.Reduce;
import dune.ir.Contraction.ReduceKind;
import dune.ir.Elem;
import dune.ir.Elementwise.Binary;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Elementwise.Cast;
import dune.ir.Elementwise.Select;
import dune.ir.Elementwise.Unary;
import dune.ir.Elementwise.UnaryKind;
import dune.ir.Function;
import dune.ir.FunctionBuilder;
import dune.ir.Initializer;
import dune.ir.Layout.Broadcast;
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
import dune.passes.rewrite.FunctionCopy;
import dune.passes.rewrite.Substitution;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// `dot(x, w) -> add(dot(x, w), mul(dot(dot(x, A), B), scale))`
///
/// Where the lengths of rows are to be learned or given, the sum is multiplied with a number for
/// each output. Holds for the products that {@link Projections} finds. A begins as `U(-1/sqrt(in),
/// 1/sqrt(in))` and B as 0, so that at first nothing changes.
public final class AddLora implements FunctionCopy.Emitter {
  private final Map<Value, Adapter> adapters = new HashMap<>();
  private final Program program;

  private AddLora(Program program, Map<String, Adapter> byWeight) {
    this.program = program;
    for (Projection each : Projections.of(program)) {
      if (byWeight.containsKey(each.weight())) {
        adapters.put(each.result(), byWeight.get(each.weight()));
      }
    }
  }

  /// @param program with the function `forward`
  /// @param adapters at most one for each weight
  /// @throws IllegalArgumentException if two are for one weight, or one is for what {@link
  ///   Projections} does not find
  public static Program apply(Program program, List<Adapter> adapters) {
    if (adapters.isEmpty()) return program;
    var byWeight = new LinkedHashMap<String, Adapter>();
    for (Adapter adapter : adapters) {
      if (byWeight.put(adapter.weight(), adapter) != null) {
        throw new IllegalArgumentException("two adapters for `" + adapter.weight() + "`");
      }
    }
    var rewrite = new AddLora(program, byWeight);
    for (Adapter adapter : adapters) {
      if (!rewrite.adapters.containsValue(adapter)) {
        throw new IllegalArgumentException("no product with `" + adapter.weight() + "`");
      }
    }
    var weights = new ArrayList<>(program.weights());
    for (Adapter adapter : adapters) weights.addAll(rewrite.weights(adapter));
    List<Function> functions =
        program.functions().stream()
            .map(
                function ->
                    function.name().equals("forward")
                        ? FunctionCopy.copy(function, Substitution.NONE, rewrite)
                        : function)
            .toList();
    return new Program(program.name(), weights, program.states(), functions);
  }

  private List<Weight> weights(Adapter adapter) {
    Weight base = program.weight(adapter.weight()).orElseThrow();
    double inputs = base.type().dim(1).size().orElseThrow();
    var weights = new ArrayList<Weight>();
    weights.add(
        weight(
            adapter.down(),
            down(base.type(), adapter),
            new Initializer.Uniform(1 / Math.sqrt(inputs)),
            base));
    weights.add(weight(adapter.up(), up(base.type(), adapter), new Initializer.Constant(0), base));
    Type row = row(base.type());
    switch (adapter.lengths()) {
      case FREE -> {}
      case LEARNED ->
          weights.add(weight(adapter.magnitude(), row, new Initializer.Constant(1), base));
      case GIVEN -> weights.add(weight(adapter.gain(), row, new Initializer.Constant(1), base));
    }
    return weights;
  }

  private static Weight weight(String path, Type type, Initializer initializer, Weight base) {
    return new Weight(path, type, initializer, Optional.empty(), base.origin());
  }

  private static Type row(Type base) {
    return base.with(new Shape(List.of(base.dim(0))));
  }

  private static Type down(Type base, Adapter adapter) {
    return base.with(new Shape(List.of(Dim.of(adapter.rank()), base.dim(1))));
  }

  private static Type up(Type base, Adapter adapter) {
    return base.with(new Shape(List.of(base.dim(0), Dim.of(adapter.rank()))));
  }

  @Override
  public List<Value> emit(Op op, Node before, FunctionBuilder into) {
    List<Value> given = into.emitAll(op, before.origin());
    if (!(op instanceof Dot dot) || !adapters.containsKey(before.results().getFirst())) {
      return given;
    }
    var emitting = new Emitting(dot, adapters.get(before.result()), before.origin(), into);
    return List.of(emitting.adapted(given.getFirst()));
  }

  /// Emits what one adapter adds.
  private record Emitting(Dot dot, Adapter adapter, Origin origin, FunctionBuilder into) {
    Value adapted(Value product) {
      Type base = into.of(dot.rhs());
      Value down = emit(new Source.Weight(adapter.down(), down(base, adapter)));
      Value up = emit(new Source.Weight(adapter.up(), up(base, adapter)));
      Value few = emit(product(dropped(dot.lhs()), down, into));
      Value change = scaled(emit(product(few, up, into)));
      return switch (adapter.lengths()) {
        case FREE -> plus(product, change);
        case LEARNED -> lengthened(product, change, learnedGain(base, down, up));
        case GIVEN ->
            lengthened(product, change, emit(new Source.Weight(adapter.gain(), row(base))));
      };
    }

    /// The bias is not part of what is multiplied: where there is one, what the gain adds is added,
    /// so that a gain of 1 changes nothing to the last digit.
    private Value lengthened(Value product, Value change, Value gain) {
      if (dot.plus().isEmpty()) return times(plus(product, change), gain);
      Value plain = emit(product(dot.lhs(), dot.rhs(), into));
      Value one = number(1, into.of(gain).elem());
      Value more = emit(new Binary(BinaryKind.SUB, gain, one));
      return plus(plus(product, times(plain, more)), times(change, gain));
    }

    private Value plus(Value one, Value other) {
      return emit(new Binary(BinaryKind.ADD, one, other));
    }

    private Value learnedGain(Type base, Value down, Value up) {
      Value magnitude = emit(new Source.Weight(adapter.magnitude(), row(base)));
      Elem precise = base.elem() == Elem.F64 ? Elem.F64 : Elem.F32;
      Value change =
          scaled(
              emit(
                  new Dot(
                      up, down, List.of(), List.of(), List.of(1), List.of(0), Optional.empty())));
      Value sum = emit(new Binary(BinaryKind.ADD, dot.rhs(), change));
      Value wide = emit(new Cast(sum, precise));
      Value squares = emit(new Binary(BinaryKind.MUL, wide, wide));
      Value square = emit(new Reduce(ReduceKind.SUM, squares, List.of(1)));
      Value length = emit(new Unary(UnaryKind.SQRT, square));
      Value fixed = emit(new Unary(UnaryKind.STOP_GRADIENT, length));
      Value gain = emit(new Binary(BinaryKind.DIV, emit(new Cast(magnitude, precise)), fixed));
      return emit(new Cast(gain, base.elem()));
    }

    private Value times(Value sum, Value gain) {
      Shape shape = into.of(sum).shape();
      Value wide = emit(new Broadcast(gain, shape, List.of(shape.rank() - 1)));
      return emit(new Binary(BinaryKind.MUL, sum, wide));
    }

    private Value scaled(Value value) {
      return emit(
          new Binary(BinaryKind.MUL, value, number(adapter.scale(), into.of(value).elem())));
    }

    private Value dropped(Value x) {
      if (adapter.dropout() == 0) return x;
      Type type = into.of(x);
      Value chance = emit(new Source.Random(adapter.down(), type));
      Value rate = number(adapter.dropout(), type.elem());
      Value gone = emit(new Binary(BinaryKind.LT, chance, rate));
      Value kept = number(1 - adapter.dropout(), type.elem());
      return emit(
          new Select(gone, number(0, type.elem()), emit(new Binary(BinaryKind.DIV, x, kept))));
    }

    private Value number(double value, Elem elem) {
      return emit(new Source.Constant(value, elem));
    }

    private Value emit(Op op) {
      return into.emit(op, origin);
    }
  }

  private static Dot product(Value x, Value weight, FunctionBuilder into) {
    int last = into.of(x).rank() - 1;
    return new Dot(x, weight, List.of(), List.of(), List.of(last), List.of(1), Optional.empty());
  }
}
