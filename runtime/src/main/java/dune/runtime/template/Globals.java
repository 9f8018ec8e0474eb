package dune.runtime.template;

import dune.runtime.template.Value.Function;
import dune.runtime.template.Value.Namespace;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The functions that every template has.
final class Globals {
  /// As many numbers as jinja2's sandbox lets a range have.
  private static final long LONGEST_RANGE = 100_000;

  private Globals() {}

  /// @param now what `strftime_now` tells
  static Map<String, Value> functions(ZonedDateTime now) {
    Map<String, Value> functions = new LinkedHashMap<>();
    add(functions, "raise_exception", Globals::raise);
    add(
        functions,
        "strftime_now",
        arguments -> Value.of(PythonDate.format(now, arguments.text(0, "format"))));
    add(functions, "range", Globals::range);
    add(functions, "namespace", Globals::namespace);
    add(functions, "dict", ItemFilters::dict);
    add(functions, "joiner", Globals::joiner);
    return functions;
  }

  private static void add(Map<String, Value> functions, String name, Function.Body body) {
    functions.put(name, new Function(name, body));
  }

  private static Value raise(Arguments arguments) {
    throw new TemplateFailure(arguments.text(0, "message"));
  }

  private static Value range(Arguments arguments) {
    List<Value> given = arguments.atMost(3).positional();
    if (given.isEmpty()) throw new TemplateFailure("`range` needs a number");
    long begin = given.size() == 1 ? 0 : Convert.index(given.get(0));
    long end = Convert.index(given.get(given.size() == 1 ? 0 : 1));
    long step = given.size() == 3 ? Convert.index(given.get(2)) : 1;
    if (step == 0) throw new TemplateFailure("a range cannot have the step 0");
    if (Math.abs(end - begin) / Math.abs(step) > LONGEST_RANGE) {
      throw new TemplateFailure("a range of more than " + LONGEST_RANGE + " numbers");
    }
    List<Value> numbers = new ArrayList<>();
    for (long i = begin; step > 0 ? i < end : i > end; i += step) numbers.add(Value.of(i));
    return Value.list(numbers);
  }

  private static Value namespace(Arguments arguments) {
    var namespace = new Namespace();
    if (ItemFilters.dict(arguments) instanceof Value.Dict(var entries)) {
      entries.forEach((name, value) -> namespace.fields.put(Convert.text(name), value));
    }
    return namespace;
  }

  /// A function that gives nothing the first time, and then the separator.
  private static Value joiner(Arguments arguments) {
    Value separator = arguments.get(0, "sep", Value.of(", "));
    var used = new Namespace();
    return new Function(
        "joiner", _ -> used.fields.put("used", separator) == null ? Value.of("") : separator);
  }
}
