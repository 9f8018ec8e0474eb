package dune.cli;

import dune.frontend.resolve.Suggest;
import dune.runtime.settings.Setting;
import dune.runtime.settings.Setting.Many;
import dune.runtime.settings.Setting.Named;
import dune.runtime.settings.Setting.One;
import dune.runtime.settings.TomlFile;
import dune.weights.InputFailure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/// Options of a command that stand in a file (TOML): each under its long name without dashes, and
/// what stands without an option under its label in small letters. The command line wins.
final class FileOptions {
  static final String NAME = "--config";

  private final CommandSpec spec;
  private final Set<String> apart;
  private final SequencedMap<String, ArgSpec> known = new LinkedHashMap<>();

  /// @param apart options that no file can give, and that are not written to one
  FileOptions(CommandSpec spec, Set<String> apart) {
    this.spec = spec;
    this.apart = apart;
    for (PositionalParamSpec parameter : spec.positionalParameters()) {
      known.put(parameter.paramLabel().toLowerCase(Locale.ROOT), parameter);
    }
    for (OptionSpec option : spec.options()) {
      if (!isApart(option)) known.put(option.longestName().substring(2), option);
    }
  }

  private boolean isApart(OptionSpec option) {
    return option.usageHelp()
        || option.versionHelp()
        || !option.longestName().startsWith("--")
        || option.longestName().equals(NAME)
        || apart.contains(option.longestName());
  }

  /// Parses the same command line again, with what the file says of everything it leaves open.
  ///
  /// @param fresh the program, as if nothing was parsed
  /// @return the command
  /// @throws InputFailure if the file names an option that there is not, or gives it no value that
  ///   it takes
  Object parse(CommandLine fresh, Path file) {
    ParseResult parsed = spec.commandLine().getParseResult();
    var arguments = new ArrayList<String>();
    arguments.add(spec.name());
    fromFile(file, parsed).forEach(arguments::add);
    arguments.addAll(withoutFile(parsed.originalArgs()));
    try {
      ParseResult result = fresh.parseArgs(arguments.toArray(String[]::new));
      return result.subcommand().commandSpec().userObject();
    } catch (ParameterException failure) {
      // Without the file, the command line was understood.
      throw new InputFailure(file, failure.getMessage().lines().findFirst().orElse(""));
    }
  }

  private static List<String> withoutFile(List<String> arguments) {
    var rest = new ArrayList<String>();
    for (int i = 1; i < arguments.size(); i++) {
      if (arguments.get(i).equals(NAME)) i++;
      else if (!arguments.get(i).startsWith(NAME + "=")) rest.add(arguments.get(i));
    }
    return rest;
  }

  private List<String> fromFile(Path file, ParseResult parsed) {
    var arguments = new ArrayList<String>();
    TomlFile.read(file)
        .forEach((name, setting) -> arguments.addAll(arguments(file, name, setting, parsed)));
    return arguments;
  }

  private List<String> arguments(Path file, String name, Setting setting, ParseResult parsed) {
    ArgSpec argument = find(file, name);
    boolean given =
        argument instanceof OptionSpec option
            ? parsed.hasMatchedOption(option)
            : parsed.hasMatchedPositional((PositionalParamSpec) argument);
    if (given && !argument.typeInfo().isMap()) return List.of();
    if (argument.typeInfo().isMap() != setting instanceof Named
        || setting instanceof Many && !argument.typeInfo().isCollection()) {
      throw new InputFailure(
          file,
          "`%s` must be %s"
              .formatted(
                  name,
                  argument.typeInfo().isMap()
                      ? "a table: [%s], and under it NAME = VALUE".formatted(name)
                      : "one value"));
    }
    return switch (setting) {
      case One(var value, _) when argument.typeInfo().isBoolean() ->
          flag(file, name, argument, value);
      case One(var value, _) -> List.of(argument(argument, value));
      case Many(var values) -> many(argument, values.stream().map(One::value).toList());
      case Named(var values) -> {
        Map<?, ?> before = given ? (Map<?, ?>) argument.getValue() : Map.of();
        yield values.entrySet().stream()
            .filter(entry -> !before.containsKey(entry.getKey()))
            .map(entry -> argument(argument, entry.getKey() + "=" + entry.getValue().value()))
            .toList();
      }
    };
  }

  private static List<String> flag(Path file, String name, ArgSpec argument, String value) {
    return switch (value) {
      case "true" -> List.of(((OptionSpec) argument).longestName());
      case "false" -> List.of();
      default -> throw new InputFailure(file, "`%s` must be true or false".formatted(name));
    };
  }

  private static List<String> many(ArgSpec argument, List<String> values) {
    if (values.isEmpty()) return List.of();
    return argument.splitRegex().isEmpty()
        ? values.stream().map(value -> argument(argument, value)).toList()
        : List.of(argument(argument, String.join(",", values)));
  }

  private static String argument(ArgSpec argument, String value) {
    return argument instanceof OptionSpec option ? option.longestName() + "=" + value : value;
  }

  private ArgSpec find(Path file, String name) {
    String wanted = name.replace('_', '-');
    for (var entry : known.entrySet()) {
      boolean named =
          entry.getKey().equals(wanted)
              || entry.getValue() instanceof OptionSpec option
                  && List.of(option.names()).contains("--" + wanted);
      if (named) return entry.getValue();
    }
    if (apart.contains("--" + wanted)) {
      throw new InputFailure(file, "`%s` can only stand on the command line".formatted(name));
    }
    throw new InputFailure(
        file,
        "there is no setting `%s`%s"
            .formatted(
                name,
                Suggest.nearest(wanted, known.keySet())
                    .map(nearest -> "; did you mean `" + nearest + "`?")
                    .orElse("; `dunec %s --help` lists all".formatted(spec.name()))));
  }

  /// Everything that a command was told or takes by itself, so that a file can say it again. Paths
  /// are whole.
  ///
  /// @param derived what follows for options that were left open
  SequencedMap<String, Setting> resolved(Map<String, Setting> derived) {
    var settings = new LinkedHashMap<String, Setting>();
    known.forEach(
        (name, argument) ->
            setting(argument.getValue())
                .or(() -> Optional.ofNullable(derived.get(name)))
                .ifPresent(setting -> settings.put(name, setting)));
    return settings;
  }

  private static Optional<Setting> setting(Object value) {
    return switch (value) {
      case null -> Optional.empty();
      case Optional<?> optional -> optional.flatMap(FileOptions::setting);
      case Map<?, ?> map -> named(map);
      case List<?> list ->
          list.isEmpty()
              ? Optional.empty()
              : Optional.of(new Many(list.stream().map(FileOptions::one).toList()));
      default -> Optional.of(one(value));
    };
  }

  private static Optional<Setting> named(Map<?, ?> map) {
    if (map.isEmpty()) return Optional.empty();
    return Optional.of(
        new Named(
            map.entrySet().stream()
                .collect(
                    Collectors.toMap(
                        entry -> entry.getKey().toString(),
                        entry -> one(entry.getValue()),
                        (one, _) -> one,
                        LinkedHashMap::new))));
  }

  private static One one(Object value) {
    return switch (value) {
      case Number _, Boolean _ -> new One(value.toString(), false);
      case Enum<?> word -> new One(word.name().toLowerCase(Locale.ROOT), true);
      // The name of a model that comes with dune is no file.
      case Path path ->
          new One((Files.exists(path) ? path.toAbsolutePath().normalize() : path).toString(), true);
      default -> new One(value.toString(), true);
    };
  }
}
