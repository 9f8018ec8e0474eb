package dune.frontend.resolve;

import static dune.frontend.diagnostic.ErrorCode.UNKNOWN_NAME;
import static dune.frontend.diagnostic.ErrorCode.UNUSED_IMPORT;
import static dune.frontend.diagnostic.ErrorCode.UNUSED_LET;

import dune.frontend.ast.Argument;
import dune.frontend.ast.AxisSyntax;
import dune.frontend.ast.Body;
import dune.frontend.ast.CastElement;
import dune.frontend.ast.ConfigEntry;
import dune.frontend.ast.Definition;
import dune.frontend.ast.Definition.BlockDefinition;
import dune.frontend.ast.Definition.FunctionDefinition;
import dune.frontend.ast.Definition.MaskDefinition;
import dune.frontend.ast.Expression;
import dune.frontend.ast.Identifier;
import dune.frontend.ast.Import;
import dune.frontend.ast.IndexEntry;
import dune.frontend.ast.Item;
import dune.frontend.ast.Let;
import dune.frontend.ast.MatchCase;
import dune.frontend.ast.NamePart;
import dune.frontend.ast.Parameter;
import dune.frontend.ast.PatternStep;
import dune.frontend.ast.Require;
import dune.frontend.ast.Shape;
import dune.frontend.ast.SourceFile;
import dune.frontend.ast.Statement;
import dune.frontend.ast.TextPart;
import dune.frontend.ast.TypeSyntax;
import dune.frontend.ast.WeightRule;
import dune.frontend.ast.WeightSource;
import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.source.Span;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// Walks a file and looks up every name.
public final class Resolver {
  private final Diagnostics diagnostics;

  private final Predicate<String> library;

  private Resolver(Diagnostics diagnostics, Predicate<String> library) {
    this.diagnostics = diagnostics;
    this.library = library;
  }

  /// @param library whether the library defines a name, which the file may have forgotten to import
  public static void resolve(SourceFile file, Predicate<String> library, Diagnostics diagnostics) {
    new Resolver(diagnostics, library).file(file);
  }

  private void file(SourceFile file) {
    var names = new NameScope();
    for (Import one : file.imports())
      for (Identifier name : one.names()) names.declare(name, NameScope.Use.EXPECTED);
    for (Definition definition : file.definitions()) names.declare(definition.name());
    for (Definition definition : file.definitions()) definition(definition, names);
    names.unused(
        (name, span) ->
            diagnostics.report(
                Diagnostic.of(UNUSED_IMPORT, span, "`" + name + "` is imported and never used")
                    .help("leave it out of the import")));
  }

  private void definition(Definition definition, NameScope outer) {
    switch (definition) {
      case BlockDefinition block -> block(block, outer);
      case FunctionDefinition function -> {
        NameScope names = outer.inner();
        parameters(function.parameters(), names);
        type(function.result(), names);
        body(function.body(), names);
      }
      case MaskDefinition mask -> {
        NameScope names = outer.inner();
        parameters(mask.parameters(), names);
        names.declare("query");
        names.declare("key");
        expression(mask.condition(), names);
      }
    }
  }

  private void block(BlockDefinition block, NameScope outer) {
    NameScope names = outer.inner();
    for (Parameter parameter : block.parameters()) names.declare(parameter.name());
    declare(block.items(), names);
    parameters(block.parameters(), names);
    items(block.items(), names);
    reportLets(names);
  }

  private void reportLets(NameScope names) {
    names.unused(
        (name, span) ->
            diagnostics.report(
                Diagnostic.of(UNUSED_LET, span, "`" + name + "` is never used")
                    .help("leave it out")));
  }

