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
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/// Values as JSON, spaced as Python's `json.dumps` spaces it, with characters as they are.
///
/// @param indent the indentation of a level; none puts everything on one line
/// @param between what separates two items
/// @param colon what separates a key from its value
record PythonJson(Indent indent, String between, String colon, boolean sortsKeys) {
  sealed interface Indent {
    record None() implements Indent {}

    record By(String text) implements Indent {}
  }

  static String filter(Value value, Arguments arguments) {
    Value given = arguments.get(0, "indent", Value.NONE);
    Indent indent =
        switch (given) {
          case None _ -> new Indent.None();
          case Text(String text) -> new Indent.By(text);
          case Int _, Bool _ -> new Indent.By(PythonText.repeat(" ", Convert.index(given)));
          case Undefined _, Real _, Items _, Dict _, Function _, Iterator _, Namespace _, Loop _ ->
              throw new TemplateFailure("`indent` is a number or text");
        };
    String between = indent instanceof Indent.None ? ", " : ",";
    String colon = ": ";
    Value separators = arguments.get(1, "separators", Value.NONE);
    if (separators instanceof Items(var two, _) && two.size() == 2) {
      between = Convert.text(two.get(0));
      colon = Convert.text(two.get(1));
    }
    var json = new PythonJson(indent, between, colon, arguments.flag(2, "sort_keys"));
    var result = new StringBuilder();
    json.write(value, "\n", result);
    return result.toString();
  }

  private void write(Value value, String line, StringBuilder to) {
    PythonText.requireSize(to.length());
    switch (value) {
      case None _ -> to.append("null");
      case Bool(boolean truth) -> to.append(truth);
      case Int(long number) -> to.append(number);
      case Real(double number) -> to.append(real(number));
      case Text(String text) -> quote(text, to);
      case Items(var values, _) -> {
        List<Runnable> writers = new ArrayList<>();
        for (Value item : values) writers.add(() -> write(item, deeper(line), to));
        enclose('[', ']', writers, line, to);
      }
      case Dict(var entries) -> {
        List<Runnable> writers = new ArrayList<>();
        for (var entry : ordered(entries)) {
          writers.add(
              () -> {
                quote(key(entry.getKey()), to);
                to.append(colon);
                write(entry.getValue(), deeper(line), to);
              });
        }
        enclose('{', '}', writers, line, to);
      }
      case Undefined(String why) -> throw new TemplateFailure(why);
      case Function _, Iterator _, Namespace _, Loop _ ->
          throw new TemplateFailure(Convert.kind(value) + " cannot be written as JSON");
    }
  }

  private String deeper(String line) {
    return indent instanceof Indent.By(String text) ? line + text : line;
  }

  private void enclose(char open, char close, List<Runnable> items, String line, StringBuilder to) {
    to.append(open);
    boolean breaks = indent instanceof Indent.By && !items.isEmpty();
    for (int i = 0; i < items.size(); i++) {
      if (i > 0) to.append(between);
      if (breaks) to.append(deeper(line));
      items.get(i).run();
    }
    if (breaks) to.append(line);
    to.append(close);
  }

  private List<Map.Entry<Value, Value>> ordered(Map<Value, Value> entries) {
    List<Map.Entry<Value, Value>> list = new ArrayList<>(entries.entrySet());
    if (sortsKeys) {
      Comparator<Value> byKey = (a, b) -> Comparisons.compare("sort_keys", a, b);
      list.sort(Map.Entry.comparingByKey(byKey));
    }
    return list;
  }

  private static String key(Value key) {
    return switch (key) {
      case Text(String text) -> text;
      case None _ -> "null";
      case Bool(boolean truth) -> String.valueOf(truth);
      case Int(long number) -> String.valueOf(number);
      case Real(double number) -> real(number);
      case Undefined _, Items _, Dict _, Function _, Iterator _, Namespace _, Loop _ ->
          throw new TemplateFailure(Convert.kind(key) + " cannot be a key in JSON");
    };
  }

  private static String real(double number) {
    if (Double.isNaN(number)) return "NaN";
    if (Double.isInfinite(number)) return number > 0 ? "Infinity" : "-Infinity";
    return Printed.real(number);
  }

  private static void quote(String text, StringBuilder to) {
    to.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> to.append("\\\"");
        case '\\' -> to.append("\\\\");
        case '\n' -> to.append("\\n");
        case '\r' -> to.append("\\r");
        case '\t' -> to.append("\\t");
        case '\f' -> to.append("\\f");
        case '\b' -> to.append("\\b");
        default -> {
          if (c < 0x20) to.append("\\u%04x".formatted((int) c));
          else to.append(c);
        }
      }
    }
    to.append('"');
  }
}
