package dune.runtime.template;

import dune.runtime.template.Value.Bool;
import dune.runtime.template.Value.Dict;
import dune.runtime.template.Value.Function;
import dune.runtime.template.Value.Int;
import dune.runtime.template.Value.Items;
import dune.runtime.template.Value.Iterator;
import dune.runtime.template.Value.Loop;
import dune.runtime.template.Value.Namespace;
import dune.runtime.template.Value.None;
import dune.runtime.template.Value.Real;
import dune.runtime.template.Value.Text;
import dune.runtime.template.Value.Undefined;
import java.util.List;

/// What a value is taken for: true or false, text, a number, something to go through.
final class Convert {
  private Convert() {}

  static boolean truth(Value value) {
    return switch (value) {
      case None _, Undefined _ -> false;
      case Bool(boolean truth) -> truth;
      case Int(long number) -> number != 0;
      case Real(double number) -> number != 0;
      case Text(String text) -> !text.isEmpty();
      case Items(var values, _) -> !values.isEmpty();
      case Dict(var entries) -> !entries.isEmpty();
      case Function _, Iterator _, Namespace _, Loop _ -> true;
    };
  }

  /// The text that a value prints as.
  static String text(Value value) {
    return Printed.str(value);
  }

  /// A number that must be whole.
  static int index(Value value) {
    return switch (value) {
      case Int(long number) when number == (int) number -> (int) number;
      case Bool(boolean truth) -> truth ? 1 : 0;
      case Int _, None _, Real _, Text _, Items _, Dict _ -> throw noIndex(value);
      case Function _, Iterator _, Namespace _, Loop _ -> throw noIndex(value);
      case Undefined(String why) -> throw new TemplateFailure(why);
    };
  }

  private static TemplateFailure noIndex(Value value) {
    return new TemplateFailure("a small whole number is needed, not " + kind(value));
  }

  /// The number that a whole number or a truth value is.
  static long index64(Value value) {
    return value instanceof Int(long number) ? number : truth(value) ? 1 : 0;
  }

  static List<Value> items(Value value) {
    return switch (value) {
      case Items(var values, _) -> values;
      case Dict(var entries) -> List.copyOf(entries.keySet());
      case Text(String text) -> PythonText.characters(text);
      case Iterator iterator -> iterator.takeAll();
      case Undefined _ -> List.of();
      case Loop(var items, int at, _, _) -> items.subList(at, items.size());
      case None _, Bool _, Int _, Real _, Function _, Namespace _ ->
          throw new TemplateFailure(kind(value) + " cannot be gone through item by item");
    };
  }

  static long length(Value value) {
    return switch (value) {
      case Items(var values, _) -> values.size();
      case Dict(var entries) -> entries.size();
      case Text(String text) -> PythonText.length(text);
      case Undefined _ -> 0;
      case Loop(var items, _, _, _) -> items.size();
      case None _, Bool _, Int _, Real _, Function _, Namespace _, Iterator _ ->
          throw new TemplateFailure(kind(value) + " has no length");
    };
  }

  /// What to call a value in messages.
  static String kind(Value value) {
    return switch (value) {
      case None _ -> "`none`";
      case Undefined _ -> "an undefined value";
      case Bool _ -> "a truth value";
      case Int _, Real _ -> "a number";
      case Text _ -> "text";
      case Items(_, var kind) -> kind == Items.Kind.LIST ? "a list" : "a tuple";
      case Dict _ -> "a dictionary";
      case Function(String name, _) -> "the function `" + name + "`";
      case Iterator _ -> "an iterator";
      case Namespace _ -> "a namespace";
      case Loop _ -> "`loop`";
    };
  }
}
