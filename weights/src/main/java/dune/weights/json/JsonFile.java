package dune.weights.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import dune.ir.checkpoint.Json;
import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import dune.weights.Quoted;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;

/// Reads a whole JSON file.
public final class JsonFile {
  private static final int DEEPEST = 100;

  /// An index of a hundred thousand tensors has ten megabytes.
  private static final long LARGEST = 100_000_000;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(DEEPEST).build())
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          // Python writes `Infinity` and `NaN`, and configs on the Hub have them.
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .build();

  private final Path file;

  private JsonFile(Path file) {
    this.file = file;
  }

  /// @throws EnvironmentFailure if the file cannot be read
  /// @throws InputFailure if it is not valid JSON
  public static Json read(Path file) {
    try {
      if (Files.isDirectory(file)) {
        throw new EnvironmentFailure(
            "cannot read " + Quoted.path(file) + ": it is a folder; name a file");
      }
      long size = Files.size(file);
      if (size > LARGEST) {
        throw new InputFailure(file, "it has " + size + " bytes, too many for a JSON file");
      }
      return parse(file, Files.readAllBytes(file));
    } catch (IOException failure) {
      throw EnvironmentFailure.reading(file, failure);
    }
  }

  /// @param file under which name to report what is wrong with `bytes`
  static Json parse(Path file, byte[] bytes) {
    StrictText.firstBadByte(bytes)
        .ifPresent(
            at -> {
              throw new InputFailure(file, "byte " + at + " is not valid UTF-8");
            });
    return new JsonFile(file).parse(bytes);
  }

  private Json parse(byte[] bytes) {
    try (var parser = JSON.createParser(StrictText.reader(bytes))) {
      if (parser.nextToken() == null) {
        throw new InputFailure(file, "it is empty, and should hold JSON");
      }
      var value = value(parser);
      if (parser.nextToken() != null) throw broken(parser, "something stands after the last value");
      return value;
    } catch (JsonProcessingException failure) {
      // A broken limit, such as that of the depth, has no place.
      var reason = StrictText.reason(failure);
      if (failure.getLocation() == null) throw new InputFailure(file, reason);
      var place = place(failure.getLocation());
      throw new InputFailure(file, place.line(), place.column(), reason);
    } catch (IOException failure) {
      throw EnvironmentFailure.reading(file, failure);
    }
  }

  private Json value(JsonParser parser) throws IOException {
    var place = place(parser.currentTokenLocation());
    return switch (parser.currentToken()) {
      case VALUE_NULL -> new Json.Null(place);
      case VALUE_TRUE -> new Json.Bool(true, place);
      case VALUE_FALSE -> new Json.Bool(false, place);
      case VALUE_STRING -> new Json.Text(parser.getText(), place);
      case VALUE_NUMBER_INT ->
          parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
              ? new Json.Real(parser.getDoubleValue(), place)
              : new Json.Whole(parser.getLongValue(), place);
      case VALUE_NUMBER_FLOAT -> new Json.Real(parser.getDoubleValue(), place);
      case START_ARRAY -> items(parser, place);
      case START_OBJECT -> fields(parser, place);
      case NOT_AVAILABLE, FIELD_NAME, END_ARRAY, END_OBJECT, VALUE_EMBEDDED_OBJECT ->
          throw broken(parser, "a value is missing");
    };
  }

  private Json items(JsonParser parser, Json.Place place) throws IOException {
    var items = new ArrayList<Json>();
    while (parser.nextToken() != JsonToken.END_ARRAY) items.add(value(parser));
    return new Json.Items(items, place);
  }

  private Json fields(JsonParser parser, Json.Place place) throws IOException {
    Map<String, Json> fields = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      var key = parser.currentName();
      if (fields.containsKey(key)) {
        throw broken(parser, "the key " + Quoted.name(key) + " stands twice");
      }
      parser.nextToken();
      fields.put(key, value(parser));
    }
    return new Json.Fields(fields, place);
  }

  private InputFailure broken(JsonParser parser, String message) {
    var place = place(parser.currentTokenLocation());
    return new InputFailure(file, place.line(), place.column(), message);
  }

  private static Json.Place place(JsonLocation location) {
    return new Json.Place(location.getLineNr(), location.getColumnNr());
  }
}
