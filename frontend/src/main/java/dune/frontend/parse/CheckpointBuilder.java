package dune.frontend.parse;

import dune.frontend.ast.ConfigEntry;
import dune.frontend.ast.Expression;
import dune.frontend.ast.Identifier;
import dune.frontend.ast.InitRule;
import dune.frontend.ast.Item;
import dune.frontend.ast.PathPattern;
import dune.frontend.ast.PatternStep;
import dune.frontend.ast.TransformArgument;
import dune.frontend.ast.WeightRule;
import dune.frontend.ast.WeightSource;
import dune.grammar.DuneLexer;
import dune.grammar.DuneParser;
import dune.grammar.DuneParser.ConfigRuleContext;
import dune.grammar.DuneParser.ExprContext;
import dune.grammar.DuneParser.InitRuleContext;
import dune.grammar.DuneParser.PatternContext;
import dune.grammar.DuneParser.PatternStepContext;
import dune.grammar.DuneParser.SourceContext;
import dune.grammar.DuneParser.SourceTermContext;
import dune.grammar.DuneParser.WeightRuleContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.antlr.v4.runtime.tree.TerminalNode;

/// Makes checkpoint clauses and the rules of `init` of the parse tree.
final class CheckpointBuilder {
  private final Places places;
  private final ExpressionBuilder expressions;

  CheckpointBuilder(Places places, ExpressionBuilder expressions) {
    this.places = places;
    this.expressions = expressions;
  }

  Item.Checkpoint checkpoint(DuneParser.CheckpointItemContext context) {
    var config =
        Optional.ofNullable(context.configClause()).stream()
            .flatMap(clause -> clause.configRule().stream())
            .map(this::configEntry)
            .toList();
    var weights =
        Optional.ofNullable(context.weightsClause()).stream()
            .flatMap(clause -> clause.weightRule().stream())
            .map(this::weightRule)
            .toList();
    return new Item.Checkpoint(texts(context.STRING()), config, weights, places.span(context));
  }

  private List<Expression.TextLiteral> texts(List<TerminalNode> nodes) {
    return nodes.stream().map(node -> expressions.texts().text(node.getSymbol())).toList();
  }

  private ConfigEntry configEntry(ConfigRuleContext context) {
    var span = places.span(context);
    if (context.exception != null) {
      return new ConfigEntry.ErrorConfigEntry(span);
    }
    return context.let() != null
        ? expressions.bodies().let(context.let())
        : new ConfigEntry.ConfigAssignment(
            places.identifier(context.name()), expressions.expression(context.expr()), span);
  }

  private WeightRule weightRule(WeightRuleContext context) {
    var span = places.span(context);
    if (context.exception != null) {
      return new WeightRule.ErrorWeightRule(span);
    }
    return switch (context) {
      case DuneParser.MappingRuleContext mapping ->
          new WeightRule.WeightMapping(pattern(mapping.pattern()), source(mapping.source()), span);
      case DuneParser.IgnoreRuleContext ignore ->
          new WeightRule.IgnoreRule(texts(ignore.STRING()), span);
      default -> throw new IllegalStateException("weight rule: " + context.getText());
    };
  }

  InitRule initRule(InitRuleContext context) {
    var distribution = new Expression.Name(context.name().getText(), places.span(context.name()));
    Expression value = distribution;
    if (context.args() != null) {
      value =
          new Expression.Call(
              distribution,
              expressions.arguments(context.args()),
              places.span(context.name().getStart(), context.RPAREN().getSymbol()));
    }
    return new InitRule(
        context.pattern().stream().map(this::pattern).toList(), value, places.span(context));
  }

  private PathPattern pattern(PatternContext context) {
    return new PathPattern(
        context.patternStep().stream().map(this::step).toList(), places.span(context));
  }

  private PatternStep step(PatternStepContext context) {
    var span = places.span(context);
    return switch (context) {
      case DuneParser.AnyStepContext _ -> new PatternStep.AnyStep(span);
      case DuneParser.GroupStepContext group ->
          new PatternStep.GroupStep(places.identifiers(group.name()), span);
      case DuneParser.NameStepContext step ->
          new PatternStep.NameStep(
              places.identifier(step.name(0)),
              Optional.ofNullable(step.name(1)).map(places::identifier),
              span);
      default -> throw new IllegalStateException("step: " + context.getText());
    };
  }

  private WeightSource source(SourceContext context) {
    var choices = context.sourceTerm().stream().map(this::term).toList();
    return choices.size() == 1
        ? choices.getFirst()
        : new WeightSource.FirstPresent(choices, places.span(context));
  }

  private WeightSource term(SourceTermContext context) {
    var span = places.span(context);
    return switch (context) {
      case DuneParser.TensorSourceContext tensor ->
          new WeightSource.NamedTensor(
              expressions.texts().template(tensor.STRING().getSymbol()), span);
      case DuneParser.TransformSourceContext transform -> {
        var operands = new ArrayList<WeightSource>(List.of(source(transform.source())));
        var arguments = new ArrayList<TransformArgument>();
        for (var given : transform.sourceArg()) {
          var operand =
              given.name() == null ? operand(given.expr()) : Optional.<WeightSource>empty();
          if (operand.isPresent()) {
            operands.add(operand.get());
          } else {
            arguments.add(
                new TransformArgument(
                    Optional.ofNullable(given.name()).map(places::identifier),
                    expressions.expression(given.expr()),
                    places.span(given)));
          }
        }
        yield new WeightSource.Transform(
            places.identifier(transform.name()), operands, arguments, span);
      }
      default -> throw new IllegalStateException("source: " + context.getText());
    };
  }

  /// A further operand of a transform stands among its arguments: a text, or a call whose first
  /// argument is an operand.
  private Optional<WeightSource> operand(ExprContext context) {
    var span = places.span(context);
    if (context instanceof DuneParser.LiteralContext literal
        && literal.getStart().getType() == DuneLexer.STRING) {
      return Optional.of(
          new WeightSource.NamedTensor(expressions.texts().template(literal.getStart()), span));
    }
    if (!(context instanceof DuneParser.CallContext call)
        || !(call.expr() instanceof DuneParser.RefContext function)
        || call.args().arg().isEmpty()) {
      return Optional.empty();
    }
    var operands = new ArrayList<WeightSource>();
    var arguments = new ArrayList<TransformArgument>();
    for (var given : call.args().arg()) {
      switch (given) {
        case DuneParser.PositionalArgContext positional when positional.axis().expr() != null -> {
          var value = positional.axis().expr();
          operand(value)
              .ifPresentOrElse(
                  operands::add,
                  () ->
                      arguments.add(
                          new TransformArgument(
                              Optional.empty(),
                              expressions.expression(value),
                              places.span(positional))));
        }
        case DuneParser.NamedArgContext named ->
            arguments.add(
                new TransformArgument(
                    Optional.of(places.identifier(named.name())),
                    expressions.expression(named.expr()),
                    places.span(named)));
        default -> {
          return Optional.empty();
        }
      }
    }
    return operands.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new WeightSource.Transform(
                new Identifier(function.getText(), places.span(function)),
                operands,
                arguments,
                span));
  }
}
