package dune.frontend.elaborate;

import dune.frontend.ast.AxisSyntax;
import dune.frontend.ast.TypeSyntax;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// Says in words what a value or a type is, for messages.
final class Describe {
  private Describe() {}

  static String kind(Datum datum) {
    return switch (datum) {
      case Tensor tensor ->
          "a tensor " + (tensor.elem().isFloat() ? "" : tensor.elem().text()) + tensor.shapeText();
      case Datum.Whole(var dim, _) ->
          dim.isConstant() ? "the number " + dim : "the dimension `" + Frame.text(dim) + "`";
      case Datum.Real(double value) -> "the number " + value;
      case Datum.Truth(boolean value) -> "`" + value + "`";
      case Datum.Text(String value) -> "the text \"" + value + "\"";
      case Datum.None() -> "`none`";
      case Datum.Unit() -> "nothing";
      case Datum.Items(var values, _) -> "a list of " + values.size();
      case Datum.Parts(var values) -> values.size() + " values";
      case Datum.Settings(var config) -> "the config entry `" + config.path() + "`";
      case Datum.Unknown(String kind) -> "a " + kind;
      case Datum.Absent(var condition, _) -> "what exists only if `" + condition.text() + "`";
      case Datum.Poison() -> "a value with an error";
      case Datum.Builtin(String name) -> "the function `" + name + "`";
      case Datum.Start _ -> "an initialiser";
      case Datum.Owned(var weight) -> "the weight `" + weight.path + "`";
      case Datum.Closure(var definition, _) -> "the function `" + definition.name() + "`";
      case Datum.BlockName(var definition, _) -> "the block `" + definition.name() + "`";
      case Datum.Description(var definition, _, _, _) -> "a block `" + definition.name() + "`";
      case Datum.Member(var instance) -> "the member `" + instance.path() + "`";
      case Datum.Fitted(_, _, var target, _) ->
          target instanceof Datum.Unknown ? "a function" : kind(target);
      case Datum.Selected _ -> "chosen experts";
      case Datum.Mask _ -> "a mask";
    };
  }

  static String type(TypeSyntax type) {
    return switch (type) {
      case TypeSyntax.TensorType(var elem, var shape, _) ->
          elem.map(name -> name.word()).orElse("")
              + shape.axes().stream()
                  .map(Describe::axis)
                  .collect(Collectors.joining(", ", "[", "]"));
      case TypeSyntax.ScalarType(var kind, _) -> kind.name().toLowerCase(java.util.Locale.ROOT);
      case TypeSyntax.ListType(var element, _) -> "[" + type(element) + "]";
      case TypeSyntax.OptionalType(var value, _) -> type(value) + "?";
      case TypeSyntax.FunctionType(var parameters, var result, _) ->
          (parameters.size() == 1
                  ? type(parameters.getFirst())
                  : parameters.stream()
                      .map(Describe::type)
                      .collect(Collectors.joining(", ", "(", ")")))
              + " -> "
              + type(result);
      case TypeSyntax.TupleType(var parts, _) ->
          parts.stream().map(Describe::type).collect(Collectors.joining(", ", "(", ")"));
      case TypeSyntax.NamedType(var name, _) -> name.text();
      case TypeSyntax.ErrorType _ -> "?";
    };
  }

  static String axis(AxisSyntax axis) {
    return switch (axis) {
      case AxisSyntax.PackAxis _ -> "...";
      case AxisSyntax.DimensionAxis(var dimension, _) -> dimension.span().text();
    };
  }

  /// Paths for a message, with equal ones of a list folded, and not too many.
  static String some(List<String> paths) {
    Set<String> folded = new LinkedHashSet<>();
    for (String path : paths) folded.add("`" + path.replaceAll("\\.\\d+(?=\\.|$)", ".*") + "`");
    return String.join(", ", folded.stream().limit(12).toList())
        + (folded.size() > 12 ? ", ..." : "");
  }
}
