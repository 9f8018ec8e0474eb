package dune.frontend.format;

import static org.assertj.core.api.Assertions.assertThat;

import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.parse.Corpus;
import dune.frontend.parse.Outline;
import dune.frontend.parse.Parsing;
import dune.frontend.source.SourceText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class FormatterTest {
  private static final Path SHIPPED =
      Path.of(System.getProperty("dune.root", "..")).resolve("models-dsl/src/main/resources/dune");

  static List<Path> shipped() {
    try (Stream<Path> files = Files.walk(SHIPPED)) {
      return files.filter(file -> file.toString().endsWith(".dune")).sorted().toList();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static String format(String text) {
    var diagnostics = new Diagnostics();
    String formatted = Formatter.format(SourceText.of("test", text), diagnostics).orElse("");
    assertThat(diagnostics.list()).as(text).isEmpty();
    return formatted;
  }

  private static String meaning(String text) {
    var diagnostics = new Diagnostics();
    var file = Parsing.parse(SourceText.of("test", text), diagnostics);
    assertThat(diagnostics.hasErrors()).isFalse();
    return Outline.of(file);
  }

  @ParameterizedTest
  @MethodSource("shipped")
  void shippedFilesAreFormatted(Path file) throws IOException {
    String text = read(file);
    String formatted = format(text);
    if (Boolean.getBoolean("dune.bless")) Files.writeString(file, formatted);
    else assertThat(formatted).as("mend with -Ddune.bless=true").isEqualTo(text);
  }

  /// Whatever spaces an author writes, the meaning stays, every comment stays, and a second run
  /// changes nothing.
  @Property(tries = 300, seed = "5")
  void keepsTheMeaningAndIsIdempotent(@ForAll Random random) {
    List<Path> files = Stream.concat(shipped().stream(), corpus().stream()).toList();
    String original = read(files.get(random.nextInt(files.size())));
    String text = disturb(original, random);
    String formatted = format(text);
    assertThat(meaning(formatted)).isEqualTo(meaning(text));
    assertThat(format(formatted)).isEqualTo(formatted);
    assertThat(comments(formatted)).isEqualTo(comments(text));
  }

  private static List<String> comments(String text) {
    return text.lines()
        .filter(line -> line.contains("//"))
        .map(line -> line.substring(line.indexOf("//")).strip())
        .toList();
  }

  /// Adds spaces where there are some, line breaks and comments after commas, blank lines where
  /// lines end, and other indentation.
  private static String disturb(String text, Random random) {
    var disturbed = new StringBuilder();
    // The same for all lines: a line that is indented further than the one before goes on with it.
    String margin = " ".repeat(random.nextInt(4));
    for (String line : text.lines().toList()) {
      boolean plain = !line.contains("//") && !line.contains("\"");
      String body = plain && random.nextInt(4) == 0 ? broken(line, random) : line;
      disturbed.append(margin).append(body);
      if (plain && body.equals(line) && random.nextInt(3) == 0) {
        int space = line.lastIndexOf(' ');
        if (space > 0 && !line.substring(0, space).isBlank())
          disturbed.insert(disturbed.length() - line.length() + space, "  ");
      }
      disturbed.append(random.nextInt(5) == 0 ? "   \r\n" : "\n");
      if (random.nextInt(8) == 0) disturbed.append("\n\n");
    }
    return disturbed.toString();
  }

  private static String broken(String line, Random random) {
    String comment = random.nextBoolean() ? " // why" : "";
    return line.replace(", ", "," + comment + "\n" + " ".repeat(random.nextInt(20)));
  }

  @Test
  void choosesSpacesAndIndentation() {
    assertThat(
            format(
                """
                fn  f( x :[B,T,K] , w:f32 [K])->[B,T]{
                let y=x*- w   // why
                      dot( y ,w,over K )
                      +1
                }
                """))
        .isEqualTo(
            """
            fn f(x: [B, T, K], w: f32[K]) -> [B, T] {
              let y = x * -w   // why
              dot(y, w, over K)
                + 1
            }
            """);
  }

  @Test
  void wordsAfterADotAreNames() {
    assertThat(format("fn f(c: json) -> [] { c .type . for [0] .in(c) .over  - c.as }\n"))
        .isEqualTo("fn f(c: json) -> [] { c.type.for[0].in(c).over - c.as }\n");
  }

  /// The corpus has one of everything.
  @ParameterizedTest
  @MethodSource("corpus")
  void changesNoMeaningInTheCorpus(Path file) {
    String formatted = format(read(file));
    assertThat(meaning(formatted)).isEqualTo(meaning(read(file)));
    assertThat(format(formatted)).isEqualTo(formatted);
  }

  static List<Path> corpus() {
    return Corpus.paths();
  }

  @Test
  void aFileWithMistakesIsLeftAlone() {
    var diagnostics = new Diagnostics();
    assertThat(Formatter.format(SourceText.of("test", "fn f( {"), diagnostics)).isEmpty();
    assertThat(diagnostics.hasErrors()).isTrue();
  }

  @Test
  void anEmptyFileStaysEmpty() {
    assertThat(format("\n\n")).isEmpty();
  }
}
