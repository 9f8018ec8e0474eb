package dune.frontend.elaborate;

import static dune.frontend.diagnostic.ErrorCode.ELEMENT_MISMATCH;
import static dune.frontend.diagnostic.ErrorCode.NARROWING;
import static dune.frontend.diagnostic.ErrorCode.NOT_AN_AXIS;
import static dune.frontend.diagnostic.ErrorCode.SHAPE_MISMATCH;
import static dune.frontend.diagnostic.ErrorCode.WRONG_TYPE;

import dune.frontend.ast.AxisSyntax;
import dune.frontend.ast.ElementName;
import dune.frontend.ast.Expression;
import dune.frontend.ast.Shape;
import dune.frontend.ast.TypeSyntax;
import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.source.Span;
import dune.ir.Elem;
import dune.ir.Initializer;
import dune.ir.Source;
import dune.ir.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Reads types as written, and checks values against them.
final class TypeReader {
  private final Evaluator evaluator;
  private final Session session;

  TypeReader(Evaluator evaluator) {
    this.evaluator = evaluator;
    this.session = evaluator.session;
  }

  /// The axes of a shape, all of whose names are known.
  List<Axis> axes(Shape shape, Scope scope) {
    var axes = new ArrayList<Axis>();
    for (AxisSyntax syntax : shape.axes()) {
      switch (syntax) {
        case AxisSyntax.PackAxis _ -> scope.frame().pack().forEach(dim -> axes.add(Axis.of(dim)));
        case AxisSyntax.DimensionAxis(var dimension, _) -> axes.add(axis(dimension, scope));
      }
    }
    return axes;
  }

  Axis axis(Expression dimension, Scope scope) {
    Datum datum = evaluator.evaluate(dimension, scope);
    return switch (datum) {
      case Datum.Whole(var dim, var factors) -> new Axis(dim, factors);
      // Not known while a definition is checked by itself: a dimension of its own, the same
      // wherever it is written so.
      case Datum.Unknown _ -> {
        String name = "(" + dimension.span().text().strip() + ")";
        if (scope.frame().atom(name).isEmpty()) {
          scope
              .frame()
              .bindRigid(name, dune.ir.dim.Dim.named(session.unique("u")), dimension.span());
        }
        yield Axis.of(dune.ir.dim.Dim.named(name));
      }
      default ->
          throw session.fail(
              NOT_AN_AXIS,
              dimension.span(),
              "a dimension is needed here, not " + Describe.kind(datum));
    };
  }

  Elem elem(ElementName name) {
    Elem elem =
        switch (name) {
          case F64 -> Elem.F64;
          case F32 -> Elem.F32;
          case F16 -> Elem.F16;
          case BF16 -> Elem.BF16;
          case INT -> Elem.INT;
          case BOOL -> Elem.BOOL;
        };
    // Double stays double, so that gradients and the interpreter can be checked in it.
    return elem.isFloat() && session.model() == Elem.F64 ? Elem.F64 : elem;
  }

  /// The value of an expression that may have a type written on it.
  Datum typed(Optional<TypeSyntax> type, Expression value, Scope scope) {
    if (type.isEmpty()) {
      Datum datum = evaluator.evaluate(value, scope);
      if (datum instanceof Datum.Start) {
        throw session.fail(
            Diagnostic.of(WRONG_TYPE, value.span(), "this needs a shape")
                .help("write the type: `var x: f32[...] = " + value.span().text() + "`"));
      }
      return datum;
    }
    return typed(type.get(), value, scope);
  }

  private Datum typed(TypeSyntax type, Expression value, Scope scope) {
    if (type instanceof TypeSyntax.TensorType(var element, var shape, var span)) {
      List<Axis> axes = axes(shape, scope);
      Datum datum = evaluator.evaluate(value, scope, Optional.of(axes));
      return tensor(datum, element.map(this::elem), axes, scope.frame(), value.span(), span);
    }
    Datum datum = evaluator.evaluate(value, scope);
    check(type, datum, value.span());
    return datum;
  }

