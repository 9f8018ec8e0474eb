package dune.runtime.template;

import dune.runtime.template.Statement.Target;
import dune.runtime.template.Value.Function;
import dune.runtime.template.Value.Loop;
import dune.runtime.template.Value.Namespace;
import dune.runtime.template.Value.Undefined;
import java.util.ArrayList;
import java.util.List;

/// Carries out statements: one rendering.
final class Renderer {
  private final Budget budget = new Budget();
  private final Evaluator evaluator = new Evaluator(this, budget);

  /// How a list of statements ends.
  private enum Ending {
    THROUGH,
    BREAK,
    CONTINUE
  }

  /// What the statements print.
  String text(List<Statement> statements, Scope scope) {
    var out = new StringBuilder();
    run(statements, scope, out);
    return out.toString();
  }

  private Ending run(List<Statement> statements, Scope scope, StringBuilder out) {
    budget.enter();
    for (Statement statement : statements) {
      Ending ending = run(statement, scope, out);
      if (ending != Ending.THROUGH) {
        budget.leave();
        return ending;
      }
    }
    budget.leave();
    return Ending.THROUGH;
  }

  private Ending run(Statement statement, Scope scope, StringBuilder out) {
    return switch (statement) {
      case Statement.Data(String text) -> print(text, out);
      case Statement.Print(var value) -> print(Convert.text(evaluator.evaluate(value, scope)), out);
      case Statement.Set(int line, var target, var value) -> {
        assign(line, target, evaluator.evaluate(value, scope), scope);
        yield Ending.THROUGH;
      }
      case Statement.If(var condition, var then, var otherwise) ->
          run(evaluator.isTrue(condition, scope) ? then : otherwise, scope, out);
      case Statement.For loop -> {
        run(loop, evaluator.evaluate(loop.items(), scope), 0, scope, out);
        yield Ending.THROUGH;
      }
      case Statement.With(var values, var body) -> {
        Scope inner = scope.inner();
        for (var set : values) {
          assign(set.line(), set.target(), evaluator.evaluate(set.value(), scope), inner);
        }
        yield run(body, inner, out);
      }
      case Statement.Break _ -> Ending.BREAK;
      case Statement.Continue _ -> Ending.CONTINUE;
    };
  }

  private static Ending print(String text, StringBuilder out) {
    PythonText.requireSize((long) out.length() + text.length());
    out.append(text);
    return Ending.THROUGH;
  }

  private void run(Statement.For loop, Value value, int depth, Scope scope, StringBuilder out) {
    // Copied here, once: every round's `loop` holds them.
    List<Value> items = List.copyOf(items(loop, value, scope));
    if (items.isEmpty()) run(loop.otherwise(), scope, out);
    Value again =
        loop.isRecursive()
            ? new Function("loop", given -> again(loop, given, depth + 1, scope))
            : new Undefined("this loop is not `recursive`");
    for (int i = 0; i < items.size(); i++) {
      Scope inner = scope.inner();
      assign(loop.line(), loop.target(), items.get(i), inner);
      inner.set("loop", new Loop(items, i, depth, again));
      if (run(loop.body(), inner, out) == Ending.BREAK) return;
    }
  }

  private Value again(Statement.For loop, Arguments given, int depth, Scope scope) {
    var out = new StringBuilder();
    run(loop, given.get(0, "items"), depth, scope, out);
    return Value.of(out.toString());
  }

  private List<Value> items(Statement.For loop, Value value, Scope scope) {
    List<Value> items = located(loop.line(), value);
    if (loop.condition().isEmpty()) return items;
    List<Value> kept = new ArrayList<>();
    for (Value item : items) {
      Scope inner = scope.inner();
      assign(loop.line(), loop.target(), item, inner);
      if (evaluator.isTrue(loop.condition().get(), inner)) kept.add(item);
    }
    return kept;
  }

  private static List<Value> located(int line, Value value) {
    try {
      return Convert.items(value);
    } catch (TemplateFailure failure) {
      throw failure.at(line);
    }
  }

  private static void assign(int line, Target target, Value value, Scope scope) {
    switch (target) {
      case Target.Variable(String name) -> scope.set(name, value);
      case Target.Field(String namespace, String name) -> {
        if (!(scope.get(namespace) instanceof Namespace object)) {
          throw new TemplateFailure(
              line, "only a namespace has fields to set, and `" + namespace + "` is none");
        }
        object.fields.put(name, value);
      }
      case Target.Several(var targets) -> {
        List<Value> values = located(line, value);
        if (values.size() != targets.size()) {
          throw new TemplateFailure(
              line, "%d names are given %d values".formatted(targets.size(), values.size()));
        }
        for (int i = 0; i < values.size(); i++) assign(line, targets.get(i), values.get(i), scope);
      }
    }
  }
}
