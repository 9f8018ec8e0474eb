package dune.frontend.elaborate;

import dune.frontend.ast.ConfigEntry;
import dune.frontend.ast.ConfigEntry.ConfigAssignment;
import dune.frontend.ast.Definition.BlockDefinition;
import dune.frontend.ast.Expression;
import dune.frontend.ast.Expression.TextLiteral;
import dune.frontend.ast.Item;
import dune.frontend.ast.Let;
import dune.frontend.ast.Node;
import dune.frontend.ast.Nodes;
import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.source.SourceText;
import dune.ir.checkpoint.Config;
import dune.ir.checkpoint.Json;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// Writes the `config.json` from which a model would read given parameters: its `config` clause,
/// backwards.
///
/// The lines of the clause are expressions of any kind, so nothing is inverted: for the keys of a
/// line, values that may be meant are tried, until the line reads as the parameter should be. Most
/// lines are a key, and the first try is the parameter's own value.
public final class ConfigDraft {
  private static final String FILE = "config.json";
  private static final int MOST_KEYS = 3;
  private static final int MOST_TRIES = 2000;

  private static final String OTHER_KIND = "full_attention";

  /// What a key holds that is needed and that no parameter tells: by custom it is the number of
  /// positions that a model was trained for.
  private static final Json USUAL_CONTEXT = new Json.Whole(4096, Json.Place.NONE);

  private final Modules modules;
  private final Modules.Loaded file;
  private final BlockDefinition model;
  private final Item.Checkpoint clause;
  private final Settings settings;
  private final ParameterValues wanted;

  /// Paths of the keys that have their values by now.
  private final Set<List<String>> decided = new LinkedHashSet<>();

  /// The first line for which no values were found.
  private Optional<ConfigAssignment> undecided = Optional.empty();

  /// What came of it.
  public sealed interface Result {
    /// A model that is elaborated with this config has the parameters that were asked for.
    record Drafted(Json.Fields config) implements Result {}

    /// The model has mistakes.
    record Mistaken(Diagnostics diagnostics) implements Result {}

    /// There is no checkpoint clause, which would say what the keys are.
    record NoClause() implements Result {}

    /// No config was found that gives a parameter its value.
    ///
    /// @param line of the clause that reads the parameter, as it is written; empty if there is none
    record Unsaid(String parameter, String value, Optional<String> line) implements Result {}
  }

  private ConfigDraft(
      Modules modules,
      Modules.Loaded file,
      BlockDefinition model,
      Item.Checkpoint clause,
      Settings settings,
      ParameterValues wanted) {
    this.modules = modules;
    this.file = file;
    this.model = model;
    this.clause = clause;
    this.settings = settings;
    this.wanted = wanted;
  }

  /// @param settings the parameters: values by hand, over a config to begin with or the defaults
  public static Result draft(SourceText text, Sources sources, Settings settings) {
    var diagnostics = new Diagnostics();
    var modules = new Modules(sources, diagnostics);
    Modules.Loaded file = modules.load(text);
    var models = Elaborator.models(file.file());
    if (models.isEmpty() || diagnostics.hasErrors()) {
      return new Result.Mistaken(Elaborator.elaborate(text, sources, settings).diagnostics());
    }
    BlockDefinition model = Elaborator.model(models, settings);
    Optional<Item.Checkpoint> clause = Elaborator.clause(model, settings);
    if (clause.isEmpty()) return new Result.NoClause();
    return Elaborator.parameters(modules, file, model, clause.get(), settings, diagnostics)
        .map(wanted -> new ConfigDraft(modules, file, model, clause.get(), settings, wanted).run())
        .orElseGet(() -> new Result.Mistaken(diagnostics));
  }

  private Result run() {
    Json.Fields draft = named();
    for (int i = 0; i < clause.config().size(); i++) {
      if (clause.config().get(i) instanceof ConfigAssignment line
          && (settings.config().isEmpty() || settings.values().containsKey(line.name().text()))) {
        draft = said(line, i, draft);
      }
    }
    if (undecided.isPresent()) {
      return unsaid(undecided.get().name().text());
    }
    return checked(draft);
  }

  /// The config to begin with, under a name that the clause is for.
  private Json.Fields named() {
    var base =
        settings
            .config()
            .flatMap(
                config ->
                    config.value() instanceof Json.Fields fields
                        ? Optional.of(fields)
                        : Optional.empty())
            .orElseGet(() -> new Json.Fields(Map.of(), Json.Place.NONE));
    var names = clause.architectures().stream().flatMap(name -> name.plain().stream()).toList();
    boolean fits =
        base.values().get("architectures") instanceof Json.Items(var items, _)
            && !items.isEmpty()
            && items.getFirst() instanceof Json.Text(var name, _)
            && names.contains(name);
    if (fits || names.isEmpty()) return base;
    var values = new LinkedHashMap<String, Json>();
    values.put("architectures", new Json.Items(List.of(text(names.getFirst())), Json.Place.NONE));
    values.put("model_type", text(ModelType.of(names.getFirst())));
    base.values().forEach(values::putIfAbsent);
    return new Json.Fields(values, Json.Place.NONE);
  }

