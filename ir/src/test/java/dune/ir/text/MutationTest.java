package dune.ir.text;

import static org.assertj.core.api.Assertions.assertThat;

import dune.ir.testkit.RandomPrograms;
import dune.ir.testkit.Sample;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/// Damaged text is refused with a place, or is another program; nothing else comes out of the
/// parser.
class MutationTest {
  private static final List<String> PIECES =
      List.of(
          "",
          "(",
          ")",
          "[",
          "]",
          "{",
          "}",
          "%",
          "%1",
          ":",
          "=",
          "\"",
          "\n",
          "//",
          "9999999999",
          "99999999999999999999",
          "-1",
          "inf",
          "B / 0",
          "*",
          "<",
          "@",
          "scan",
          "yield",
          "return");

  @Provide
  Arbitrary<Sample> samples() {
    return RandomPrograms.programs(RandomPrograms.ANY, 12);
  }

  @Property(tries = 100)
  void theParserReportsAndNeverFails(@ForAll("samples") Sample sample, @ForAll long seed) {
    var random = new Random(seed);
    String text = Printer.print(sample.program());
    for (int i = 0; i < 20; i++) {
      int from = random.nextInt(text.length());
      int to = Math.min(text.length(), from + random.nextInt(4));
      String piece = PIECES.get(random.nextInt(PIECES.size()));
      parse(text.substring(0, from) + piece + text.substring(to));
    }
  }

  private static void parse(String text) {
    try {
      assertThat(Parser.parse(text).name()).isNotNull();
    } catch (TextException e) {
      assertThat(e.line()).isBetween(1, (int) text.lines().count() + 1);
      assertThat(e.column()).isPositive();
      assertThat(e).hasMessageStartingWith(e.line() + ":" + e.column() + ": ");
    }
  }
}
