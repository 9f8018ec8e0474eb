package dune.weights.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dune.ir.checkpoint.Json;
import dune.ir.checkpoint.Json.Place;
import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class JsonFileTest {
  private static final Path FILE = Path.of("config.json");

  private static Json parse(String text) {
    return JsonFile.parse(FILE, text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void valuesKnowWhereTheyStand() {
    var json = (Json.Fields) parse("{\n  \"a\": 1,\n  \"b\": [true, \"x\", null]\n}");
    assertThat(json.values().get("a")).isEqualTo(new Json.Whole(1, new Place(2, 8)));
    assertThat(json.values().get("b"))
        .isEqualTo(
            new Json.Items(
                List.of(
                    new Json.Bool(true, new Place(3, 9)),
                    new Json.Text("x", new Place(3, 15)),
                    new Json.Null(new Place(3, 20))),
                new Place(3, 8)));
  }

  @Test
  void numbersAreWholeOnlyIfTheyAreWrittenSo() {
    assertThat(parse("7")).isInstanceOf(Json.Whole.class);
    assertThat(parse("-9223372036854775808")).isInstanceOf(Json.Whole.class);
    assertThat(parse("1e-5")).isEqualTo(new Json.Real(1e-5, new Place(1, 1)));
    assertThat(parse("10000.0")).isInstanceOf(Json.Real.class);
    assertThat(parse("1000000000000000019884624838656"))
        .isEqualTo(new Json.Real(1.0000000000000000198e30, new Place(1, 1)));
    assertThat(parse("Infinity"))
        .isEqualTo(new Json.Real(Double.POSITIVE_INFINITY, new Place(1, 1)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{\"a\": 1 \"b\": 2}|1:9|Unexpected character",
        "{\"a\": 1, \"a\": 2}|1:10|the key `a` stands twice",
        "{\"a\": }|1:7|Unexpected character",
        "[1, 2|1:6|Unexpected end-of-input",
        "{} {}|1:4|something stands after the last value",
        "nul|1:1|Unrecognized token",
        "[1,]|1:4|Unexpected character",
      })
  void errorsSayWhere(String text, String place, String message) {
    assertThatThrownBy(() -> parse(text))
        .isInstanceOf(InputFailure.class)
        .hasMessageStartingWith("config.json:" + place + ": ")
        .hasMessageContaining(message);
  }

  @Test
  void emptyAndDeepAndBadlyEncodedFilesAreRefused() {
    assertThatThrownBy(() -> parse(""))
        .hasMessage("config.json: it is empty, and should hold JSON");
    assertThatThrownBy(() -> parse("[".repeat(1_000_000)))
        .isInstanceOf(InputFailure.class)
        .hasMessageContaining("nesting depth");
    assertThatThrownBy(() -> JsonFile.parse(FILE, new byte[] {'"', (byte) 0xff, '"'}))
        .hasMessage("config.json: byte 1 is not valid UTF-8");
  }

  @Test
  void absentFilesAreTheEnvironmentsFault(@TempDir Path folder) {
    assertThatThrownBy(() -> JsonFile.read(folder.resolve("config.json")))
        .isInstanceOf(EnvironmentFailure.class)
        .hasMessageContaining("no such file");
    assertThatThrownBy(() -> JsonFile.read(folder))
        .isInstanceOf(EnvironmentFailure.class)
        .hasMessageContaining("it is a folder");
  }

  @Property(tries = 1000, seed = "1")
  void anythingIsReadOrRefused(@ForAll String text) {
    try {
      parse(text);
    } catch (InputFailure refused) {
      assertThat(refused.getMessage()).startsWith("config.json").doesNotContain("\n");
    }
  }
}
