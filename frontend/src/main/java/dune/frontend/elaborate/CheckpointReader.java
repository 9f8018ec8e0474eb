package dune.frontend.elaborate;

import static dune.frontend.diagnostic.ErrorCode.BAD_WEIGHT_RULE;
import static dune.frontend.diagnostic.ErrorCode.RULE_MATCHES_NOTHING;
import static dune.frontend.diagnostic.ErrorCode.UNKNOWN_TRANSFORM;
import static dune.frontend.diagnostic.ErrorCode.WRONG_TYPE;

import dune.frontend.ast.Item;
import dune.frontend.ast.NamePart;
import dune.frontend.ast.NameTemplate;
import dune.frontend.ast.PathPattern;
import dune.frontend.ast.PatternStep;
import dune.frontend.ast.TransformArgument;
import dune.frontend.ast.WeightRule;
import dune.frontend.ast.WeightSource;
import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.resolve.Suggest;
import dune.frontend.source.Span;
import dune.ir.Origin;
import dune.ir.checkpoint.CheckpointMap;
import dune.ir.checkpoint.Ignore;
import dune.ir.checkpoint.Pattern;
import dune.ir.checkpoint.Pattern.Step;
import dune.ir.checkpoint.Rule;
import dune.ir.checkpoint.TensorSource;
import dune.ir.checkpoint.TensorSource.Part;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// Turns the `weights` clause into a {@link CheckpointMap}: names as patterns, sizes as numbers.
final class CheckpointReader {
  private final Evaluator evaluator;
  private final Session session;
  private final Set<String> declared;

  CheckpointReader(Evaluator evaluator) {
    this(evaluator, Set.of());
  }

  /// @param declared names of members that other settings of the model have: a rule for them need
  ///   not match now
  CheckpointReader(Evaluator evaluator, Set<String> declared) {
    this.evaluator = evaluator;
    this.session = evaluator.session;
    this.declared = declared;
  }

  /// @param paths every path that the model reads a weight at
  CheckpointMap read(Item.Checkpoint clause, Scope scope, List<String> paths) {
    var rules = new ArrayList<Rule>();
    var ignores = new ArrayList<Ignore>();
    for (WeightRule rule : clause.weights()) {
      try {
        switch (rule) {
          case WeightRule.WeightMapping mapping -> rules.add(mapping(mapping, scope, paths));
          case WeightRule.IgnoreRule(var globs, var span) ->
              globs.forEach(
                  glob -> ignores.add(new Ignore(evaluator.text(glob, scope), origin(span))));
          case WeightRule.ErrorWeightRule _ -> {
            // Reported by the parser.
          }
        }
      } catch (Abandoned e) {
        // Reported; the next rule stands by itself.
      }
    }
    var architectures =
        clause.architectures().stream().map(text -> evaluator.text(text, scope)).toList();
    return new CheckpointMap(architectures, rules, ignores);
  }

  private Rule mapping(WeightRule.WeightMapping mapping, Scope scope, List<String> paths) {
    Pattern ours = pattern(mapping.target(), scope);
    TensorSource theirs = source(mapping.source(), scope, indices(ours));
    Optional<String> problem = Rule.problem(ours, theirs);
    if (problem.isPresent()) throw session.fail(BAD_WEIGHT_RULE, mapping.span(), problem.get());
    boolean idle =
        !paths.isEmpty() && paths.stream().noneMatch(path -> ours.match(path).isPresent());
    if (idle && !declared.containsAll(names(ours))) {
      session.report(
          Diagnostic.of(
                  RULE_MATCHES_NOTHING,
                  mapping.target().span(),
                  "`" + mapping.target().span().text() + "` matches no weight of the model")
              .note("the weights are " + Describe.some(paths)));
    }
    return new Rule(ours, theirs, origin(mapping.span()));
  }

  private static Set<String> names(Pattern pattern) {
    var names = new LinkedHashSet<String>();
    for (Step step : pattern.steps()) {
      switch (step) {
        case Step.Name(String name) -> names.add(name);
        case Step.Group(var group) -> names.addAll(group);
        case Step.Indexed(String name, _) -> names.add(name);
        case Step.Star _ -> {
          // Any name.
        }
      }
    }
    return names;
  }

  private static Set<String> indices(Pattern pattern) {
    var indices = new LinkedHashSet<String>();
    for (Step step : pattern.steps()) {
      if (step instanceof Step.Indexed(_, String index)) indices.add(index);
    }
    return indices;
  }

  Pattern pattern(PathPattern path, Scope scope) {
    var steps = new ArrayList<Step>();
    for (PatternStep step : path.steps()) {
      steps.add(
          switch (step) {
            case PatternStep.AnyStep _ -> new Step.Star();
            case PatternStep.GroupStep(var names, _) ->
                new Step.Group(names.stream().map(name -> name.text()).toList());
            case PatternStep.NameStep(var name, var index, _) ->
                index.isPresent()
                    ? new Step.Indexed(name.text(), index.get().text())
                    : new Step.Name(name.text());
          });
    }
    try {
      return new Pattern(steps);
    } catch (IllegalArgumentException e) {
      throw session.fail(BAD_WEIGHT_RULE, path.span(), e.getMessage());
    }
  }

