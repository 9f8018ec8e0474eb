package dune.frontend.parse;

import static org.assertj.core.api.Assertions.assertThat;

import dune.frontend.diagnostic.Colour;
import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.diagnostic.JsonRenderer;
import dune.frontend.diagnostic.TextRenderer;
import dune.frontend.source.SourceText;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/// Whatever is done to a program, it is parsed or reported, never an exception.
class MutationTest {
  private static final List<SourceText> SOURCES = Corpus.sources();

  @Property(tries = 7000, seed = "20261124", shrinking = ShrinkingMode.OFF)
  void mutatedTokensAreReported(@ForAll Random random) {
    var tokens = tokens(pick(random));
    for (int i = random.nextInt(1, 4); i > 0; i--) {
      mutate(tokens, random);
    }
    check(String.join("", tokens).getBytes(StandardCharsets.UTF_8));
  }

  @Property(tries = 3000, seed = "20261124", shrinking = ShrinkingMode.OFF)
  void mutatedBytesAreReported(@ForAll Random random) {
    byte[] bytes = pick(random).text().getBytes(StandardCharsets.UTF_8);
    int length = bytes.length - (random.nextInt(4) == 0 ? random.nextInt(bytes.length) : 0);
    bytes = Arrays.copyOf(bytes, length);
    for (int i = random.nextInt(1, 8); i > 0 && length > 0; i--) {
      byte value = (byte) (random.nextInt(3) == 0 ? random.nextInt(256) : random.nextInt(32, 127));
      bytes[random.nextInt(length)] = value;
    }
    check(bytes);
  }

  private static SourceText pick(Random random) {
    return SOURCES.get(random.nextInt(SOURCES.size()));
  }

  /// The text cut into tokens and what lies between them.
  private static List<String> tokens(SourceText source) {
    var pieces = new ArrayList<String>();
    int end = 0;
    for (var token : Lexing.lex(source.span(), new Diagnostics()).tokens()) {
      pieces.add(source.text().substring(end, token.getStartIndex()));
      pieces.add(token.span(source).text());
      end = token.getStopIndex() + 1;
    }
    return pieces;
  }

  private static void mutate(List<String> tokens, Random random) {
    int at = random.nextInt(tokens.size());
    int other = random.nextInt(tokens.size());
    switch (random.nextInt(5)) {
      case 0 -> tokens.remove(at);
      case 1 -> tokens.add(at, tokens.get(at));
      case 2 -> tokens.set(at, tokens.set(other, tokens.get(at)));
      case 3 -> tokens.add(at, tokens.get(other));
      default -> tokens.set(at, tokens.get(other));
    }
  }

  private static void check(byte[] bytes) {
    var diagnostics = new Diagnostics();
    var source = Parsing.decode("mutated.dune", bytes, diagnostics);
    source.ifPresent(
        text -> {
          var file = Parsing.parse(text, diagnostics);
          boolean broken = Outline.of(file).contains("Error");
          assertThat(diagnostics.hasErrors() || !broken).as("broken, but not reported").isTrue();
        });
    assertThat(source.isPresent() || diagnostics.hasErrors()).isTrue();
    assertThat(TextRenderer.render(diagnostics.list(), Colour.ANSI)).isNotNull();
    assertThat(JsonRenderer.render(diagnostics.list())).startsWith("{");
  }
}