  /// The datum as a tensor of the written type: spread along axes that it lacks, never losing one.
  ///
  /// @param written where the type stands
  Tensor tensor(
      Datum datum, Optional<Elem> elem, List<Axis> axes, Frame frame, Span span, Span written) {
    Tensor tensor =
        switch (datum) {
          case Tensor given -> given;
          case Datum.Start(Initializer.Constant(double value)) -> {
            Elem filled = elem.orElse(session.model());
            var type = new Type(filled, session.shape(frame, axes, written));
            yield new Tensor(
                axes, filled, session.emit(new Source.Fill(value, type), span), written);
          }
          case Datum.Whole _, Datum.Real _, Datum.Truth _, Datum.Unknown _ ->
              evaluator.arithmetic.tensor(
                  datum,
                  elem.orElse(datum instanceof Datum.Truth ? Elem.BOOL : session.model()),
                  new Arithmetic.Place(span, frame, Optional.empty()));
          default ->
              throw session.fail(
                  Diagnostic.of(
                          WRONG_TYPE, span, "a tensor is needed here, not " + Describe.kind(datum))
                      .also(written, "because of this type"));
        };
    for (Axis axis : tensor.axes()) {
      if (axes.stream().noneMatch(other -> other.dim().equals(axis.dim()))) {
        throw session.fail(
            Diagnostic.of(
                    SHAPE_MISMATCH,
                    span,
                    "this is " + tensor.shapeText() + ", and " + Tensor.text(axes) + " is written")
                .label("has an axis `" + Frame.text(axis.dim()) + "` that the written shape lacks")
                .also(written, "written here"));
      }
    }
    if (elem.isPresent()) tensor = element(tensor, elem.get(), span, written);
    return evaluator.alignment.conform(tensor, axes, frame, span);
  }

  /// The tensor with the declared element type; only widening happens by itself.
  Tensor element(Tensor tensor, Elem elem, Span span, Span declared) {
    if (tensor.elem() == elem) return tensor;
    if (!tensor.elem().isFloat() || !elem.isFloat()) {
      throw session.fail(
          Diagnostic.of(
                  ELEMENT_MISMATCH,
                  span,
                  "this is `" + tensor.elem() + "`, and `" + elem + "` is declared")
              .also(declared, "declared here")
              .help("convert it: `... as " + elem + "`"));
    }
    if (Arithmetic.wider(tensor.elem(), elem) != elem) {
      throw session.fail(
          Diagnostic.of(
                  NARROWING,
                  span,
                  "`" + tensor.elem() + "` does not become `" + elem + "` by itself")
              .also(declared, "`" + elem + "` is declared here")
              .help("round where you mean to: `... as " + elem + "`"));
    }
    return evaluator.alignment.cast(tensor, elem, span);
  }

  /// Checks a value that is no tensor against its type.
  void check(TypeSyntax type, Datum datum, Span span) {
    if (datum instanceof Datum.Unknown || datum instanceof Datum.Poison) return;
    boolean fits =
        switch (type) {
          case TypeSyntax.ScalarType(var kind, _) ->
              switch (kind) {
                case DIM, INT -> datum instanceof Datum.Whole;
                case FLOAT -> Arithmetic.isNumber(datum);
                case BOOL -> datum instanceof Datum.Truth;
                case TEXT -> datum instanceof Datum.Text;
                case JSON -> datum instanceof Datum.Settings || datum instanceof Datum.None;
                case MASK -> datum instanceof Datum.Mask;
                case BLOCK -> isBlock(datum);
              };
          case TypeSyntax.OptionalType(var inner, _) -> {
            if (datum instanceof Datum.None) yield true;
            check(inner, datum, span);
            yield true;
          }
          case TypeSyntax.ListType(var element, _) -> {
            List<Datum> values =
                switch (datum) {
                  case Datum.Items(var items, _) -> items;
                  case Datum.Settings(var config) -> evaluator.names.items(config).values();
                  default -> List.of();
                };
            for (Datum value : values) check(element, value, span);
            yield datum instanceof Datum.Items || datum instanceof Datum.Settings;
          }
          case TypeSyntax.FunctionType _ -> isFunction(datum);
          case TypeSyntax.TupleType(var parts, _) ->
              datum instanceof Datum.Parts(var values) && values.size() == parts.size();
          case TypeSyntax.NamedType(var name, _) ->
              datum instanceof Datum.Description(var definition, _, _, _)
                  && definition.name().text().equals(name.text());
          case TypeSyntax.TensorType _ -> datum instanceof Tensor;
          case TypeSyntax.ErrorType _ -> true;
        };
    if (fits) return;
    var diagnostic =
        Diagnostic.of(
                WRONG_TYPE,
                span,
                "`" + Describe.type(type) + "` is needed here, not " + Describe.kind(datum))
            .also(type.span(), "because of this type");
    if (datum instanceof Datum.None) {
      diagnostic = diagnostic.help("give a value for `none`: `... ?? value`");
    }
    throw session.fail(diagnostic);
  }

  static boolean isFunction(Datum datum) {
    return switch (datum) {
      case Datum.Closure _,
          Datum.BlockName _,
          Datum.Description _,
          Datum.Member _,
          Datum.Fitted _ ->
          true;
      case Datum.Builtin(String name) -> Arithmetic.isFunction(name);
      default -> false;
    };
  }

  private static boolean isBlock(Datum datum) {
    return datum instanceof Datum.Description
        || datum instanceof Datum.BlockName
        || datum instanceof Datum.Fitted;
  }
}