  /// Items of a block see one another, whatever their order.
  private void declare(List<Item> items, NameScope names) {
    for (Item item : items) {
      switch (item) {
        case Let let -> let.names().forEach(name -> names.declare(name, NameScope.Use.EXPECTED));
        case Item.WeightDeclaration weight -> names.declare(weight.name());
        case Item.Member member -> names.declare(member.name());
        case Item.IfItem(_, var then, var otherwise, _) -> {
          declare(then, names);
          declare(otherwise, names);
        }
        case Definition definition -> names.declare(definition.name());
        case Item.ErrorItem(var name, _) -> name.ifPresent(names::declare);
        case Require _, Item.Tie _, Item.Forward _, Item.Init _, Item.Checkpoint _ -> {
          // Declare nothing.
        }
      }
    }
  }

  private void items(List<Item> items, NameScope names) {
    for (Item item : items) item(item, names);
  }

  private void item(Item item, NameScope names) {
    switch (item) {
      case Let(_, var type, var value, _) -> {
        type.ifPresent(written -> type(written, names));
        expression(value, names);
      }
      case Require(var condition, var message, _) -> {
        expression(condition, names);
        expression(message, names);
      }
      case Item.IfItem(var condition, var then, var otherwise, _) -> {
        expression(condition, names);
        items(then, names);
        items(otherwise, names);
      }
      case Item.WeightDeclaration(_, _, var shape, var initial, _) -> {
        shape(shape, names);
        initial.ifPresent(value -> expression(value, names));
      }
      case Item.Member(_, var value, _) -> expression(value, names);
      case Item.Forward(var parameters, var result, var body, _) -> {
        NameScope inner = names.inner();
        parameters(parameters, inner);
        type(result, inner);
        body(body, inner);
      }
      case Item.Init(var rules, _) -> rules.forEach(rule -> expression(rule.value(), names));
      case Item.Checkpoint checkpoint -> checkpoint(checkpoint, names);
      case Definition definition -> definition(definition, names);
      case Item.Tie _, Item.ErrorItem _ -> {
        // Paths are looked up in the instance.
      }
    }
  }

  private void checkpoint(Item.Checkpoint checkpoint, NameScope names) {
    NameScope config = names.inner();
    config.declare("config");
    for (ConfigEntry entry : checkpoint.config()) {
      switch (entry) {
        case Let let -> {
          expression(let.value(), config);
          let.names().forEach(name -> config.declare(name, NameScope.Use.EXPECTED));
        }
        case ConfigEntry.ConfigAssignment(_, var value, _) -> expression(value, config);
        case ConfigEntry.ErrorConfigEntry _ -> {
          // Reported by the parser.
        }
      }
    }
    reportLets(config);
    for (WeightRule rule : checkpoint.weights()) {
      if (!(rule instanceof WeightRule.WeightMapping(var target, var source, _))) continue;
      NameScope indices = names.inner();
      for (PatternStep step : target.steps()) {
        if (step instanceof PatternStep.NameStep(_, var index, _))
          index.ifPresent(indices::declare);
      }
      source(source, indices);
    }
  }

  private void source(WeightSource source, NameScope names) {
    switch (source) {
      case WeightSource.NamedTensor(var template, _) ->
          template.parts().forEach(part -> part(part, names));
      case WeightSource.Transform(_, var operands, var arguments, _) -> {
        operands.forEach(operand -> source(operand, names));
        arguments.forEach(argument -> expression(argument.value(), names));
      }
      case WeightSource.FirstPresent(var choices, _) ->
          choices.forEach(choice -> source(choice, names));
      case WeightSource.ErrorSource _ -> {
        // Reported by the parser.
      }
    }
  }

  private void part(NamePart part, NameScope names) {
    switch (part) {
      case NamePart.NamedPart(var name, _) -> use(name.text(), name.span(), names);
      case NamePart.OptionalPart(var parts, _) -> parts.forEach(inner -> part(inner, names));
      case NamePart.PlainPart _, NamePart.WildcardPart _ -> {
        // Text.
      }
    }
  }

  // Parameters and types.

