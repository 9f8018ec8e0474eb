package dune.weights.safetensors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dune.weights.InputFailure;
import dune.weights.Quoted;
import dune.weights.json.StrictText;
import dune.weights.tensor.DType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Reads the JSON of a header, token by token: what does not belong there is refused before it is
/// built, so that neither depth nor length costs anything.
final class HeaderJson {
  static final String METADATA = "__metadata__";

  /// More axes than any tensor library can hold.
  private static final int MOST_AXES = 64;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder().maxNestingDepth(4).maxNumberLength(40).build())
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .build();

  record Entries(Map<String, String> metadata, List<Claim> tensors) {}

  /// What the header says of a tensor, unproven.
  record Claim(String name, DType type, List<Long> shape, long begin, long end) {}

  private final Path file;
  private final byte[] bytes;

  HeaderJson(Path file, byte[] bytes) {
    this.file = file;
    this.bytes = bytes;
  }

  Entries read() {
    if (bytes.length == 0 || bytes[0] != '{') {
      throw broken("its header does not begin with `{`; this is not a safetensors file");
    }
    StrictText.firstBadByte(bytes)
        .ifPresent(
            at -> {
              throw broken("byte " + at + " of its header is not valid UTF-8");
            });
    try (var parser = JSON.createParser(StrictText.reader(bytes))) {
      var entries = entries(parser);
      if (parser.nextToken() != null) throw broken("its header goes on after the last `}`");
      return entries;
    } catch (IOException failure) {
      throw broken("its header is not valid JSON: " + StrictText.reason(failure));
    }
  }

  private Entries entries(JsonParser parser) throws IOException {
    expect(parser.nextToken() == JsonToken.START_OBJECT, "the header is not an object");
    Optional<Map<String, String>> metadata = Optional.empty();
    var tensors = new LinkedHashMap<String, Claim>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      var name = parser.currentName();
      if (name.equals(METADATA)) {
        expect(metadata.isEmpty(), "`__metadata__` stands twice");
        metadata = Optional.of(metadata(parser));
      } else {
        expect(!tensors.containsKey(name), Quoted.name(name) + " stands twice");
        tensors.put(name, tensor(parser, name));
      }
    }
    return new Entries(metadata.orElse(Map.of()), List.copyOf(tensors.values()));
  }

  private Map<String, String> metadata(JsonParser parser) throws IOException {
    expect(parser.nextToken() == JsonToken.START_OBJECT, "`__metadata__` is not an object");
    var metadata = new LinkedHashMap<String, String>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      var key = parser.currentName();
      expect(
          parser.nextToken() == JsonToken.VALUE_STRING,
          "`__metadata__` holds something other than text under " + Quoted.name(key));
      expect(
          metadata.put(key, parser.getText()) == null,
          "`__metadata__` has " + Quoted.name(key) + " twice");
    }
    return metadata;
  }

  private Claim tensor(JsonParser parser, String name) throws IOException {
    var quoted = Quoted.name(name);
    expect(parser.nextToken() == JsonToken.START_OBJECT, quoted + " is not an object");
    var seen = new LinkedHashSet<String>();
    var type = Optional.<DType>empty();
    List<Long> shape = List.of();
    List<Long> offsets = List.of();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      var key = parser.currentName();
      expect(seen.add(key), quoted + " has " + Quoted.name(key) + " twice");
      switch (key) {
        case "dtype" -> type = Optional.of(type(parser, quoted));
        case "shape" -> shape = numbers(parser, quoted, MOST_AXES);
        case "data_offsets" -> offsets = numbers(parser, quoted, 2);
        default -> throw broken(quoted + " has the unknown key " + Quoted.name(key));
      }
    }
    for (var key : List.of("dtype", "shape", "data_offsets")) {
      expect(seen.contains(key), quoted + " has no `" + key + "`");
    }
    expect(offsets.size() == 2, "`data_offsets` of " + quoted + " are not two numbers");
    return new Claim(name, type.orElseThrow(), shape, offsets.get(0), offsets.get(1));
  }

  private DType type(JsonParser parser, String quoted) throws IOException {
    expect(parser.nextToken() == JsonToken.VALUE_STRING, "`dtype` of " + quoted + " is not text");
    var text = parser.getText();
    return DType.of(text)
        .orElseThrow(
            () -> broken(quoted + " has the type " + Quoted.name(text) + ", which is unknown"));
  }

  private List<Long> numbers(JsonParser parser, String quoted, int most) throws IOException {
    var key = parser.currentName();
    expect(
        parser.nextToken() == JsonToken.START_ARRAY,
        "`" + key + "` of " + quoted + " is not a list");
    var numbers = new ArrayList<Long>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      expect(
          parser.currentToken() == JsonToken.VALUE_NUMBER_INT
              && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER
              && parser.getLongValue() >= 0,
          "`" + key + "` of " + quoted + " holds something other than sizes of up to 63 bits");
      expect(
          numbers.size() < most,
          "`" + key + "` of " + quoted + " has more than " + most + " numbers");
      numbers.add(parser.getLongValue());
    }
    return numbers;
  }

  private void expect(boolean condition, String message) {
    if (!condition) throw broken(message + "; it is not well-formed");
  }

  private InputFailure broken(String message) {
    return new InputFailure(file, message);
  }
}
