package dune.runtime.template;

import dune.runtime.template.Value.Dict;
import dune.runtime.template.Value.Items;
import dune.runtime.template.Value.Iterator;
import dune.runtime.template.Value.Text;
import dune.runtime.template.Value.Undefined;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;

/// The filters that go through items.
final class ItemFilters {
  static final Map<String, Filters.Filter> FILTERS =
      Map.ofEntries(
          Map.entry("list", (value, _) -> Value.list(Convert.items(value))),
          Map.entry("first", (value, _) -> first(value)),
          Map.entry("last", (value, _) -> last(value)),
          Map.entry("join", ItemFilters::join),
          Map.entry("items", (value, _) -> new Iterator(Filters.pairs(value))),
          Map.entry("dictsort", ItemFilters::sortedPairs),
          Map.entry("sort", ItemFilters::sort),
          Map.entry("reverse", (value, _) -> reverse(value)),
          Map.entry("unique", ItemFilters::unique),
          Map.entry("sum", ItemFilters::sum),
          Map.entry("min", (value, arguments) -> extreme(value, order(arguments).reversed())),
          Map.entry("max", (value, arguments) -> extreme(value, order(arguments))),
          Map.entry("map", ItemFilters::map),
          Map.entry("select", (value, arguments) -> select(value, arguments, true)),
          Map.entry("reject", (value, arguments) -> select(value, arguments, false)),
          Map.entry("selectattr", (value, arguments) -> selectBy(value, arguments, true)),
          Map.entry("rejectattr", (value, arguments) -> selectBy(value, arguments, false)),
          Map.entry("groupby", ItemFilters::groups),
          Map.entry("batch", ItemFilters::batches),
          Map.entry("slice", ItemFilters::slices));

  private ItemFilters() {}

  private static Value first(Value value) {
    List<Value> items =
        value instanceof Iterator iterator ? iterator.takeFirst() : Convert.items(value);
    return items.isEmpty() ? new Undefined("there is no first item") : items.getFirst();
  }

  private static Value last(Value value) {
    if (value instanceof Iterator) throw new TemplateFailure("an iterator has no last item");
    List<Value> items = Convert.items(value);
    return items.isEmpty() ? new Undefined("there is no last item") : items.getLast();
  }

  private static Value join(Value value, Arguments arguments) {
    String between = arguments.text(0, "d", "");
    var result = new StringBuilder();
    boolean first = true;
    for (Value item : mapped(value, by(arguments, 1))) {
      String text = Convert.text(item);
      PythonText.requireSize((long) result.length() + between.length() + text.length());
      if (!first) result.append(between);
      first = false;
      result.append(text);
    }
    return Value.of(result.toString());
  }

  private static List<Value> mapped(Value value, Function<Value, Value> function) {
    return Convert.items(value).stream().map(function).toList();
  }

  /// What the argument `attribute` says to look at; the items themselves without it.
  private static Function<Value, Value> by(Arguments arguments, int index) {
    return arguments
        .find(index, "attribute")
        .filter(attribute -> !(attribute instanceof Value.None))
        .map(attribute -> path(attribute, Value.NONE))
        .orElse(item -> item);
  }

  /// A path such as `function.name`, or an index.
  private static Function<Value, Value> path(Value attribute, Value otherwise) {
    List<Value> steps =
        attribute instanceof Text(String text)
            ? PythonText.split(text, ".", -1).stream().map(ItemFilters::step).toList()
            : List.of(attribute);
    return item -> {
      Value value = item;
      for (Value step : steps) {
        value = Members.index(value, step);
        if (value instanceof Undefined && !(otherwise instanceof Value.None)) return otherwise;
      }
      return value;
    };
  }

  private static Value step(String text) {
    return text.matches("\\d{1,9}") ? Value.of(Long.parseLong(text)) : Value.of(text);
  }

  private static Value folded(Value value) {
    return value instanceof Text(String text) ? Value.of(text.toLowerCase(Locale.ROOT)) : value;
  }

  private static Function<Value, Value> caseAsSaid(Arguments arguments, int index) {
    return arguments.flag(index, "case_sensitive") ? value -> value : ItemFilters::folded;
  }

  private static Comparator<Value> order(Function<Value, Value> key) {
    return (a, b) -> Comparisons.compare("<", key.apply(a), key.apply(b));
  }

  private static Value sort(Value value, Arguments arguments) {
    Function<Value, Value> key = by(arguments, 2).andThen(caseAsSaid(arguments, 1));
    return Value.list(sorted(Convert.items(value), order(key), arguments.flag(0, "reverse")));
  }

  private static List<Value> sorted(List<Value> items, Comparator<Value> order, boolean reversed) {
    List<Value> sorted = new ArrayList<>(items);
    sorted.sort(reversed ? order.reversed() : order);
    return sorted;
  }

  private static Value sortedPairs(Value value, Arguments arguments) {
    int part = arguments.text(1, "by", "key").equals("value") ? 1 : 0;
    Function<Value, Value> key =
        caseAsSaid(arguments, 0).compose(pair -> Convert.items(pair).get(part));
    return Value.list(sorted(Filters.pairs(value), order(key), arguments.flag(2, "reverse")));
  }