  /// The draft with values for the keys of a line; as it was if none are needed.
  private Json.Fields said(ConfigAssignment line, int index, Json.Fields draft) {
    String name = line.name().text();
    var keys =
        keys(line.value()).stream()
            .filter(Predicate.not(decided::contains))
            .limit(MOST_KEYS)
            .toList();
    if (keys.isEmpty()) return readable(line, index, draft);
    var plain = Optional.ofNullable(wanted.plain().get(name));
    // A value that a key can hold is written down even where its absence would mean the same.
    boolean silent = plain.isEmpty() || plain.get() instanceof Json.Null && keys.size() > 1;
    boolean reads = reads(name, index, draft);
    if (silent && reads) return draft;
    var found = search(name, index, draft, keys, candidates(line.value(), plain, keys.size()));
    if (found.isPresent()) {
      decided.addAll(keys);
    } else if (!reads && undecided.isEmpty()) {
      undecided = Optional.of(line);
    }
    return found.orElse(draft);
  }

  /// A line that hands the config on as a whole, as to `rope_from`, may ask for a key that no
  /// parameter holds. It gets the first that it can be read with.
  private Json.Fields readable(ConfigAssignment line, int index, Json.Fields draft) {
    var lines = clause.config().subList(0, index + 1);
    var config = Config.of(FILE, draft);
    if (read(lines, config).isPresent()) return draft;
    for (String key : config.absent()) {
      Json.Fields trial = with(draft, List.of(key.split("\\.")), USUAL_CONTEXT);
      if (read(lines, Config.of(FILE, trial)).isPresent()) return trial;
    }
    if (undecided.isEmpty()) undecided = Optional.of(line);
    return draft;
  }

  /// Tries values for one key, then for two, and so on.
  private Optional<Json.Fields> search(
      String name, int index, Json.Fields draft, List<List<String>> keys, List<Json> values) {
    int tries = 0;
    for (int count = 1; count <= keys.size(); count++) {
      for (List<List<String>> chosen : choices(keys, count)) {
        var places = new int[count];
        do {
          if (tries++ > MOST_TRIES) return Optional.empty();
          Json.Fields trial = draft;
          for (int i = 0; i < count; i++) trial = with(trial, chosen.get(i), values.get(places[i]));
          if (reads(name, index, trial)) return Optional.of(trial);
        } while (next(places, values.size()));
      }
    }
    return Optional.empty();
  }

  /// Whether the clause, up to this line, reads the parameter as it should be.
  private boolean reads(String parameter, int line, Json.Fields draft) {
    return read(clause.config().subList(0, line + 1), Config.of(FILE, draft))
        .map(values -> same(parameter, values))
        .orElse(false);
  }

  private boolean same(String parameter, ParameterValues values) {
    return wanted.shown().get(parameter).equals(values.shown().get(parameter));
  }

  /// What some lines of the clause read; empty if they cannot.
  private Optional<ParameterValues> read(List<ConfigEntry> lines, Config config) {
    var part = new Item.Checkpoint(clause.architectures(), lines, clause.weights(), clause.span());
    var reading = Settings.of(config, settings.elem());
    return Elaborator.configured(modules, file, model, part, reading, new Diagnostics());
  }

  /// Holds the parameters that the whole clause reads against those that were asked for. Functions
  /// and blocks count only if they were asked for by hand: two ways to write one do not compare.
  private Result checked(Json.Fields draft) {
    var diagnostics = new Diagnostics();
    var reading = Settings.of(Config.of(FILE, draft), settings.elem());
    var values = Elaborator.parameters(modules, file, model, clause, reading, diagnostics);
    if (values.isEmpty()) return new Result.Mistaken(diagnostics);
    for (String name : wanted.shown().keySet()) {
      boolean counts = wanted.plain().containsKey(name) || settings.values().containsKey(name);
      if (counts && !same(name, values.get())) return unsaid(name);
    }
    return new Result.Drafted(draft);
  }

  private Result unsaid(String parameter) {
    return new Result.Unsaid(
        parameter,
        wanted.shown().get(parameter),
        line(parameter).map(line -> line.span().text().replaceAll("\\s+", " ")));
  }

  private Optional<ConfigAssignment> line(String parameter) {
    return clause.config().stream()
        .filter(ConfigAssignment.class::isInstance)
        .map(ConfigAssignment.class::cast)
        .filter(line -> line.name().text().equals(parameter))
        .findFirst();
  }

  // What to try.

