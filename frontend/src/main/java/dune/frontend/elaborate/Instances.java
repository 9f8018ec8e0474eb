package dune.frontend.elaborate;

import static dune.frontend.diagnostic.ErrorCode.BAD_CONDITION;
import static dune.frontend.diagnostic.ErrorCode.BAD_INITIALIZER;
import static dune.frontend.diagnostic.ErrorCode.DUPLICATE_NAME;
import static dune.frontend.diagnostic.ErrorCode.NOT_A_BLOCK;
import static dune.frontend.diagnostic.ErrorCode.WEIGHTS_IN_PLACE;

import dune.frontend.ast.Definition;
import dune.frontend.ast.Definition.BlockDefinition;
import dune.frontend.ast.Definition.FunctionDefinition;
import dune.frontend.ast.Definition.MaskDefinition;
import dune.frontend.ast.Identifier;
import dune.frontend.ast.Item;
import dune.frontend.ast.Let;
import dune.frontend.ast.Require;
import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.source.Span;
import dune.ir.Elem;
import dune.ir.Initializer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;

/// Gives blocks a place in the model: evaluates their items, declares their weights, and
/// instantiates their members.
final class Instances {
  private final Evaluator evaluator;
  private final Session session;

  Instances(Evaluator evaluator) {
    this.evaluator = evaluator;
    this.session = evaluator.session;
  }

  /// The `forward` of a definition, also one that stands under a condition.
  static Optional<Item.Forward> forward(BlockDefinition definition) {
    return forward(definition.items());
  }

  private static Optional<Item.Forward> forward(List<Item> items) {
    for (Item item : items) {
      switch (item) {
        case Item.Forward found -> {
          return Optional.of(found);
        }
        case Item.IfItem(_, var then, var otherwise, _) -> {
          Optional<Item.Forward> inner = forward(then).or(() -> forward(otherwise));
          if (inner.isPresent()) return inner;
        }
        default -> {
          // No forward.
        }
      }
    }
    return Optional.empty();
  }

  /// A scope in which the parameters of a description are bound, and nothing else is.
  Scope parameters(Datum.Description description, Span span) {
    Scope scope = description.scope().inner(Frame.within(description.scope().frame()));
    evaluator.binder.bind(
        description.definition().parameters(),
        description.arguments(),
        scope,
        description.creator(),
        new Binder.Callee(
            description.definition().name().text(), span, description.definition().parameters()));
    return scope;
  }

  /// A block without weights, used where it stands.
  Instance inPlace(Datum.Description description, Span span) {
    Instance instance = instantiate(description, session.path(), span);
    if (!instance.weights().isEmpty()
        || instance.members().values().stream().anyMatch(Instances::hasWeights)) {
      throw session.fail(
          Diagnostic.of(
                  WEIGHTS_IN_PLACE,
                  span,
                  "`"
                      + description.definition().name()
                      + "` has weights, so it cannot be used where it stands")
              .also(description.definition().name().span(), "declared here")
              .help(
                  "give it a name in the block: `name: "
                      + description.definition().name()
                      + "(...)`, then call `name(x)`"));
    }
    return instance;
  }

  private static boolean hasWeights(Datum member) {
    return switch (member) {
      case Datum.Member(var instance) ->
          !instance.weights().isEmpty()
              || instance.members().values().stream().anyMatch(Instances::hasWeights);
      case Datum.Fitted(_, _, var target, _) -> hasWeights(target);
      case Datum.Items(var values, _) -> values.stream().anyMatch(Instances::hasWeights);
      default -> false;
    };
  }

  Instance instantiate(Datum.Description description, String path, Span span) {
    return session.within(
        span,
        path,
        () -> {
          var instance =
              new Instance(description.definition(), parameters(description, span), path);
          fill(instance);
          return instance;
        });
  }

  /// Evaluates the items of an instance whose parameters are bound.
  void fill(Instance instance) {
    declareDefinitions(instance.definition().items(), instance.scope());
    boolean abandoned = items(instance.definition().items(), instance);
    abandoned |= new LateItems(evaluator).evaluate(instance);
    if (abandoned) throw new Abandoned();
  }

