package dune.runtime.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dune.weights.InputFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RecommendedTest {
  @TempDir Path folder;

  private Recommended of(String json) throws IOException {
    Files.writeString(folder.resolve("generation_config.json"), json);
    return Recommended.of(folder);
  }

  @Test
  void whatIsNotSaidIsEmpty() throws IOException {
    assertThat(Recommended.of(folder)).isEqualTo(Recommended.NOTHING);
    assertThat(of("{\"eos_token_id\": 2, \"top_k\": null}")).isEqualTo(Recommended.NOTHING);
  }

  @Test
  void numbersAreReadByTheirNames() throws IOException {
    Recommended recommended =
        of(
            """
            {"do_sample": true, "temperature": 0.6, "top_p": 0.9, "top_k": 20,
             "min_p": 0.05, "repetition_penalty": 1.1}
            """);
    assertThat(recommended)
        .isEqualTo(
            new Recommended(
                OptionalDouble.of(0.6),
                OptionalInt.of(20),
                OptionalDouble.of(0.9),
                OptionalDouble.of(0.05),
                OptionalDouble.of(1.1)));
  }

  @Test
  void notSamplingIsTheLikeliestToken() throws IOException {
    assertThat(of("{\"do_sample\": false, \"temperature\": 0.6}").temperature()).hasValue(0);
  }

  @Test
  void minusOneKeepsAll() throws IOException {
    assertThat(of("{\"top_k\": -1}").topK()).hasValue(0);
  }

  @Test
  void whatIsNoNumberIsRefusedWithItsPlace() {
    assertThatExceptionOfType(InputFailure.class)
        .isThrownBy(() -> of("{\n  \"top_p\": \"high\"}"))
        .withMessageEndingWith(
            "generation_config.json:2:12: `top_p` is a text, and should be a number");
    assertThatExceptionOfType(InputFailure.class)
        .isThrownBy(() -> of("{\"top_p\": 3}"))
        .withMessageEndingWith(
            "generation_config.json: top-p must be more than 0 and at most 1, not 3");
  }
}