  /// Values that a key may have, the likeliest first.
  private List<Json> candidates(Expression line, Optional<Json> plain, int keys) {
    var values = new LinkedHashSet<Json>();
    // Of several keys, none is likely to hold a list by itself.
    plain.filter(value -> keys == 1 || !(value instanceof Json.Items)).ifPresent(values::add);
    values.add(new Json.Bool(true, Json.Place.NONE));
    values.add(new Json.Bool(false, Json.Place.NONE));
    texts(line).forEach(text -> values.add(text(text)));
    plain.ifPresent(value -> values.addAll(kinds(value, texts(line))));
    values.add(new Json.Whole(0, Json.Place.NONE));
    wanted.plain().values().stream()
        .filter(Json.Whole.class::isInstance)
        .sorted(Comparator.comparingLong(number -> ((Json.Whole) number).value()))
        .forEach(values::add);
    return List.copyOf(values);
  }

  /// For a list of truths, lists that tell by a text where it is true: `layer_types` of Hugging
  /// Face, in which every other layer has full attention.
  private static List<Json> kinds(Json plain, Set<String> texts) {
    if (!(plain instanceof Json.Items(var items, _))
        || !items.stream().allMatch(Json.Bool.class::isInstance)) {
      return List.of();
    }
    return texts.stream()
        .<Json>map(
            text ->
                new Json.Items(
                    items.stream()
                        .<Json>map(item -> text(((Json.Bool) item).value() ? text : OTHER_KIND))
                        .toList(),
                    Json.Place.NONE))
        .toList();
  }

  /// The texts in a line and in the functions that it calls: those that they compare with.
  private Set<String> texts(Expression line) {
    var texts = new LinkedHashSet<String>();
    addTexts(line, texts);
    Nodes.within(line)
        .filter(Expression.Name.class::isInstance)
        .flatMap(name -> file.scope().find(((Expression.Name) name).text()).stream())
        .forEach(
            binding -> {
              if (binding.value() instanceof Datum.Closure(var function, _)) {
                addTexts(function, texts);
              }
            });
    return texts;
  }

  private static void addTexts(Node node, Set<String> texts) {
    Nodes.within(node)
        .filter(TextLiteral.class::isInstance)
        .forEach(text -> ((TextLiteral) text).plain().ifPresent(texts::add));
  }

  /// The keys that a line reads, itself or by a `let` before it.
  private List<List<String>> keys(Expression line) {
    var keys = new LinkedHashSet<List<String>>();
    Nodes.within(line)
        .forEach(
            node -> {
              if (node instanceof Expression expression) path(expression).ifPresent(keys::add);
              if (node instanceof Expression.Name(var name, _)) {
                let(name).ifPresent(value -> keys.addAll(keys(value)));
              }
            });
    // `.rope.factor` is one key, and not `.rope` too.
    return keys.stream()
        .filter(
            key ->
                keys.stream()
                    .noneMatch(
                        other ->
                            other.size() > key.size() && other.subList(0, key.size()).equals(key)))
        .toList();
  }

  private Optional<Expression> let(String name) {
    for (ConfigEntry entry : clause.config()) {
      if (entry instanceof Let(var names, _, var value, _)
          && names.size() == 1
          && names.getFirst().text().equals(name)
          && Nodes.within(value)
              .noneMatch(node -> node instanceof Expression.Name(var own, _) && own.equals(name))) {
        return Optional.of(value);
      }
    }
    return Optional.empty();
  }

  private static Optional<List<String>> path(Expression expression) {
    if (expression instanceof Expression.ConfigKey(var name, _)) {
      return Optional.of(List.of(name.text()));
    }
    if (!(expression instanceof Expression.Field(var target, var name, _))) return Optional.empty();
    return path(target)
        .map(outer -> Stream.concat(outer.stream(), Stream.of(name.text())).toList());
  }

  /// Every way to choose `count` of the keys, in order.
  private static List<List<List<String>>> choices(List<List<String>> keys, int count) {
    if (count == 0) return List.of(List.of());
    var choices = new ArrayList<List<List<String>>>();
    for (int i = 0; i <= keys.size() - count; i++) {
      for (var rest : choices(keys.subList(i + 1, keys.size()), count - 1)) {
        var choice = new ArrayList<List<String>>();
        choice.add(keys.get(i));
        choice.addAll(rest);
        choices.add(choice);
      }
    }
    return choices;
  }

  /// Counts on, the last digit first; false after the last number.
  private static boolean next(int[] digits, int base) {
    for (int i = digits.length - 1; i >= 0; i--) {
      if (++digits[i] < base) return true;
      digits[i] = 0;
    }
    return false;
  }

  private static Json.Fields with(Json.Fields fields, List<String> path, Json value) {
    var values = new LinkedHashMap<>(fields.values());
    var first = path.getFirst();
    if (path.size() == 1) {
      values.put(first, value);
    } else {
      var inner =
          values.get(first) instanceof Json.Fields found
              ? found
              : new Json.Fields(Map.of(), Json.Place.NONE);
      values.put(first, with(inner, path.subList(1, path.size()), value));
    }
    return new Json.Fields(values, fields.place());
  }

  private static Json.Text text(String value) {
    return new Json.Text(value, Json.Place.NONE);
  }
}
