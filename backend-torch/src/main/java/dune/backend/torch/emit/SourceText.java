package dune.backend.torch.emit;

import dune.ir.Elem;
import dune.ir.Source;
import dune.ir.Value;

/// Text of the operations without operands.
final class SourceText {
  private final MethodText method;

  SourceText(MethodText method) {
    this.method = method;
  }

  void emit(Value result, Source op) {
    switch (op) {
      case Source.Weight _ when method.joined().isOnlyPart(result) -> {
        // Has no tensor of its own.
      }
      case Source.Weight(var path, var type) ->
          method.set(
              result,
              Operand.Tensor.whole("self." + method.attributes().weight(path), type.rank()));
      case Source.Constant(double value, Elem elem) ->
          method.set(result, new Operand.Literal(value, elem));
      case Source.Fill(double value, var type) ->
          method.set(result, new Operand.Literal(value, type.elem()));
      case Source.Table table ->
          method.set(result, Operand.Tensor.whole("self." + method.attributes().table(table), 1));
      case Source.Prepared(var name, var type) ->
          method.set(
              result,
              Operand.Tensor.whole("self." + method.attributes().prepared(name), type.rank()));
      case Source.Iota(var size) -> method.assign(result, method.range(size));
      case Source.Position(var axis) -> method.assign(result, method.range(axis));
      case Source.Size(var dim, Elem elem) ->
          method.set(result, new Operand.Count(method.size(dim), elem));
      case Source.Random(_, var type) ->
          method.assign(
              result,
              "torch.rand(%s, %s)"
                  .formatted(method.shape(type.shape()), method.options(type.elem())));
    }
  }
}
