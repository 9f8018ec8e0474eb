package dune.passes.lora;

import dune.ir.Contraction.Dot;
import dune.ir.Elementwise.Binary;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Function;
import dune.ir.FunctionBuilder;
import dune.ir.Initializer;
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
/// Holds for the products that {@link Projections} finds. A begins as `U(-1/sqrt(in), 1/sqrt(in))`
/// and B as 0, so that at first nothing changes.
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
    return List.of(
        new Weight(
            adapter.down(),
            down(base.type(), adapter),
            new Initializer.Uniform(1 / Math.sqrt(inputs)),
            Optional.empty(),
            base.origin()),
        new Weight(
            adapter.up(),
            up(base.type(), adapter),
            new Initializer.Constant(0),
            Optional.empty(),
            base.origin()));
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
    Adapter adapter = adapters.get(before.result());
    Origin origin = before.origin();
    Type base = into.of(dot.rhs());
    Value down = into.emit(new Source.Weight(adapter.down(), down(base, adapter)), origin);
    Value up = into.emit(new Source.Weight(adapter.up(), up(base, adapter)), origin);
    Value few = into.emit(product(dot.lhs(), down, into), origin);
    Value many = into.emit(product(few, up, into), origin);
    Value scale = into.emit(new Source.Constant(adapter.scale(), base.elem()), origin);
    Value change = into.emit(new Binary(BinaryKind.MUL, many, scale), origin);
    return List.of(into.emit(new Binary(BinaryKind.ADD, given.getFirst(), change), origin));
  }

  private static Dot product(Value x, Value weight, FunctionBuilder into) {
    int last = into.of(x).rank() - 1;
    return new Dot(x, weight, List.of(), List.of(), List.of(last), List.of(1), Optional.empty());
  }
}
