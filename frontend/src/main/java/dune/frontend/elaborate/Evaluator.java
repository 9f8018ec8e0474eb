package dune.frontend.elaborate;

import static dune.frontend.diagnostic.ErrorCode.ASSIGNMENT_TO_CONSTANT;
import static dune.frontend.diagnostic.ErrorCode.BAD_ARITHMETIC;
import static dune.frontend.diagnostic.ErrorCode.BAD_CONDITION;
import static dune.frontend.diagnostic.ErrorCode.KEY_OUTSIDE_CONFIG;
import static dune.frontend.diagnostic.ErrorCode.MISSING_VALUE;
import static dune.frontend.diagnostic.ErrorCode.NOT_ITERABLE;
import static dune.frontend.diagnostic.ErrorCode.PENALTY_NOT_SCALAR;
import static dune.frontend.diagnostic.ErrorCode.REQUIREMENT_FAILED;
import static dune.frontend.diagnostic.ErrorCode.SIZES_DISAGREE;
import static dune.frontend.diagnostic.ErrorCode.WRONG_COUNT;
import static dune.frontend.diagnostic.ErrorCode.WRONG_TYPE;

import dune.frontend.ast.BinaryOperator;
import dune.frontend.ast.Body;
import dune.frontend.ast.Expression;
import dune.frontend.ast.Expression.TextLiteral;
import dune.frontend.ast.Identifier;
import dune.frontend.ast.Let;
import dune.frontend.ast.Require;
import dune.frontend.ast.Statement;
import dune.frontend.ast.TextPart;
import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.source.Span;
import dune.ir.Type;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// Evaluates expressions and bodies: constants by computing them, tensors by emitting operations.
final class Evaluator {
  private static final int LONGEST_TEXT = 10_000;

  final Session session;
  final Alignment alignment;
  final Arithmetic arithmetic;
  final Names names;
  final TypeReader types;
  final Control control;
  final Binder binder;
  final TensorBinder tensors;
  final Calls calls;
  final FittedCalls fittedCalls;
  final Results results;
  final Views views;
  final TensorFunctions functions;
  final Masks masks;
  final Scans scans;
  final Experts experts;
  final Instances instances;

  Evaluator(Session session) {
    this.session = session;
    alignment = new Alignment(session);
    arithmetic = new Arithmetic(session, alignment);
    names = new Names(this);
    types = new TypeReader(this);
    control = new Control(this);
    binder = new Binder(this);
    tensors = new TensorBinder(this);
    calls = new Calls(this);
    fittedCalls = new FittedCalls(this);
    results = new Results(this);
    views = new Views(this);
    functions = new TensorFunctions(this);
    masks = new Masks(this);
    scans = new Scans(this);
    experts = new Experts(this);
    instances = new Instances(this);
  }

  Datum evaluate(Expression expression, Scope scope) {
    return evaluate(expression, scope, Optional.empty());
  }

  /// @param written the shape that the author gave the result; it lets an elementwise operation
  ///   spread both operands
  Datum evaluate(Expression expression, Scope scope, Optional<List<Axis>> written) {
    try {
      Datum value = session.nested(() -> evaluateAny(expression, scope, written));
      if (value instanceof Datum.Poison) throw new Abandoned();
      return value;
    } catch (ArithmeticException e) {
      throw session.fail(
          SIZES_DISAGREE, expression.span(), "a size here does not fit 64 bits: " + e.getMessage());
    }
  }

