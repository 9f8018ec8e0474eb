package dune.weights.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.PrettyPrinter;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import dune.ir.checkpoint.Json;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.util.Locale;

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
    write(json, text, printer);
    return text.append('\n').toString();
  }

  /// On one line.
  public static String line(Json json) {
    var text = new StringWriter();
    write(json, text, new MinimalPrettyPrinter());
    return text.toString();
  }

  private static void write(Json json, StringWriter text, PrettyPrinter printer) {
    try (var generator = JSON.createGenerator(text).setPrettyPrinter(printer)) {
      write(json, generator);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
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

  /// As Python writes it, which readers of configs know: also infinity, for which JSON has no word,
  /// and exponents.
  private static void real(double value, JsonGenerator generator) throws IOException {
    generator.writeNumber(Double.isFinite(value) ? finite(value) : Double.toString(value));
  }

  private static String finite(double value) {
    if (value == 0) return Double.toString(value);
    var shortest = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    int exponent = shortest.precision() - shortest.scale() - 1;
    if (exponent >= -4 && exponent < 16) {
      var plain = shortest.toPlainString();
      return plain.contains(".") ? plain : plain + ".0";
    }
    var digits = shortest.unscaledValue().abs().toString();
    var mantissa = digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
    return String.format(Locale.ROOT, "%s%se%+03d", value < 0 ? "-" : "", mantissa, exponent);
  }
}
