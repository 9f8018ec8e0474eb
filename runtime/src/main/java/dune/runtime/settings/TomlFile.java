package dune.runtime.settings;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import com.fasterxml.jackson.dataformat.toml.TomlReadFeature;
import dune.weights.AtomicFile;
import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/// A file of settings: `name = value` line by line, then tables of names of their own.
public final class TomlFile {
  private static final TomlMapper TOML =
      TomlMapper.builder().enable(TomlReadFeature.PARSE_JAVA_TIME).build();

  private static final ObjectMapper JSON = new ObjectMapper();

  private TomlFile() {}

  /// In the order of the file.
  ///
  /// @throws EnvironmentFailure if it cannot be read
  /// @throws InputFailure if it is no TOML, or a value is a date or goes deeper than one table
  public static SequencedMap<String, Setting> read(Path file) {
    JsonNode root = parse(file);
    var settings = new LinkedHashMap<String, Setting>();
    root.properties()
        .forEach(
            entry -> settings.put(entry.getKey(), setting(file, entry.getKey(), entry.getValue())));
    return settings;
  }

  private static JsonNode parse(Path file) {
    try {
      return TOML.readTree(Files.readString(file));
    } catch (JsonProcessingException e) {
      var place = e.getLocation();
      String problem = e.getOriginalMessage().lines().findFirst().orElse("it is no TOML");
      if (place == null || place.getLineNr() < 1) throw new InputFailure(file, problem);
      throw new InputFailure(file, place.getLineNr(), Math.max(1, place.getColumnNr()), problem);
    } catch (java.nio.charset.CharacterCodingException e) {
      throw new InputFailure(file, "it is not valid UTF-8");
    } catch (IOException e) {
      throw EnvironmentFailure.reading(file, e);
    }
  }

  private static Setting setting(Path file, String name, JsonNode value) {
    if (value.isArray()) {
      var values = new ArrayList<Setting.One>();
      for (JsonNode each : value) values.add(one(file, name, each));
      return new Setting.Many(values);
    }
    if (value.isObject()) {
      var values = new LinkedHashMap<String, Setting.One>();
      value
          .properties()
          .forEach(
              entry ->
                  values.put(
                      entry.getKey(), one(file, name + "." + entry.getKey(), entry.getValue())));
      return new Setting.Named(values);
    }
    return one(file, name, value);
  }

  private static Setting.One one(Path file, String name, JsonNode value) {
    if (value.isTextual()) return new Setting.One(value.textValue(), true);
    if (value.isNumber() || value.isBoolean()) return new Setting.One(value.asText(), false);
    throw new InputFailure(
        file, "`%s` must be a number, a text, true or false, or a list of those".formatted(name));
  }

  /// Writes what {@link #read} gives back.
  ///
  /// @param head a comment on the first lines
  /// @throws EnvironmentFailure if it cannot be written
  public static void write(Path file, String head, SequencedMap<String, Setting> settings) {
    var text = new StringBuilder();
    head.lines().forEach(line -> text.append("# ").append(line).append('\n'));
    var tables = new StringBuilder();
    settings.forEach(
        (name, setting) -> {
          switch (setting) {
            case Setting.One one -> text.append(line(name, text(one)));
            case Setting.Many(var values) ->
                text.append(
                    line(
                        name,
                        values.stream()
                            .map(TomlFile::text)
                            .collect(Collectors.joining(", ", "[", "]"))));
            case Setting.Named(var values) -> tables.append(table(name, values));
          }
        });
    AtomicFile.write(file, text.append(tables).toString().getBytes(StandardCharsets.UTF_8));
  }

  private static String table(String name, Map<String, Setting.One> values) {
    var table = new StringBuilder("\n[" + key(name) + "]\n");
    values.forEach((key, value) -> table.append(line(key, text(value))));
    return table.toString();
  }

  private static String line(String name, String value) {
    return key(name) + " = " + value + "\n";
  }

  private static String key(String name) {
    return name.matches("[A-Za-z0-9_-]+") ? name : quoted(name);
  }

  private static String text(Setting.One one) {
    return one.quoted() ? quoted(one.value()) : one.value();
  }

  /// TOML's escapes are those of JSON.
  private static String quoted(String text) {
    try {
      return JSON.writeValueAsString(text);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a text that cannot be written", e);
    }
  }
}