  private void declareDefinitions(List<Item> items, Scope scope) {
    for (Item item : items) {
      if (item instanceof Definition definition) {
        scope.declare(definition.name().text(), datum(definition, scope), definition.name().span());
      }
    }
  }

  /// What the name of a definition means.
  static Datum datum(Definition definition, Scope scope) {
    return switch (definition) {
      case BlockDefinition block -> new Datum.BlockName(block, scope);
      case FunctionDefinition function -> new Datum.Closure(function, scope);
      case MaskDefinition mask -> new Datum.Mask.Leaf(mask, scope);
    };
  }

  private boolean items(List<Item> items, Instance instance) {
    boolean abandoned = false;
    for (Item item : items) {
      try {
        abandoned |= item(item, instance);
      } catch (Abandoned e) {
        // What a failed requirement guards would only fail again.
        if (item instanceof Require) throw e;
        abandoned = true;
      }
    }
    return abandoned;
  }

  /// Evaluates one item; whether something in it was abandoned.
  private boolean item(Item item, Instance instance) {
    switch (item) {
      case Let let -> evaluator.let(let, instance.scope());
      case Require require -> evaluator.require(require, instance.scope());
      case Item.IfItem(var condition, var then, var otherwise, _) -> {
        return branch(condition, then, otherwise, instance);
      }
      case Item.WeightDeclaration weight -> weight(weight, instance);
      case Item.Member(var name, var value, var span) -> {
        instance.scope().declare(name.text(), Datum.POISON, name.span());
        Datum member =
            member(
                evaluator.evaluate(value, instance.scope()),
                instance.path(name.text()),
                instance,
                value.span());
        instance.members().put(name.text(), member);
        instance.scope().declare(name.text(), member, name.span());
      }
      case Item.Forward forward -> instance.forward(forward);
      case Item.ErrorItem(var name, _) -> {
        name.ifPresent(n -> instance.scope().declare(n.text(), Datum.POISON, n.span()));
        return true;
      }
      case Definition _, Item.Tie _, Item.Init _, Item.Checkpoint _ -> {
        // Definitions are declared before, ties and initialisers wait for all members, checkpoints
        // are read elsewhere.
      }
    }
    return false;
  }

  private boolean branch(
      dune.frontend.ast.Expression condition,
      List<Item> then,
      List<Item> otherwise,
      Instance instance) {
    return switch (evaluator.evaluate(condition, instance.scope())) {
      case Datum.Truth(boolean value) -> {
        boolean abandoned = items(value ? then : otherwise, instance);
        leaveOut(value ? otherwise : then, condition.span(), instance.scope());
        yield abandoned;
      }
      // Not known while a definition is checked by itself: what stands under the condition is
      // there.
      case Datum.Unknown _ -> items(then, instance) | items(otherwise, instance);
      case Datum other ->
          throw session.fail(
              BAD_CONDITION,
              condition.span(),
              "`if` needs true or false, not " + Describe.kind(other));
    };
  }

  /// Remembers what a condition leaves out, unless its other branch has something of that name.
  private static void leaveOut(List<Item> items, Span condition, Scope scope) {
    for (Item item : items) {
      switch (item) {
        case Item.Member(var name, _, _) -> leaveOut(name, condition, scope);
        case Item.WeightDeclaration weight -> leaveOut(weight.name(), condition, scope);
        case Let let -> let.names().forEach(name -> leaveOut(name, condition, scope));
        case Item.IfItem(_, var then, var otherwise, _) -> {
          leaveOut(then, condition, scope);
          leaveOut(otherwise, condition, scope);
        }
        case Require _,
            Definition _,
            Item.Tie _,
            Item.Forward _,
            Item.Init _,
            Item.Checkpoint _,
            Item.ErrorItem _ -> {
          // Declare nothing.
        }
      }
    }
  }

  private static void leaveOut(Identifier name, Span condition, Scope scope) {
    if (scope.findOwn(name.text()).isPresent()) return;
    scope.declare(name.text(), new Datum.Absent(condition, name.span()), name.span());
  }

