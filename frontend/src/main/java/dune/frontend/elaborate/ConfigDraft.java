package dune.frontend.elaborate;

import dune.frontend.ast.ConfigEntry;
import dune.frontend.ast.ConfigEntry.ConfigAssignment;
import dune.frontend.ast.Definition.BlockDefinition;
import dune.frontend.ast.Item;
import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.source.SourceText;
import dune.ir.checkpoint.Config;
import dune.ir.checkpoint.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

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

  private final Modules modules;
  private final Modules.Loaded file;
  private final BlockDefinition model;
  private final Item.Checkpoint clause;
  private final Settings settings;
  private final ParameterValues wanted;
  private final ConfigGuesses guesses;

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
    this.guesses = new ConfigGuesses(file.scope(), clause, wanted);
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
            .orElseGet(() -> new Json.Fields(Map.of()));
    var names = clause.architectures().stream().flatMap(name -> name.plain().stream()).toList();
    boolean fits =
        base.values().get("architectures") instanceof Json.Items(var items, _)
            && !items.isEmpty()
            && items.getFirst() instanceof Json.Text(var name, _)
            && names.contains(name);
    if (fits || names.isEmpty()) return base;
    var values = new LinkedHashMap<String, Json>();
    values.put("architectures", new Json.Items(List.of(new Json.Text(names.getFirst()))));
    values.put("model_type", new Json.Text(ModelType.of(names.getFirst())));
    base.values().forEach(values::putIfAbsent);
    return new Json.Fields(values);
  }

  /// The draft with values for the keys of a line; as it was if none are needed.
  private Json.Fields said(ConfigAssignment line, int index, Json.Fields draft) {
    String name = line.name().text();
    var keys =
        guesses.keys(line.value()).stream()
            .filter(Predicate.not(decided::contains))
            .limit(MOST_KEYS)
            .toList();
    if (keys.isEmpty()) return readable(line, index, draft);
    var plain = Optional.ofNullable(wanted.plain().get(name));
    boolean reads = reads(name, index, draft);
    // A value that a key can hold is written down even where its absence would mean the same.
    if (reads && !(plain.isPresent() && ConfigGuesses.isKey(line.value()))) return draft;
    var found = search(name, index, draft, keys, guesses.values(line.value(), plain, keys.size()));
    if (found.isPresent()) {
      decided.addAll(keys);
      return found.get();
    }
    if (reads) return draft;
    // Two ways to write a block do not compare, so a default is taken as the line gives it.
    if (plain.isEmpty() && !settings.values().containsKey(name)) {
      return readable(line, index, draft);
    }
    if (undecided.isEmpty()) undecided = Optional.of(line);
    return draft;
  }

  /// A line that hands the config on as a whole, as to `rope_from`, may ask for a key that no
  /// parameter holds. It gets the first that it can be read with.
  private Json.Fields readable(ConfigAssignment line, int index, Json.Fields draft) {
    var lines = clause.config().subList(0, index + 1);
    var config = Config.of(FILE, draft);
    if (read(lines, config).isPresent()) return draft;
    for (String key : config.absent()) {
      Json.Fields trial = with(draft, List.of(key.split("\\.")), ConfigGuesses.usual(key));
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
          values.get(first) instanceof Json.Fields found ? found : new Json.Fields(Map.of());
      values.put(first, with(inner, path.subList(1, path.size()), value));
    }
    return new Json.Fields(values, fields.place());
  }
}