  private static Value reverse(Value value) {
    List<Value> items = new ArrayList<>(Convert.items(value));
    Collections.reverse(items);
    if (!(value instanceof Text)) return new Iterator(items);
    var text = new StringBuilder();
    items.forEach(item -> text.append(Convert.text(item)));
    return Value.of(text.toString());
  }

  private static Value unique(Value value, Arguments arguments) {
    Function<Value, Value> key = by(arguments, 1).andThen(caseAsSaid(arguments, 0));
    Map<Value, Value> seen = new LinkedHashMap<>();
    Convert.items(value).forEach(item -> seen.putIfAbsent(key.apply(item), item));
    return new Iterator(List.copyOf(seen.values()));
  }

  private static Value sum(Value value, Arguments arguments) {
    Value sum = arguments.get(1, "start", Value.of(0));
    for (Value item : mapped(value, by(arguments, 0))) sum = Numbers.binary("+", sum, item);
    return sum;
  }

  private static Comparator<Value> order(Arguments arguments) {
    return order(by(arguments, 1).andThen(caseAsSaid(arguments, 0)));
  }

  /// The first of the largest.
  private static Value extreme(Value value, Comparator<Value> order) {
    Value best = new Undefined("there is no item");
    for (Value item : Convert.items(value)) {
      if (best instanceof Undefined || order.compare(item, best) > 0) best = item;
    }
    return best;
  }

  private static Value map(Value value, Arguments arguments) {
    if (arguments.size() == 0) {
      Value attribute = arguments.get(0, "attribute");
      Value otherwise = arguments.get(1, "default", Value.NONE);
      return new Iterator(mapped(value, path(attribute, otherwise)));
    }
    String name = arguments.text(0, "filter");
    Arguments rest = arguments.after(1);
    return new Iterator(mapped(value, item -> Filters.apply(name, item, rest)));
  }

  private static Value select(Value value, Arguments arguments, boolean wanted) {
    return kept(value, test(arguments), wanted);
  }

  private static Value selectBy(Value value, Arguments arguments, boolean wanted) {
    Function<Value, Value> part = path(arguments.get(0, "attribute"), Value.NONE);
    Predicate<Value> test = test(arguments.after(1));
    return kept(value, item -> test.test(part.apply(item)), wanted);
  }

  private static Predicate<Value> test(Arguments arguments) {
    if (arguments.size() == 0) return Convert::truth;
    String name = arguments.text(0, "test");
    Arguments rest = arguments.after(1);
    return item -> Checks.holds(name, item, rest);
  }

  private static Value kept(Value value, Predicate<Value> test, boolean wanted) {
    return new Iterator(
        Convert.items(value).stream().filter(item -> test.test(item) == wanted).toList());
  }

  private static Value groups(Value value, Arguments arguments) {
    Function<Value, Value> key = path(arguments.get(0, "attribute"), Value.NONE);
    Map<Value, List<Value>> groups = new LinkedHashMap<>();
    for (Value item :
        sorted(Convert.items(value), order(key.andThen(ItemFilters::folded)), false)) {
      groups.computeIfAbsent(key.apply(item), _ -> new ArrayList<>()).add(item);
    }
    return Value.list(
        groups.entrySet().stream()
            .map(group -> Value.tuple(group.getKey(), Value.list(group.getValue())))
            .toList());
  }

  private static Value batches(Value value, Arguments arguments) {
    int size = arguments.number(0, "linecount", 0);
    if (size < 1) throw new TemplateFailure("`batch` needs a size of 1 or more");
    List<Value> items = Convert.items(value);
    List<Value> batches = new ArrayList<>();
    for (int at = 0; at < items.size(); at += size) {
      List<Value> batch = new ArrayList<>(items.subList(at, Math.min(items.size(), at + size)));
      Value fill = arguments.get(1, "fill_with", Value.NONE);
      while (!(fill instanceof Value.None) && batch.size() < size) batch.add(fill);
      batches.add(Value.list(batch));
    }
    return new Iterator(batches);
  }

  private static Value slices(Value value, Arguments arguments) {
    int count = arguments.number(0, "slices", 0);
    if (count < 1) throw new TemplateFailure("`slice` needs a number of 1 or more");
    List<Value> items = Convert.items(value);
    int each = items.size() / count;
    int longer = items.size() % count;
    List<Value> slices = new ArrayList<>();
    int at = 0;
    for (int i = 0; i < count; i++) {
      int end = at + each + (i < longer ? 1 : 0);
      List<Value> slice = new ArrayList<>(items.subList(at, end));
      Value fill = arguments.get(1, "fill_with", Value.NONE);
      if (!(fill instanceof Value.None) && i >= longer) slice.add(fill);
      slices.add(new Items(slice, Items.Kind.LIST));
      at = end;
    }
    return new Iterator(slices);
  }

  /// For `dict(pairs, name=value)`.
  static Value dict(Arguments arguments) {
    Map<Value, Value> entries = new LinkedHashMap<>();
    if (arguments.size() > 0) {
      Value first = arguments.positional().getFirst();
      if (first instanceof Dict(var given)) {
        entries.putAll(given);
      } else {
        for (Value pair : Convert.items(first)) {
          List<Value> two = Convert.items(pair);
          if (two.size() != 2) throw new TemplateFailure("`dict` is made of pairs");
          entries.put(two.get(0), two.get(1));
        }
      }
    }
    arguments.named().forEach((name, value) -> entries.put(Value.of(name), value));
    return new Dict(entries);
  }
}