  private Datum evaluateAny(Expression expression, Scope scope, Optional<List<Axis>> written) {
    return switch (expression) {
      case Expression.Name name -> names.find(name, scope);
      case Expression.IntegerLiteral(var value, var span) -> whole(value, span);
      case Expression.RealLiteral(double value, _) -> new Datum.Real(value);
      case Expression.BooleanLiteral(boolean value, _) -> new Datum.Truth(value);
      case Expression.NoneLiteral _ -> Datum.NONE;
      case TextLiteral text -> new Datum.Text(text(text, scope));
      case Expression.ListLiteral(var elements, _) ->
          new Datum.Items(
              elements.stream().map(element -> evaluate(element, scope)).toList(), true);
      case Expression.Comprehension comprehension -> control.comprehension(comprehension, scope);
      case Expression.Tuple(var parts, _) ->
          new Datum.Parts(parts.stream().map(part -> evaluate(part, scope)).toList());
      case Expression.Range(_, _, _, var span) ->
          throw session.fail(NOT_ITERABLE, span, "a range stands only after `in` and in an index");
      case Expression.Field field -> names.field(field, scope);
      case Expression.ConfigKey(var name, var span) -> configKey(name, span, scope);
      case Expression.Call call -> calls.call(call, scope, written);
      case Expression.Index index -> views.index(index, scope);
      case Expression.Unary(var operator, _, var operand, var span) -> {
        Datum value = evaluate(operand, scope, written);
        var place = new Arithmetic.Place(span, scope.frame(), written);
        yield switch (operator) {
          case NEGATE -> arithmetic.negate(value, place);
          case NOT -> arithmetic.not(value, place);
        };
      }
      case Expression.Binary binary -> binary(binary, scope, written);
      case Expression.Cast cast -> views.cast(cast, scope, written);
      case Expression.If(var condition, var then, var otherwise, var span) ->
          control.conditional(condition, then, otherwise, span, scope, written);
      case Expression.For loop -> control.loop(loop, scope);
      case Expression.Match match -> control.match(match, scope, written);
      case Expression.ErrorExpression _ -> Datum.POISON;
    };
  }

  private Datum whole(BigInteger value, Span span) {
    if (value.bitLength() > 62) {
      throw session.fail(WRONG_TYPE, span, "this number does not fit 64 bits");
    }
    return Datum.Whole.of(value.longValue());
  }

  private Datum configKey(Identifier name, Span span, Scope scope) {
    Optional<Binding> config = scope.find("config");
    if (config.isEmpty()) {
      throw session.fail(
          Diagnostic.of(
                  KEY_OUTSIDE_CONFIG,
                  span,
                  "`." + name + "` is a key of config.json, and there is none here")
              .help(
                  "keys are read in the `config` clause; inside a block use the parameter that it"
                      + " sets"));
    }
    return names.key(config.get().value(), name.text(), span);
  }

  private Datum binary(Expression.Binary binary, Scope scope, Optional<List<Axis>> written) {
    var place = new Arithmetic.Place(binary.span(), scope.frame(), written);
    Datum left = evaluate(binary.left(), scope, written);
    switch (binary.operator()) {
      case COALESCE -> {
        if (left instanceof Datum.None) return evaluate(binary.right(), scope, written);
        if (!(left instanceof Datum.Unknown)) return left;
        Datum right = evaluate(binary.right(), scope, written);
        return right instanceof Datum.None ? left : right;
      }
      // What the left side decides, the right side need not have a value for.
      case AND, OR -> {
        boolean and = binary.operator() == BinaryOperator.AND;
        if (left instanceof Datum.Truth(boolean value) && value != and) return left;
      }
      case IN -> {
        return contains(left, evaluate(binary.right(), scope), place);
      }
      default -> {
        // Both sides count.
      }
    }
    return arithmetic.binary(
        binary.operator(), left, evaluate(binary.right(), scope, written), place);
  }

  private Datum contains(Datum value, Datum list, Arithmetic.Place place) {
    return switch (list) {
      case Datum.Items(var values, boolean complete) -> {
        boolean unknown = !complete;
        for (Datum element : values) {
          Datum same = arithmetic.binary(BinaryOperator.EQUAL, value, element, place);
          if (same instanceof Datum.Truth(boolean truth) && truth) yield same;
          unknown |= same instanceof Datum.Unknown;
        }
        yield unknown ? new Datum.Unknown("bool") : new Datum.Truth(false);
      }
      case Datum.Settings(var config) -> contains(value, names.items(config), place);
      case Datum.Unknown _ -> new Datum.Unknown("bool");
      default ->
          throw session.fail(
              WRONG_TYPE, place.span(), "`in` needs a list, not " + Describe.kind(list));
    };
  }