  private void weight(Item.WeightDeclaration declared, Instance instance) {
    String name = declared.name().text();
    instance.scope().declare(name, Datum.POISON, declared.name().span());
    List<Axis> axes = evaluator.types.axes(declared.shape(), instance.scope());
    Elem elem = declared.element().map(evaluator.types::elem).orElse(session.model());
    Initializer initializer =
        declared
            .initial()
            .map(value -> initializer(evaluator.evaluate(value, instance.scope()), value.span()))
            .orElse(new Initializer.Normal(0.02));
    var weight =
        new Instance.OwnWeight(
            instance.path(name), axes, elem, initializer, declared.name().span());
    session.shape(instance.frame(), axes, declared.shape().span());
    if (instance.weights().put(name, weight) != null) {
      throw session.fail(
          DUPLICATE_NAME, declared.name().span(), "`" + name + "` is declared twice");
    }
    instance.scope().declare(name, new Datum.Owned(weight), declared.name().span());
  }

  Initializer initializer(Datum datum, Span span) {
    return switch (datum) {
      case Datum.Start(var initializer) -> initializer;
      case Datum.Whole _, Datum.Real _ ->
          throw session.fail(
              Diagnostic.of(BAD_INITIALIZER, span, "a number does not say how a weight begins")
                  .help("write `constant(" + span.text() + ")`"));
      case Datum.Unknown _ -> new Initializer.Constant(0);
      default ->
          throw session.fail(
              Diagnostic.of(
                  BAD_INITIALIZER,
                  span,
                  "a weight begins as zeros, ones, constant, normal or uniform, not as "
                      + Describe.kind(datum)));
    };
  }

  /// What a member declaration makes of its value: blocks get a path and weights.
  private Datum member(Datum value, String path, Instance owner, Span span) {
    return switch (value) {
      case Datum.Description description -> new Datum.Member(instantiate(description, path, span));
      case Datum.BlockName(var definition, var home) ->
          new Datum.Member(
              instantiate(
                  new Datum.Description(definition, home, Map.of(), owner.frame()), path, span));
      case Datum.Fitted(var signature, var scope, var target, var declared) -> {
        boolean block =
            target instanceof Datum.Description
                || target instanceof Datum.BlockName
                || target instanceof Datum.Fitted;
        yield block
            ? new Datum.Fitted(signature, scope, member(target, path, owner, span), declared)
            : value;
      }
      case Datum.Items(var values, boolean complete) -> {
        var members = new ArrayList<Datum>();
        for (int i = 0; i < values.size(); i++)
          members.add(member(values.get(i), path + "." + i, owner, span));
        yield new Datum.Items(members, complete);
      }
      case Datum.Closure _, Datum.Builtin _, Datum.None _, Datum.Unknown _ -> value;
      default ->
          throw session.fail(
              Diagnostic.of(
                      NOT_A_BLOCK,
                      span,
                      "a member is a block, a list of blocks or a function, not "
                          + Describe.kind(value))
                  .help("a value that is no block is declared with `let`, a weight with `param`"));
    };
  }

  /// Every weight of an instance and its members, in the order of declaration.
  static List<Instance.OwnWeight> weights(Instance instance) {
    var weights = new ArrayList<Instance.OwnWeight>();
    visit(instance, (_, weight) -> weights.add(weight));
    return weights;
  }

  /// Every weight, with the block that it belongs to, whose names its shape speaks.
  static void visit(Instance instance, BiConsumer<Instance, Instance.OwnWeight> visitor) {
    instance.weights().values().forEach(weight -> visitor.accept(instance, weight));
    for (Datum member : instance.members().values()) visit(member, visitor);
  }

  private static void visit(Datum member, BiConsumer<Instance, Instance.OwnWeight> visitor) {
    switch (member) {
      case Datum.Member(var instance) -> visit(instance, visitor);
      case Datum.Fitted(_, _, var target, _) -> visit(target, visitor);
      case Datum.Items(var values, _) -> values.forEach(value -> visit(value, visitor));
      default -> {
        // Has no weights.
      }
    }
  }
}
