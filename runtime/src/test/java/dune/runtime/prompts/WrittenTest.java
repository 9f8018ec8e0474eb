package dune.runtime.prompts;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dune.runtime.generate.Generated;
import dune.runtime.generate.Generated.Choice;
import dune.runtime.generate.Request;
import dune.runtime.sample.LogProbabilities.Likely;
import dune.runtime.sample.Penalties;
import dune.runtime.sample.SamplingSettings;
import dune.runtime.tokenize.SpecialTokens;
import dune.runtime.tokenize.Tokenizer;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// What was written, as JSON and as a table.
final class WrittenTest {
  /// Letters, of which the first one of a text loses its case, and 0, which has no text.
  private record Words() implements Tokenizer {
    @Override
    public int[] encode(String text) {
      return text.chars().toArray();
    }

    @Override
    public String decode(int[] ids) {
      var text = new StringBuilder();
      for (int id : ids) {
        if (id != 0) text.append((char) (text.isEmpty() ? Character.toLowerCase(id) : id));
      }
      return text.toString();
    }

    @Override
    public SpecialTokens special() {
      return new SpecialTokens(OptionalInt.empty(), false, new TreeSet<>());
    }

    @Override
    public void close() {}
  }

  private static Written written(OptionalInt alternatives) {
    var sampling = new SamplingSettings(0.5, 3, 0.9, 0, new Penalties(1.1, 0, 0), 7);
    var request = new Request(List.of((int) 'P'), 2, sampling, List.of(), alternatives);
    var likely =
        new Choice(new Likely('X', -0.5), List.of(new Likely('X', -0.5), new Likely(0, -1.25)));
    var last = new Choice(new Likely(0, -2), List.of(new Likely('\n', Double.NEGATIVE_INFINITY)));
    List<Choice> choices = alternatives.isPresent() ? List.of(likely, last) : List.of();
    var generated =
        new Generated(
            List.of((int) 'X', 0),
            choices,
            Generated.Ending.END_TOKEN,
            Duration.ZERO,
            Duration.ZERO);
    return new Written(4, Prompt.of("P"), request, generated, "X");
  }

  private static JsonNode json(Written written) throws IOException {
    String line = new WrittenJson(new Words()).line(written);
    assertThat(line).doesNotContain("\n");
    return new JsonMapper().readTree(line);
  }

  @Test
  void objectsHaveEverything() throws IOException {
    JsonNode json = json(written(OptionalInt.of(2)));
    assertThat(Collections.unmodifiableList(fieldNames(json)))
        .containsExactly(
            "index", "prompt", "text", "tokens", "ending", "prompt_tokens", "logprobs", "sampling");
    assertThat(json.path("index").intValue()).isEqualTo(4);
    assertThat(json.path("prompt").textValue()).isEqualTo("P");
    assertThat(json.path("text").textValue()).isEqualTo("X");
    assertThat(json.path("tokens")).hasToString("[88,0]");
    assertThat(json.path("ending").textValue()).isEqualTo("end_token");
    assertThat(json.path("prompt_tokens").intValue()).isEqualTo(1);
    assertThat(json.path("logprobs").path(0))
        .hasToString(
            "{\"token\":88,\"text\":\"X\",\"logprob\":-0.5,\"top\":["
                + "{\"token\":88,\"text\":\"X\",\"logprob\":-0.5},"
                + "{\"token\":0,\"text\":\"\",\"logprob\":-1.25}]}");
    assertThat(json.path("logprobs").path(1).path("top"))
        .hasToString("[{\"token\":10,\"text\":\"\\n\",\"logprob\":null}]");
    assertThat(json.path("sampling"))
        .hasToString(
            "{\"temperature\":0.5,\"top_k\":3,\"top_p\":0.9,\"min_p\":0.0,"
                + "\"repetition_penalty\":1.1,\"presence_penalty\":0.0,\"frequency_penalty\":0.0,"
                + "\"seed\":7}");
  }

  private static List<String> fieldNames(JsonNode json) {
    return json.properties().stream().map(java.util.Map.Entry::getKey).toList();
  }

  @Test
  void whatNobodyAskedForIsNotThere() throws IOException {
    assertThat(json(written(OptionalInt.empty())).has("logprobs")).isFalse();
    assertThat(new ChoiceTable(new Words()).lines(written(OptionalInt.empty()))).isEmpty();
  }

  @Test
  void tablesHaveALinePerToken() {
    assertThat(new ChoiceTable(new Words()).lines(written(OptionalInt.of(2))))
        .containsExactly(
            " -0.5000 \"X\"             -0.5000 \"X\"             -1.2500 <0>",
            " -2.0000 <0>            -Infinity \"\\u000a\"");
  }

  @Test
  void settingsAreSummedUp() {
    assertThat(written(OptionalInt.empty()).request().sampling().summary())
        .isEqualTo("temperature 0.5, top-k 3, top-p 0.9, repeat penalty 1.1, seed 7");
    assertThat(SamplingSettings.GREEDY.summary()).isEqualTo("greedy");
    assertThat(new SamplingSettings(1, 0, 1, 0.1, new Penalties(1, 0.5, -2), 3).summary())
        .isEqualTo("temperature 1, min-p 0.1, presence penalty 0.5, frequency penalty -2, seed 3");
  }
}