  /// Declares parameters, and the free names of their shapes.
  private void parameters(List<Parameter> parameters, NameScope names) {
    for (Parameter parameter : parameters) names.declare(parameter.name());
    for (Parameter parameter : parameters) {
      if (parameter instanceof Parameter.ValueParameter(_, var type, var byDefault, _)) {
        signature(type, names);
        byDefault.ifPresent(value -> expression(value, names));
      }
    }
  }

  private void signature(TypeSyntax type, NameScope names) {
    switch (type) {
      case TypeSyntax.TensorType(_, var shape, _) -> freeShape(shape, names);
      case TypeSyntax.OptionalType(var value, _) -> signature(value, names);
      case TypeSyntax.FunctionType(var parameters, var result, _) -> {
        NameScope own = names.inner();
        parameters.forEach(parameter -> signature(parameter, own));
        type(result, own);
      }
      case TypeSyntax.NamedType(var name, _) -> use(name.text(), name.span(), names);
      case TypeSyntax.ScalarType _,
          TypeSyntax.ListType _,
          TypeSyntax.TupleType _,
          TypeSyntax.ErrorType _ -> {
        // No names.
      }
    }
  }

  private void freeShape(Shape shape, NameScope names) {
    for (AxisSyntax axis : shape.axes()) {
      if (axis instanceof AxisSyntax.DimensionAxis(Expression.Name name, _)) {
        if (!names.use(name.text())) names.declare(name.text());
      } else {
        axis(axis, names);
      }
    }
  }

  private void type(TypeSyntax type, NameScope names) {
    switch (type) {
      case TypeSyntax.TensorType(_, var shape, _) -> shape(shape, names);
      case TypeSyntax.OptionalType(var value, _) -> type(value, names);
      case TypeSyntax.ListType(var element, _) -> type(element, names);
      case TypeSyntax.TupleType(var parts, _) -> parts.forEach(part -> type(part, names));
      case TypeSyntax.FunctionType function -> signature(function, names);
      case TypeSyntax.NamedType(var name, _) -> use(name.text(), name.span(), names);
      case TypeSyntax.ScalarType _, TypeSyntax.ErrorType _ -> {
        // No names.
      }
    }
  }

  private void shape(Shape shape, NameScope names) {
    shape.axes().forEach(axis -> axis(axis, names));
  }

  private void axis(AxisSyntax axis, NameScope names) {
    if (axis instanceof AxisSyntax.DimensionAxis(var dimension, _)) expression(dimension, names);
  }

  // Bodies and expressions.

  private void body(Body body, NameScope outer) {
    NameScope names = outer.inner();
    for (Statement statement : body.statements()) statement(statement, names);
    reportLets(names);
  }

  private void statement(Statement statement, NameScope names) {
    switch (statement) {
      case Let(var declared, var type, var value, _) -> {
        type.ifPresent(written -> type(written, names));
        expression(value, names);
        NameScope.Use use = declared.size() == 1 ? NameScope.Use.EXPECTED : NameScope.Use.OPTIONAL;
        declared.forEach(name -> names.declare(name, use));
      }
      case Statement.Var(var name, var type, var value, _) -> {
        type.ifPresent(written -> type(written, names));
        expression(value, names);
        names.declare(name);
      }
      case Statement.Assign(var name, var value, _) -> {
        use(name.text(), name.span(), names);
        expression(value, names);
      }
      case Statement.Penalty(var value, _) -> expression(value, names);
      case Require(var condition, var message, _) -> {
        expression(condition, names);
        expression(message, names);
      }
      case Statement.ExpressionStatement(var value, _) -> expression(value, names);
      case Statement.ErrorStatement _ -> names.giveUp();
    }
  }