  private TensorSource source(WeightSource source, Scope scope, Set<String> indices) {
    return switch (source) {
      case WeightSource.NamedTensor(var name, _) -> name(name, scope, indices);
      case WeightSource.FirstPresent(var choices, _) -> {
        TensorSource all = source(choices.getLast(), scope, indices);
        for (int i = choices.size() - 2; i >= 0; i--) {
          all = new TensorSource.Coalesce(source(choices.get(i), scope, indices), all);
        }
        yield all;
      }
      case WeightSource.Transform transform -> transform(transform, scope, indices);
      case WeightSource.ErrorSource _ -> throw new Abandoned();
    };
  }

  private TensorSource transform(
      WeightSource.Transform transform, Scope scope, Set<String> indices) {
    String function = transform.function().text();
    if (!Set.of("split", "transpose", "halves").contains(function)) {
      var diagnostic =
          Diagnostic.of(
              UNKNOWN_TRANSFORM,
              transform.function().span(),
              "there is no weight transform `" + function + "`");
      var near = Suggest.nearest(function, List.of("split", "transpose", "halves"));
      throw session.fail(
          near.isPresent()
              ? diagnostic.help("did you mean `" + near.get() + "`?")
              : diagnostic.note("there are `split`, `transpose` and `halves`"));
    }
    if (transform.operands().size() != 1) {
      throw session.fail(
          BAD_WEIGHT_RULE,
          transform.span(),
          "`" + function + "` takes one tensor, not " + transform.operands().size());
    }
    TensorSource operand = source(transform.operands().getFirst(), scope, indices);
    var sizes = new ArrayList<Long>();
    long groups = 1;
    for (TransformArgument argument : transform.arguments()) {
      if (argument.name().isEmpty()) {
        sizes.add(number(argument, scope));
      } else if (argument.name().get().text().equals("groups")) {
        groups = number(argument, scope);
      } else {
        throw session.fail(
            BAD_WEIGHT_RULE,
            argument.span(),
            "`" + function + "` has no parameter `" + argument.name().get() + "`");
      }
    }
    if (!function.equals("split") && !sizes.isEmpty()) {
      throw session.fail(BAD_WEIGHT_RULE, transform.span(), "`" + function + "` takes no sizes");
    }
    try {
      return switch (function) {
        case "split" -> new TensorSource.Split(operand, sizes, groups);
        case "halves" -> new TensorSource.Halves(operand, groups);
        default -> new TensorSource.Transpose(operand);
      };
    } catch (IllegalArgumentException e) {
      throw session.fail(
          BAD_WEIGHT_RULE, transform.span(), "`" + function + "` needs sizes and groups above 0");
    }
  }

  /// A size; while sizes are not known, 1 stands for each.
  private long number(TransformArgument argument, Scope scope) {
    Datum datum = evaluator.evaluate(argument.value(), scope);
    if (datum instanceof Datum.Unknown) return 1;
    if (!(datum instanceof Datum.Whole(var dim, _))) {
      throw session.fail(
          WRONG_TYPE, argument.span(), "a size is a whole number, not " + Describe.kind(datum));
    }
    OptionalLong size = session.size(scope.frame(), dim, argument.span()).size();
    return size.orElse(1);
  }

  private TensorSource.Name name(NameTemplate template, Scope scope, Set<String> indices) {
    var parts = new ArrayList<Part>();
    for (NamePart part : template.parts()) {
      parts.add(
          switch (part) {
            case NamePart.PlainPart(String text, _) -> new Part.Text(text);
            case NamePart.WildcardPart _ -> new Part.Star();
            case NamePart.NamedPart(var name, var span) ->
                indices.contains(name.text())
                    ? new Part.Index(name.text())
                    : new Part.Text(String.valueOf(value(name.text(), span, scope)));
            case NamePart.OptionalPart(var inner, var span) -> new Part.Perhaps(plain(inner, span));
          });
    }
    return new TensorSource.Name(parts);
  }

  private String value(String name, Span span, Scope scope) {
    Datum datum = evaluator.evaluate(new dune.frontend.ast.Expression.Name(name, span), scope);
    return switch (datum) {
      case Datum.Whole(var dim, _) -> Frame.text(session.actual(scope.frame(), dim));
      case Datum.Text(String text) -> text;
      case Datum.Unknown _ -> name;
      default ->
          throw session.fail(
              WRONG_TYPE,
              span,
              "a part of a name is a number or a text, not " + Describe.kind(datum));
    };
  }

  private String plain(List<NamePart> parts, Span span) {
    var text = new StringBuilder();
    for (NamePart part : parts) {
      if (!(part instanceof NamePart.PlainPart(String plain, _))) {
        throw session.fail(BAD_WEIGHT_RULE, span, "an optional part of a name is plain text");
      }
      text.append(plain);
    }
    return text.toString();
  }

  private Origin origin(Span span) {
    return new Origin(span.source().name(), span.line(), span.column(), "");
  }
}
