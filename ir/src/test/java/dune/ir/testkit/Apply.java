package dune.ir.testkit;

import dune.ir.Function;
import dune.ir.FunctionBuilder;
import dune.ir.Op;
import dune.ir.Origin;
import dune.ir.Program;
import dune.ir.Shape;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.interpret.Array;
import dune.ir.interpret.Interpreter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/// Applies one operation, or a few, to arrays.
public final class Apply {
  private Apply() {}

  /// The results of one operation.
  public static List<Array> op(java.util.function.Function<List<Value>, Op> op, Array... inputs) {
    return function(
        (builder, values) -> builder.emitAll(op.apply(values), Origin.NONE), List.of(inputs));
  }

  /// The results of a function body on arrays, whose sizes are the types.
  public static List<Array> function(
      BiFunction<FunctionBuilder, List<Value>, List<Value>> body, List<Array> inputs) {
    var builder = new FunctionBuilder();
    var values = new ArrayList<Value>();
    Map<String, Array> named = new LinkedHashMap<>();
    for (Array input : inputs) {
      String name = "x" + values.size();
      values.add(builder.input(name, new Type(input.elem(), Shape.of(input.shape()))));
      named.put(name, input);
    }
    var outputs = new ArrayList<Function.Output>();
    for (Value result : body.apply(builder, values)) {
      outputs.add(new Function.Output("y" + outputs.size(), result));
    }
    Function function = builder.build("apply", List.of(), outputs, List.of());
    var program = new Program("apply", List.of(), List.of(), List.of(function));
    return List.copyOf(
        Interpreter.run(
                program,
                "apply",
                named,
                path -> {
                  throw new IllegalStateException("no weight " + path);
                })
            .outputs()
            .values());
  }
}