  private void expression(Expression expression, NameScope names) {
    switch (expression) {
      case Expression.Name(var text, var span) -> use(text, span, names);
      case Expression.TextLiteral(var parts, _) -> {
        for (TextPart part : parts)
          if (part instanceof TextPart.Interpolation(var value, _)) expression(value, names);
      }
      case Expression.ListLiteral(var elements, _) ->
          elements.forEach(element -> expression(element, names));
      case Expression.Comprehension(var element, var variable, var source, _) -> {
        expression(source, names);
        NameScope inner = names.inner();
        inner.declare(variable);
        expression(element, inner);
      }
      case Expression.Tuple(var parts, _) -> parts.forEach(part -> expression(part, names));
      case Expression.Range(var from, var to, var by, _) -> {
        expression(from, names);
        expression(to, names);
        by.ifPresent(step -> expression(step, names));
      }
      case Expression.Field(var target, _, _) -> expression(target, names);
      case Expression.Call(var callee, var arguments, _) -> {
        expression(callee, names);
        arguments.forEach(argument -> argument(argument, names));
      }
      case Expression.Index(var target, var entries, _) -> {
        expression(target, names);
        entries.forEach(entry -> entry(entry, names));
      }
      case Expression.Unary(_, _, var operand, _) -> expression(operand, names);
      case Expression.Binary(_, _, var left, var right, _) -> {
        expression(left, names);
        expression(right, names);
      }
      case Expression.Cast(var value, var element, var shape, _) -> {
        expression(value, names);
        if (element.orElse(null) instanceof CastElement.ToTypeOf(var like, _))
          expression(like, names);
        shape.ifPresent(written -> shape(written, names));
      }
      case Expression.If(var condition, var then, var otherwise, _) -> {
        expression(condition, names);
        body(then, names);
        otherwise.ifPresent(branch -> body(branch, names));
      }
      case Expression.For(var variable, var source, var body, _) -> {
        expression(source, names);
        NameScope inner = names.inner();
        inner.declare(variable);
        body(body, inner);
      }
      case Expression.Match(var subject, var cases, _) -> {
        expression(subject, names);
        for (MatchCase one : cases) {
          one.patterns().forEach(pattern -> expression(pattern, names));
          body(one.value(), names);
        }
      }
      case Expression.IntegerLiteral _,
          Expression.RealLiteral _,
          Expression.BooleanLiteral _,
          Expression.NoneLiteral _,
          Expression.ConfigKey _,
          Expression.ErrorExpression _ -> {
        // No names.
      }
    }
  }

  private void argument(Argument argument, NameScope names) {
    switch (argument) {
      case Argument.PositionalArgument(var value, _) -> expression(value, names);
      case Argument.NamedArgument(_, var value, _) -> expression(value, names);
      case Argument.AxisArgument(var axes, _) -> axes.forEach(axis -> axis(axis, names));
    }
  }

  private void entry(IndexEntry entry, NameScope names) {
    switch (entry) {
      case IndexEntry.AxisSelection(var axis, var value, _) -> {
        expression(axis, names);
        expression(value, names);
      }
      case IndexEntry.AxisRenaming(var axis, var name, _) -> {
        expression(axis, names);
        if (!names.use(name.text())) names.declare(name.text());
      }
      case IndexEntry.ElementIndex(var value, _) -> expression(value, names);
    }
  }

  private void use(String name, Span span, NameScope names) {
    if (names.use(name) || Predefined.has(name)) return;
    var diagnostic = Diagnostic.of(UNKNOWN_NAME, span, "nothing is called `" + name + "` here");
    if (library.test(name)) {
      diagnostics.report(diagnostic.help("import it: `import std.{" + name + "}`"));
      return;
    }
    Optional<String> instead = ForeignNames.instead(name);
    if (instead.isPresent()) {
      diagnostics.report(diagnostic.help(instead.get()));
      return;
    }
    var candidates = Stream.concat(names.visible().stream(), Predefined.names().stream()).toList();
    Optional<String> near = Suggest.nearest(name, candidates);
    if (near.isPresent()) {
      diagnostic = diagnostic.help("did you mean `" + near.get() + "`?");
      Optional<Span> declared = names.declared(near.get());
      if (declared.isPresent())
        diagnostic = diagnostic.also(declared.get(), "`" + near.get() + "` is declared here");
    }
    diagnostics.report(diagnostic);
  }
}
