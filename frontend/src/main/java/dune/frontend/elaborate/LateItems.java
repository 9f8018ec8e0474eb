package dune.frontend.elaborate;

import static dune.frontend.diagnostic.ErrorCode.INIT_MATCHES_NOTHING;
import static dune.frontend.diagnostic.ErrorCode.TIED_SHAPES;
import static dune.frontend.diagnostic.ErrorCode.UNKNOWN_PATH;

import dune.frontend.ast.Identifier;
import dune.frontend.ast.InitRule;
import dune.frontend.ast.Item;
import dune.frontend.ast.Path;
import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.source.Span;
import dune.ir.Initializer;
import java.util.List;
import java.util.Optional;

/// The items of a block that speak of its members, once all of these are there: ties and
/// initialisers.
final class LateItems {
  private final Evaluator evaluator;
  private final Session session;

  LateItems(Evaluator evaluator) {
    this.evaluator = evaluator;
    this.session = evaluator.session;
  }

  /// Whether something in it was abandoned.
  boolean evaluate(Instance instance) {
    return late(instance.definition().items(), instance);
  }

  private boolean late(List<Item> items, Instance instance) {
    boolean abandoned = false;
    for (Item item : items) {
      try {
        switch (item) {
          case Item.Tie(var alias, var original, var span) -> tie(alias, original, span, instance);
          case Item.Init(var rules, _) -> {
            for (InitRule rule : rules) init(rule, instance);
          }
          case Item.IfItem(var condition, var then, var otherwise, _) -> {
            Datum test = evaluator.evaluate(condition, instance.scope());
            if (test instanceof Datum.Truth(boolean value))
              abandoned |= late(value ? then : otherwise, instance);
            else if (test instanceof Datum.Unknown) abandoned |= late(then, instance);
          }
          default -> {
            // Evaluated before.
          }
        }
      } catch (Abandoned e) {
        abandoned = true;
      }
    }
    return abandoned;
  }

  private void tie(Path alias, Path original, Span span, Instance instance) {
    Found left = find(alias, instance);
    Found right = find(original, instance);
    if (left.weight() == right.weight()) {
      throw session.fail(TIED_SHAPES, span, "a weight cannot be tied to itself");
    }
    var a = session.shape(left.owner().frame(), left.weight().axes, span);
    var b = session.shape(right.owner().frame(), right.weight().axes, span);
    if (!a.equals(b) || left.weight().elem != right.weight().elem) {
      throw session.fail(
          Diagnostic.of(
                  TIED_SHAPES, span, "`" + alias + "` is " + a + ", and `" + original + "` is " + b)
              .also(left.weight().declared, "`" + alias + "` is declared here")
              .also(right.weight().declared, "`" + original + "` is declared here"));
    }
    left.weight().tiedTo = Optional.of(right.weight());
  }

  private record Found(Instance owner, Instance.OwnWeight weight) {}

  private Found find(Path path, Instance from) {
    Instance instance = from;
    List<Identifier> names = path.names();
    for (int i = 0; i < names.size(); i++) {
      Identifier name = names.get(i);
      if (i == names.size() - 1) {
        Instance.OwnWeight weight = instance.weights().get(name.text());
        if (weight != null) return new Found(instance, weight);
        if (instance.members().containsKey(name.text())) {
          throw session.fail(
              Diagnostic.of(UNKNOWN_PATH, name.span(), "`" + path + "` is a block, not a weight")
                  .help("name its weight: `" + path + ".weight`"));
        }
        throw evaluator.names.noMember(instance, name.text(), name.span());
      }
      Datum member = instance.members().get(name.text());
      if (member == null) throw evaluator.names.noMember(instance, name.text(), name.span());
      instance =
          block(member)
              .orElseThrow(
                  () ->
                      session.fail(
                          UNKNOWN_PATH,
                          name.span(),
                          "`" + name + "` is " + Describe.kind(member) + ", and has no members"));
    }
    throw new Abandoned();
  }

  private static Optional<Instance> block(Datum member) {
    return switch (member) {
      case Datum.Member(var instance) -> Optional.of(instance);
      case Datum.Fitted(_, _, var target, _) -> block(target);
      default -> Optional.empty();
    };
  }

  private void init(InitRule rule, Instance instance) {
    Initializer initializer =
        evaluator.instances.initializer(
            evaluator.evaluate(rule.value(), instance.scope()), rule.value().span());
    for (var target : rule.targets()) {
      var pattern = new CheckpointReader(evaluator).pattern(target, instance.scope());
      boolean matched = false;
      for (Instance.OwnWeight weight : Instances.weights(instance)) {
        String path =
            instance.path().isEmpty()
                ? weight.path
                : weight.path.substring(instance.path().length() + 1);
        var match = pattern.match(path);
        if (match.isEmpty()) continue;
        matched = true;
        weight.initializer = initializer;
      }
      if (!matched && complete(instance)) {
        throw session.fail(
            Diagnostic.of(
                    INIT_MATCHES_NOTHING,
                    target.span(),
                    "`" + target.span().text() + "` matches no weight")
                .note(
                    "the weights are "
                        + Describe.some(
                            Instances.weights(instance).stream()
                                .map(weight -> weight.path)
                                .toList())));
      }
    }
  }

  private static boolean complete(Instance instance) {
    return instance.members().values().stream()
        .allMatch(
            member ->
                switch (member) {
                  case Datum.Items(_, boolean complete) -> complete;
                  case Datum.Unknown _ -> false;
                  default -> true;
                });
  }
}