  /// The text with everything in braces replaced by its value.
  String text(TextLiteral literal, Scope scope) {
    var text = new StringBuilder();
    for (TextPart part : literal.parts()) {
      switch (part) {
        case TextPart.Plain(String plain, _) -> text.append(plain);
        case TextPart.Interpolation(var value, _) ->
            text.append(show(evaluate(value, scope), scope));
      }
      if (text.length() > LONGEST_TEXT) {
        throw session.fail(
            BAD_ARITHMETIC,
            literal.span(),
            "this text has more than " + LONGEST_TEXT + " characters");
      }
    }
    return text.toString();
  }

  private String show(Datum datum, Scope scope) {
    return switch (datum) {
      case Datum.Whole(var dim, _) -> Frame.text(session.actual(scope.frame(), dim));
      case Datum.Real(double value) -> String.valueOf(value);
      case Datum.Truth(boolean value) -> String.valueOf(value);
      case Datum.Text(String value) -> value;
      default -> Describe.kind(datum);
    };
  }

  /// The whole number that a datum stands for, if it is known.
  OptionalLong constant(Datum datum, Scope scope) {
    return datum instanceof Datum.Whole(var dim, _)
        ? session.actual(scope.frame(), dim).size()
        : OptionalLong.empty();
  }

  /// Runs the statements and gives the value of the last one, if it is an expression.
  Datum statements(Body body, Scope scope, Optional<List<Axis>> written) {
    Datum value = Datum.UNIT;
    boolean abandoned = false;
    for (int i = 0; i < body.statements().size(); i++) {
      boolean last = i == body.statements().size() - 1;
      try {
        value = statement(body.statements().get(i), scope, last ? written : Optional.empty());
      } catch (Abandoned e) {
        // What a failed requirement guards would only fail again.
        if (body.statements().get(i) instanceof Require) throw e;
        abandoned |= last;
      }
    }
    if (abandoned) throw new Abandoned();
    return value;
  }

  /// The value of a body that must have one.
  Datum value(Body body, Scope scope, Optional<List<Axis>> written) {
    Datum value = statements(body, scope, written);
    if (value instanceof Datum.Unit) {
      throw session.fail(
          Diagnostic.of(MISSING_VALUE, body.span().after(), "this body has no value")
              .help("the last line of a body is its value"));
    }
    return value;
  }

  private Datum statement(Statement statement, Scope scope, Optional<List<Axis>> written) {
    switch (statement) {
      case Let let -> let(let, scope);
      case Statement.Var(var name, var type, var value, _) -> {
        Datum given = Datum.POISON;
        try {
          given = types.typed(type, value, scope);
        } finally {
          scope.declareVariable(name.text(), given, name.span());
        }
      }
      case Statement.Assign assign -> assign(assign, scope);
      case Statement.Penalty(var value, var span) -> penalty(value, span, scope);
      case Require require -> require(require, scope);
      case Statement.ExpressionStatement(var value, _) -> {
        return evaluate(value, scope, written);
      }
      case Statement.ErrorStatement _ -> throw new Abandoned();
    }
    return Datum.UNIT;
  }

