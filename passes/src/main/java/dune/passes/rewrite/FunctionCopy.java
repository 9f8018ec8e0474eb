package dune.passes.rewrite;

import dune.ir.Control;
import dune.ir.Elem;
import dune.ir.Function;
import dune.ir.FunctionBuilder;
import dune.ir.Node;
import dune.ir.Op;
import dune.ir.Operands;
import dune.ir.Region;
import dune.ir.Type;
import dune.ir.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Copies the live nodes of a function into a fresh builder, bodies included, at other sizes. An
/// {@link Emitter} decides what becomes of each operation, so that every rewrite is a copy.
///
/// Bodies capture anew: what a body no longer uses of its surroundings is not handed in any more.
public final class FunctionCopy {
  /// What stands in the copy for values copied before.
  public interface Copies {
    /// @throws IllegalArgumentException if nothing stands for it yet
    Value of(Value before);

    /// Lets a value of the copy stand for one whose own node is left out.
    void put(Value before, Value after);
  }

  /// Puts an operation, whose operands are those of the copy already, into the copy.
  @FunctionalInterface
  public interface Emitter {
    /// @param before the node that is copied
    /// @return the values that stand for the results of `op`
    List<Value> emit(Op op, Node before, FunctionBuilder into);

    /// Puts what stands for a node into the copy, for who has to know more than its operands. It is
    /// asked before {@link #emit}, which it makes unnecessary by an answer.
    default Optional<List<Value>> replace(Node before, Copies copies, FunctionBuilder into) {
      return Optional.empty();
    }

    /// Whether a node is left out, because nothing in the copy needs what it computes.
    default boolean skips(Node before) {
      return false;
    }

    /// The value that a result of the function gets.
    ///
    /// @param before the value that it had
    default Value output(Value before, Copies copies, FunctionBuilder into) {
      return copies.of(before);
    }
  }

  /// Copies every operation as it is, but for what the other methods say.
  public interface Verbatim extends Emitter {
    @Override
    default List<Value> emit(Op op, Node before, FunctionBuilder into) {
      return into.emitAll(op, before.origin());
    }
  }

  /// Copies every operation as it is.
  public static final Emitter VERBATIM = new Verbatim() {};

  private final Function function;
  private final Substitution substitution;
  private final Emitter emitter;
  private final Liveness liveness;
  private final Map<Value, Value> values = new HashMap<>();
  private final Copies copies =
      new Copies() {
        @Override
        public Value of(Value before) {
          Value after = values.get(before);
          if (after == null) throw new IllegalArgumentException(before + " is not copied yet");
          return after;
        }

        @Override
        public void put(Value before, Value after) {
          values.put(before, after);
        }
      };

  private FunctionCopy(Function function, Substitution substitution, Emitter emitter) {
    this.function = function;
    this.substitution = substitution;
    this.emitter = emitter;
    this.liveness = Liveness.of(function);
  }

  /// The copy, under its own name and with the same dimensions to be handed in.
  public static Function copy(Function function, Substitution substitution, Emitter emitter) {
    return copy(function, function.name(), function.dims(), substitution, emitter);
  }

  /// The copy under another name, and with other dimensions to be handed in.
  public static Function copy(
      Function function,
      String name,
      List<String> dims,
      Substitution substitution,
      Emitter emitter) {
    return new FunctionCopy(function, substitution, emitter).run(name, dims);
  }

  private Function run(String name, List<String> dims) {
    var builder = new FunctionBuilder();
    for (Function.Input input : function.inputs()) {
      values.put(input.value(), builder.input(input.name(), substitution.apply(input.type())));
    }
    copy(function.nodes(), builder);
    List<Function.Output> outputs =
        function.outputs().stream()
            .map(output -> new Function.Output(output.name(), output(output.value(), builder)))
            .toList();
    return builder.build(
        name, dims, outputs, function.penalties().stream().map(values::get).toList());
  }

  private Value output(Value before, FunctionBuilder into) {
    return emitter.output(before, copies, into);
  }

  private void copy(List<Node> nodes, FunctionBuilder into) {
    for (Node node : nodes) {
      if (!liveness.isLive(node) || emitter.skips(node)) continue;
      Optional<List<Value>> replaced = emitter.replace(node, copies, into);
      if (replaced.isPresent()) {
        bind(node.results(), replaced.get());
        continue;
      }
      Op op =
          switch (node.op()) {
            case Control.Scan scan -> scan(scan, into);
            case Control.Dispatch dispatch -> dispatch(dispatch, into);
            case Control.Fused fused -> fused(fused, into);
            case Op plain -> substitution.apply(Operands.map(plain, values::get));
          };
      bind(node.results(), emitter.emit(op, node, into));
    }
  }

  private Op scan(Control.Scan scan, FunctionBuilder into) {
    List<Value> initial = scan.initial().stream().map(values::get).toList();
    var types = new ArrayList<Type>();
    types.add(Type.scalar(Elem.INT));
    for (Value value : initial) types.add(into.of(value));
    FunctionBuilder inner = into.region(types);
    List<Value> arguments = scan.body().arguments();
    bind(arguments.subList(0, types.size()), inner.arguments());
    bindOutside(arguments.subList(types.size(), arguments.size()), scan.captures());
    Region body = body(scan.body(), inner);
    return new Control.Scan(substitution.apply(scan.steps()), initial, inner.captured(), body);
  }

  private Op dispatch(Control.Dispatch dispatch, FunctionBuilder into) {
    List<List<Value>> captures =
        dispatch.captures().stream().map(one -> one.stream().map(values::get).toList()).toList();
    List<Value> arguments = dispatch.body().arguments();
    int own = 1 + captures.getFirst().size();
    FunctionBuilder inner =
        into.region(
            arguments.subList(0, own).stream()
                .map(argument -> substitution.apply(function.of(argument)))
                .toList());
    bind(arguments.subList(0, own), inner.arguments());
    bindOutside(arguments.subList(own, arguments.size()), dispatch.shared());
    Region body = body(dispatch.body(), inner);
    return new Control.Dispatch(
        values.get(dispatch.x()),
        values.get(dispatch.choice()),
        captures,
        inner.captured(),
        dispatch.shares().map(values::get),
        body);
  }

  private Op fused(Control.Fused fused, FunctionBuilder into) {
    List<Value> operands = fused.operands().stream().map(values::get).toList();
    FunctionBuilder inner = into.region(operands.stream().map(into::of).toList());
    bind(fused.body().arguments(), inner.arguments());
    Region body = body(fused.body(), inner);
    return new Control.Fused(fused.kind(), operands, body);
  }

  private Region body(Region region, FunctionBuilder inner) {
    copy(region.nodes(), inner);
    return inner.buildRegion(region.results().stream().map(values::get).toList());
  }

  /// Lets arguments stand for values of the surroundings, which the builder captures where they are
  /// used.
  private void bindOutside(List<Value> arguments, List<Value> outside) {
    for (int i = 0; i < arguments.size(); i++) {
      values.put(arguments.get(i), values.get(outside.get(i)));
    }
  }

  private void bind(List<Value> before, List<Value> after) {
    for (int i = 0; i < before.size(); i++) values.put(before.get(i), after.get(i));
  }
}
