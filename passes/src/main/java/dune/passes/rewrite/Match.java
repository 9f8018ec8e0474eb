package dune.passes.rewrite;

import dune.ir.FunctionBuilder;
import dune.ir.Inferred;
import dune.ir.Layout;
import dune.ir.Node;
import dune.ir.Op;
import dune.ir.Origin;
import dune.ir.Source;
import dune.ir.Type;
import dune.ir.Value;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// What a rule sees of the function, and where it puts the operations that it makes.
public final class Match {
  private final FunctionBuilder builder;
  private final Origin origin;

  Match(FunctionBuilder builder, Origin origin) {
    this.builder = builder;
    this.origin = origin;
  }

  public Type type(Value value) {
    return builder.of(value);
  }

  /// The type of the only result of an operation.
  public Type resultType(Op op) {
    return switch (op.infer(builder)) {
      case Inferred.Results(List<Type> types) -> types.getFirst();
      case Inferred.Broken(String constraint, String reason) ->
          throw new IllegalArgumentException(constraint + ": " + reason + " in " + op);
    };
  }

  /// The operation that defines `value`, if it is of this kind.
  public <O extends Op> Optional<O> find(Class<O> kind, Value value) {
    return builder.definition(value).map(Node::op).filter(kind::isInstance).map(kind::cast);
  }

  /// The number, if `value` is a constant of rank 0.
  public OptionalDouble constant(Value value) {
    Optional<Source.Constant> constant = find(Source.Constant.class, value);
    return constant.isPresent()
        ? OptionalDouble.of(constant.get().value())
        : OptionalDouble.empty();
  }

  /// The number, if every element of `value` is known to be the same one.
  public OptionalDouble uniform(Value value) {
    Optional<Op> op = find(Op.class, value);
    if (op.isEmpty()) return OptionalDouble.empty();
    return switch (op.get()) {
      case Source.Constant(double number, _) -> OptionalDouble.of(number);
      case Source.Fill(double number, _) -> OptionalDouble.of(number);
      case Layout.Broadcast(Value x, _, _) -> uniform(x);
      case Op _ -> OptionalDouble.empty();
    };
  }

  /// Adds an operation, or finds it where it was added before. It comes from where the replaced one
  /// comes from.
  public Value emit(Op op) {
    return builder.emit(op, origin);
  }
}