  void let(Let let, Scope scope) {
    List<Identifier> declared = let.names();
    try {
      Datum value = types.typed(let.type(), let.value(), scope);
      if (declared.size() == 1) {
        scope.declare(declared.getFirst().text(), value, declared.getFirst().span());
        return;
      }
      List<Datum> parts =
          switch (value) {
            case Datum.Parts(var values) -> values;
            case Datum.Unknown _ ->
                declared.stream().map(_ -> (Datum) new Datum.Unknown("value")).toList();
            default ->
                throw session.fail(
                    WRONG_COUNT,
                    let.value().span(),
                    declared.size()
                        + " names need as many values, and this is "
                        + Describe.kind(value));
          };
      if (parts.size() != declared.size()) {
        throw session.fail(
            WRONG_COUNT,
            let.value().span(),
            "there are " + declared.size() + " names for " + parts.size() + " values");
      }
      for (int i = 0; i < parts.size(); i++) {
        scope.declare(declared.get(i).text(), parts.get(i), declared.get(i).span());
      }
    } catch (Abandoned e) {
      for (Identifier name : declared) scope.declare(name.text(), Datum.POISON, name.span());
      throw e;
    }
  }

  private void assign(Statement.Assign assign, Scope scope) {
    String name = assign.name().text();
    Optional<Binding> binding = scope.find(name);
    if (binding.isEmpty()) {
      throw names.unknown(name, assign.name().span(), scope);
    }
    if (binding.get().kind() != Binding.Kind.VARIABLE) {
      throw session.fail(
          Diagnostic.of(
                  ASSIGNMENT_TO_CONSTANT, assign.name().span(), "`" + name + "` cannot be assigned")
              .also(binding.get().declared(), "declared here, without `var`")
              .help("declare it with `var " + name + " = ...`"));
    }
    Datum value = Datum.POISON;
    try {
      value = evaluate(assign.value(), scope);
      scans.checkAssigned(binding.get(), value, assign);
    } finally {
      scope.assign(name, value);
    }
  }

  private void penalty(Expression expression, Span span, Scope scope) {
    Datum value = evaluate(expression, scope);
    var place = new Arithmetic.Place(span, scope.frame(), Optional.empty());
    if (value instanceof Tensor tensor && tensor.rank() > 0) {
      throw session.fail(
          Diagnostic.of(
                  PENALTY_NOT_SCALAR,
                  expression.span(),
                  "a penalty is one number, not " + tensor.shapeText())
              .help("reduce it first: `mean(..., over ...)`"));
    }
    if (!session.training() || session.builder() != session.outermost()) return;
    session
        .penalties()
        .add(
            arithmetic
                .tensor(value, Arithmetic.wider(dune.ir.Elem.F32, session.model()), place)
                .value());
  }

  void require(Require require, Scope scope) {
    Datum condition = evaluate(require.condition(), scope);
    switch (condition) {
      case Datum.Truth(boolean holds) -> {
        if (!holds) {
          throw session.fail(
              origins(
                  Diagnostic.of(
                          REQUIREMENT_FAILED,
                          require.condition().span(),
                          text(require.message(), scope))
                      .label("this does not hold"),
                  require.condition(),
                  scope));
        }
      }
      case Datum.Unknown _ -> text(require.message(), scope);
      default ->
          throw session.fail(
              BAD_CONDITION,
              require.condition().span(),
              "`require` needs true or false, not " + Describe.kind(condition));
    }
  }

  /// Marks where the dimensions of a condition got their sizes.
  private Diagnostic origins(Diagnostic diagnostic, Expression condition, Scope scope) {
    return switch (condition) {
      case Expression.Binary(_, _, var left, var right, _) ->
          origins(origins(diagnostic, left, scope), right, scope);
      case Expression.Unary(_, _, var operand, _) -> origins(diagnostic, operand, scope);
      case Expression.Name(var name, _) -> {
        Optional<Datum> value = scope.find(name).map(Binding::value);
        yield value.isPresent() && value.get() instanceof Datum.Whole(var dim, _)
            ? session.origins(diagnostic, scope.frame(), dim)
            : diagnostic;
      }
      default -> diagnostic;
    };
  }

  Type type(Tensor tensor, Frame frame, Span span) {
    return new Type(tensor.elem(), session.shape(frame, tensor.axes(), span));
  }
}
