package dune.runtime.sentencepiece;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dune.runtime.sentencepiece.SentencePiece.Place;
import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Exactly what SentencePiece 0.2.2 gives: two models with its normalization, and six that try the
/// options of the trainer (no fallback to bytes, no dummy space, space as suffix, user-defined
/// symbols among them) on texts and on ids drawn at random.
final class SentencePieceTest {
  private static byte[] resource(String name) throws IOException {
    try (InputStream in = SentencePieceTest.class.getResourceAsStream("/tokenizer/" + name)) {
      return in.readAllBytes();
    }
  }

  private static SentencePiece model(String name) throws IOException {
    return SentencePiece.of(Path.of(name + ".model"), resource(name + ".model"));
  }

  private static int[] ids(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false).mapToInt(JsonNode::intValue).toArray();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sp_bpe",
        "sp_unigram",
        "bpe_plain",
        "bpe_llama",
        "bpe_gemma",
        "uni_user",
        "uni_suffix",
        "uni_raw"
      })
  void encodesAndDecodesAsTheReference(String name) throws IOException {
    SentencePiece model = model(name);
    JsonNode examples = new JsonMapper().readTree(resource(name + ".golden.json"));
    assertThat(examples).hasSizeGreaterThanOrEqualTo(14);
    for (JsonNode example : examples) {
      int[] expected = ids(example.path("ids"));
      if (example.has("text")) {
        String text = example.path("text").textValue();
        assertThat(model.encode(text, Place.BEGINNING)).as(text).isEqualTo(expected);
      }
      assertThat(model.decode(expected)).isEqualTo(example.path("decoded").textValue());
    }
  }

  @Test
  void longTextsAreNotCut() throws IOException {
    String text = "KING RICHARD III: Now is the winter of our discontent. ".repeat(4000).strip();
    for (String name : new String[] {"sp_bpe", "sp_unigram"}) {
      SentencePiece model = model(name);
      assertThat(model.decode(model.encode(text, Place.BEGINNING))).as(name).isEqualTo(text);
    }
  }

  @Test
  void insideATextNoSpaceIsAddedOrDropped() throws IOException {
    SentencePiece model = model("bpe_llama");
    int[] inside = model.encode("the", Place.INSIDE);
    assertThat(model.decode(inside, Place.INSIDE)).isEqualTo("the");
    assertThat(model.decode(model.encode("the", Place.BEGINNING), Place.INSIDE)).isEqualTo(" the");
  }

  @Test
  void idsThatTheModelLacksAreLeftOut() throws IOException {
    assertThat(model("sp_bpe").decode(new int[] {-1, 525, 100_000})).isEqualTo("KING");
  }

  @Test
  void halvesOfCharactersDoNoHarm() throws IOException {
    SentencePiece model = model("sp_bpe");
    assertThat(model.decode(model.encode("a\uD83D", Place.BEGINNING))).isEqualTo("a?");
  }

  /// Whatever is in the file: a model, or one message.
  @Test
  void damagedFilesAreRefusedOrRead() throws IOException {
    var random = new Random(3);
    for (String name : new String[] {"bpe_llama", "uni_user", "sp_unigram"}) {
      byte[] good = resource(name + ".model");
      for (int i = 0; i < 300; i++) {
        byte[] bad =
            Arrays.copyOf(good, random.nextInt(4) == 0 ? random.nextInt(good.length) : good.length);
        for (int change = random.nextInt(20); change > 0 && bad.length > 0; change--) {
          int near = random.nextInt(2) == 0 ? bad.length : Math.min(bad.length, 400);
          bad[random.nextInt(near)] = (byte) random.nextInt(256);
        }
        try {
          SentencePiece model = SentencePiece.of(Path.of("bad.model"), bad);
          model.decode(model.encode("King naïve ½ 日本 🙂 a  b", Place.BEGINNING));
        } catch (InputFailure | Wire.Broken failure) {
          assertThat(failure.getMessage()).isNotBlank();
        }
      }
    }
  }

  @Test
  void whatIsMissingIsNamed() {
    refused("it has 0 unknown pieces, not 1", new byte[0]);
    refused("it ends in the middle of a number", new byte[] {(byte) 0x80});
    refused("field 1 is longer than what is left of the file", new byte[] {0x0A, 5, 0});
    refused("piece 0 has no text", new byte[] {0x0A, 0});
    // A length of 2^63.
    refused(
        "field 1 is longer than what is left of the file",
        new byte[] {0x0A, -128, -128, -128, -128, -128, -128, -128, -128, -128, 1});
    assertThatExceptionOfType(EnvironmentFailure.class)
        .isThrownBy(() -> SentencePiece.read(Path.of("absent.model")))
        .withMessageContaining("absent.model");
  }

  private static void refused(String message, byte[] file) {
    assertThatExceptionOfType(InputFailure.class)
        .isThrownBy(() -> SentencePiece.of(Path.of("x.model"), file))
        .withMessage("x.model: it is no SentencePiece model: " + message);
  }

  @Test
  void specialPiecesAreKnownByName() throws IOException {
    assertThat(model("sp_bpe").special())
        .containsExactly(
            java.util.Map.entry("<unk>", 0),
            java.util.Map.entry("<s>", 1),
            java.util.Map.entry("</s>", 2));
    assertThat(Stream.of(model("bpe_gemma")).map(SentencePiece::beginning))
        .allMatch(id -> id.getAsInt() == 2);
    assertThat(model("uni_raw").beginning()).isEmpty();
    assertThat(model("uni_raw").end()).hasValue(0);
  }
}
