package dune.weights.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import dune.ir.checkpoint.Json;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;

/// JSON as text: indented, lists of plain values on one line.
public final class JsonText {
  private static final JsonFactory JSON = new JsonFactory();

  private static final Separators SEPARATORS =
      Separators.createDefaultInstance()
          .withObjectFieldValueSpacing(Separators.Spacing.AFTER)
          .withObjectEmptySeparator("")
          .withArrayEmptySeparator("");

  private JsonText() {}

  /// Ends with a line break.
  public static String write(Json json) {
    var text = new StringWriter();
    var printer = new DefaultPrettyPrinter(SEPARATORS);
    printer.indentObjectsWith(new DefaultIndenter("  ", "\n"));
    printer.indentArraysWith(DefaultPrettyPrinter.FixedSpaceIndenter.instance);
    try (var generator = JSON.createGenerator(text).setPrettyPrinter(printer)) {
      write(json, generator);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    return text.append('\n').toString();
  }

  private static void write(Json json, JsonGenerator generator) throws IOException {
    switch (json) {
      case Json.Null _ -> generator.writeNull();
      case Json.Bool(var value, _) -> generator.writeBoolean(value);
      case Json.Whole(var value, _) -> generator.writeNumber(value);
      case Json.Real(var value, _) -> real(value, generator);
      case Json.Text(var value, _) -> generator.writeString(value);
      case Json.Items(var values, _) -> {
        generator.writeStartArray();
        for (Json value : values) write(value, generator);
        generator.writeEndArray();
      }
      case Json.Fields(var values, _) -> {
        generator.writeStartObject();
        for (var entry : values.entrySet()) {
          generator.writeFieldName(entry.getKey());
          write(entry.getValue(), generator);
        }
        generator.writeEndObject();
      }
    }
  }

  /// JSON has no infinity; Python's spelling is what readers of configs know.
  private static void real(double value, JsonGenerator generator) throws IOException {
    if (Double.isFinite(value)) generator.writeNumber(value);
    else generator.writeNumber(Double.toString(value));
  }
}
