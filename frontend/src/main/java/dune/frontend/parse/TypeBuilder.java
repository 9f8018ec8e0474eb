package dune.frontend.parse;

import dune.frontend.ast.AxisSyntax;
import dune.frontend.ast.ElementName;
import dune.frontend.ast.Identifier;
import dune.frontend.ast.Parameter;
import dune.frontend.ast.Shape;
import dune.frontend.ast.TypeSyntax;
import dune.frontend.ast.TypeSyntax.ScalarType;
import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.diagnostic.ErrorCode;
import dune.frontend.source.Span;
import dune.grammar.DuneLexer;
import dune.grammar.DuneParser;
import dune.grammar.DuneParser.AxesContext;
import dune.grammar.DuneParser.AxisContext;
import dune.grammar.DuneParser.ElemContext;
import dune.grammar.DuneParser.ParameterContext;
import dune.grammar.DuneParser.ParametersContext;
import dune.grammar.DuneParser.ScalarContext;
import dune.grammar.DuneParser.TypeAtomContext;
import dune.grammar.DuneParser.TypeContext;
import java.util.List;
import java.util.Optional;
import org.antlr.v4.runtime.Token;

/// Makes types, shapes and parameters of the parse tree.
final class TypeBuilder {
  private final Places places;
  private final ExpressionBuilder expressions;

  TypeBuilder(Places places, ExpressionBuilder expressions) {
    this.places = places;
    this.expressions = expressions;
  }

  List<Parameter> parameters(ParametersContext context) {
    return context.parameter().stream()
        .filter(parameter -> parameter.exception == null)
        .map(this::parameter)
        .toList();
  }

  private Parameter parameter(ParameterContext context) {
    var span = places.span(context);
    return switch (context) {
      case DuneParser.AxisParameterContext axis ->
          new Parameter.AxisParameter(places.identifier(axis.name()), span);
      case DuneParser.ValueParameterContext value ->
          new Parameter.ValueParameter(
              places.identifier(value.name()),
              type(value.type()),
              Optional.ofNullable(value.expr()).map(expressions::expression),
              span);
      default -> throw new IllegalStateException("parameter: " + context.getText());
    };
  }

  TypeSyntax type(TypeContext context) {
    var span = places.span(context);
    if (context.ARROW() != null) {
      var result = type(context.type());
      var atom = atomOrTuple(context);
      var parameters =
          atom instanceof TypeSyntax.TupleType(var parts, _) && context.OPTIONAL() == null
              ? parts
              : List.of(atom);
      return new TypeSyntax.FunctionType(parameters, result, span);
    }
    return atomOrTuple(context);
  }

  private TypeSyntax atomOrTuple(TypeContext context) {
    var atom = atom(context.typeAtom());
    if (context.OPTIONAL() == null) {
      return atom;
    }
    var span = places.span(context.typeAtom().getStart(), context.OPTIONAL().getSymbol());
    return new TypeSyntax.OptionalType(atom, span);
  }

  private TypeSyntax atom(TypeAtomContext context) {
    var span = places.span(context);
    return switch (context) {
      case DuneParser.ElementTensorTypeContext tensor ->
          new TypeSyntax.TensorType(
              Optional.of(element(tensor.elem())),
              shape(tensor.LBRACK().getSymbol(), tensor.axes(), tensor.RBRACK().getSymbol()),
              span);
      case DuneParser.TensorTypeContext tensor ->
          new TypeSyntax.TensorType(
              Optional.empty(),
              shape(tensor.lbrack().getStart(), tensor.axes(), tensor.RBRACK().getSymbol()),
              span);
      case DuneParser.ScalarTypeContext scalar -> scalar(scalar.scalar());
      case DuneParser.ListTypeContext list -> {
        var element = scalar(list.scalar());
        yield new TypeSyntax.ListType(
            list.OPTIONAL() == null
                ? element
                : new TypeSyntax.OptionalType(
                    element, element.span().to(places.span(list.OPTIONAL().getSymbol()))),
            span);
      }
      case DuneParser.TupleTypeContext tuple -> {
        var parts = tuple.type().stream().map(this::type).toList();
        yield parts.size() == 1 ? parts.getFirst() : new TypeSyntax.TupleType(parts, span);
      }
      case DuneParser.NamedTypeContext named ->
          new TypeSyntax.NamedType(new Identifier(named.getText(), span), span);
      default -> throw new IllegalStateException("type: " + context.getText());
    };
  }

  private TypeSyntax scalar(ScalarContext context) {
    var span = places.span(context);
    return switch (context.getStart().getType()) {
      case DuneLexer.DIM -> new ScalarType(ScalarType.Kind.DIM, span);
      case DuneLexer.INTT -> new ScalarType(ScalarType.Kind.INT, span);
      case DuneLexer.FLOATT -> new ScalarType(ScalarType.Kind.FLOAT, span);
      case DuneLexer.BOOLT -> new ScalarType(ScalarType.Kind.BOOL, span);
      case DuneLexer.TEXT -> new ScalarType(ScalarType.Kind.TEXT, span);
      case DuneLexer.JSON -> new ScalarType(ScalarType.Kind.JSON, span);
      case DuneLexer.MASK -> new ScalarType(ScalarType.Kind.MASK, span);
      case DuneLexer.BLOCK -> new ScalarType(ScalarType.Kind.BLOCK, span);
      default -> {
        String word = context.getText();
        places.report(
            Diagnostic.of(
                    ErrorCode.UNEXPECTED_TOKEN,
                    span,
                    "`" + word + "` is the type of elements, not of a value")
                .help(
                    "write `"
                        + word
                        + "[]` for a tensor of no axes, `float` for a constant number"));
        yield new TypeSyntax.ErrorType(span);
      }
    };
  }

  ElementName element(ElemContext context) {
    return switch (context.getStart().getType()) {
      case DuneLexer.F64 -> ElementName.F64;
      case DuneLexer.F32 -> ElementName.F32;
      case DuneLexer.F16 -> ElementName.F16;
      case DuneLexer.BF16 -> ElementName.BF16;
      case DuneLexer.INTT -> ElementName.INT;
      case DuneLexer.BOOLT -> ElementName.BOOL;
      default -> throw new IllegalStateException("element type: " + context.getText());
    };
  }

  Shape shape(Token open, AxesContext axes, Token close) {
    return new Shape(axes.axis().stream().map(this::axis).toList(), places.span(open, close));
  }

  AxisSyntax axis(AxisContext context) {
    Span span = places.span(context);
    return context.PACK() != null
        ? new AxisSyntax.PackAxis(span)
        : new AxisSyntax.DimensionAxis(expressions.expression(context.expr()), span);
  }
}
