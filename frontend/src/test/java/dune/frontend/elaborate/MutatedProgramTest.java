package dune.frontend.elaborate;

import static org.assertj.core.api.Assertions.assertThat;

import dune.frontend.diagnostic.Colour;
import dune.frontend.diagnostic.TextRenderer;
import dune.frontend.source.SourceText;
import dune.frontend.testkit.Checking;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/// Whatever is done to a program, checking it reports and never throws or hangs.
final class MutatedProgramTest {
  private static final Pattern TOKEN =
      Pattern.compile("\\s+|\"[^\"]*\"|//[^\n]*|\\w+|\\.\\.\\.|\\.\\.|->|\\*\\*|\\?\\?|[=<>!]=|.");
  private static final List<SourceText> LIBRARY = Checking.shipped("std");
  private static final List<SourceText> MODELS = Checking.shipped("models");

  @Property(tries = 10_000, seed = "20261124", shrinking = ShrinkingMode.OFF)
  void mutatedProgramsAreReported(@ForAll Random random) {
    boolean model = random.nextInt(12) == 0;
    List<SourceText> files = model ? MODELS : LIBRARY;
    SourceText file = files.get(random.nextInt(files.size()));
    // Two layers are as good as thirty-two.
    String text = file.text().replaceAll("L: int = \\d+", "L: int = 2");
    List<String> tokens =
        new ArrayList<>(TOKEN.matcher(text).results().map(match -> match.group()).toList());
    for (int i = random.nextInt(1, 4); i > 0; i--) mutate(tokens, random);
    var mutated = SourceText.of("mutated.dune", String.join("", tokens));
    var diagnostics = Checker.check(mutated, Checking.SOURCES);
    assertThat(TextRenderer.render(diagnostics.list(), Colour.PLAIN)).isNotNull();
  }

  /// Mostly exchanges like for like, so that much still parses.
  private static void mutate(List<String> tokens, Random random) {
    int at = random.nextInt(tokens.size());
    int other = random.nextInt(tokens.size());
    for (int i = 0; i < 50 && !alike(tokens.get(at), tokens.get(other)); i++)
      other = random.nextInt(tokens.size());
    switch (random.nextInt(8)) {
      case 0 -> tokens.remove(at);
      case 1 -> tokens.add(at, tokens.get(other));
      case 2 -> tokens.set(at, tokens.set(other, tokens.get(at)));
      case 3 -> tokens.set(at, String.valueOf(random.nextInt(-1, 70)));
      default -> tokens.set(at, tokens.get(other));
    }
  }

  private static boolean alike(String one, String other) {
    return Character.isLetterOrDigit(one.charAt(0)) == Character.isLetterOrDigit(other.charAt(0))
        && Character.isWhitespace(one.charAt(0)) == Character.isWhitespace(other.charAt(0));
  }
}
