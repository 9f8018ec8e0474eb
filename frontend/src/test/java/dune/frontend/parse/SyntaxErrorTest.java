package dune.frontend.parse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import dune.frontend.ast.Definition.BlockDefinition;
import dune.frontend.ast.Item;
import dune.frontend.diagnostic.Colour;
import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.diagnostic.TextRenderer;
import dune.frontend.source.SourceText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SyntaxErrorTest {
  private static final boolean BLESS = Boolean.getBoolean("dune.bless");

  /// Files full of mistakes, beside what is reported of them.
  @ParameterizedTest
  @ValueSource(strings = {"traps", "brackets", "items"})
  void reports(String name) throws IOException {
    var folder = Path.of("src/test/resources/syntax");
    var diagnostics = new Diagnostics();
    Parsing.parse(Corpus.read(folder.resolve(name + ".dune")), diagnostics);
    String shown = TextRenderer.render(diagnostics.list(), Colour.PLAIN);
    var golden = folder.resolve(name + ".txt");
    if (BLESS) {
      Files.writeString(golden, shown);
    }
    assertThat(shown)
        .as("-Ddune.bless=true rewrites " + golden)
        .isEqualTo(Files.readString(golden));
  }

  private static List<Diagnostic> reported(String text) {
    var diagnostics = new Diagnostics();
    Parsing.parse(SourceText.of("a.dune", text), diagnostics);
    return diagnostics.list();
  }

  private static List<String> places(String text) {
    return reported(text).stream()
        .map(d -> d.code() + " " + d.span().line() + ":" + d.span().column())
        .toList();
  }

  @Test
  void anErrorInOneStatementHidesNoneInTheNext() {
    assertThat(
            places(
                """
                fn f(x: [D]) -> [D] {
                  let a = x +
                  let b = (x x)
                  if x { let c = ] }
                  for i in x { let = 1 }
                  x
                }
                fn g(x [D]) -> [D] { x + }
                fn h(x: [D]) -> [D] { , }
                """))
        .containsExactly(
            "E0007 2:13",
            "E0007 3:14",
            "E0006 4:18",
            "E0007 5:20",
            "E0007 8:8",
            "E0007 8:26",
            "E0007 9:23");
  }

  @Test
  void partsThatCouldBeParsedAreKept() {
    var diagnostics = new Diagnostics();
    var file =
        Parsing.parse(
            SourceText.of("a", "model M(D: dim) {\n  a: Linear(D D)\n  b: Linear(D)\n}\n"),
            diagnostics);
    var items = ((BlockDefinition) file.definitions().getFirst()).items();
    assertThat(diagnostics.list()).hasSize(1);
    assertThat(items.getFirst()).isInstanceOf(Item.ErrorItem.class);
    assertThat(items.getLast()).isInstanceOf(Item.Member.class);
  }

  @Test
  void deepNestingIsRefused() {
    for (var deep :
        List.of(
            "(".repeat(10_000),
            "[".repeat(10_000),
            "f(".repeat(10_000),
            "-".repeat(10_000),
            "not ".repeat(10_000) + "x",
            "x" + "(x)".repeat(10_000),
            "x" + "[0]".repeat(10_000),
            "x ** ".repeat(10_000) + "x",
            "x + ".repeat(10_000) + "x",
            "x" + " as f32".repeat(10_000),
            "x" + ".a".repeat(10_000),
            "if x { 1 } else ".repeat(10_000) + "{ 2 }",
            "if x { ".repeat(10_000) + "}".repeat(10_000),
            "for i in x { ".repeat(10_000))) {
      assertThat(reported("fn f(x: [D]) -> [D] { " + deep + " }"))
          .as(deep.substring(0, 20))
          .anyMatch(d -> d.code().code().equals("E0015"))
          .hasSizeLessThan(3);
    }
    assertThat(reported("fn f(x: " + "[...] -> ".repeat(10_000) + "[...]) -> [D] { x }"))
        .extracting(d -> d.code().code())
        .containsExactly("E0015");
  }

  @Test
  void longListsAreNotDeep() {
    assertThat(reported("fn f(x: [D]) -> [D] {\n" + "  let a = f(x)\n".repeat(20_000) + "  x\n}\n"))
        .isEmpty();
    assertThat(reported("fn f(x: [D]) -> [D] { f([" + "1, ".repeat(50_000) + "1]) }")).isEmpty();
    assertThat(reported("fn f(x: [D]) -> [D] { x" + " + x".repeat(300) + " }")).isEmpty();
  }

  /// Twenty thousand definitions, each with a comment to look at: seconds would mean that the time
  /// grows with the square.
  @Test
  void longFilesTakeNoLonger() {
    String text = "/// Doc.\nfn f(x: [D]) -> [D] { x } // x\n".repeat(20_000);
    assertTimeout(Duration.ofSeconds(30), () -> assertThat(reported(text)).hasSize(20_000));
  }

  @Test
  void byteOrderMarkAndLineEndsMakeNoDifference() {
    String text = "/// Doc.\nfn f(x: [D]) -> [D] {\n  let y = x\n  (y)\n}\n";
    var plain = Parsing.parse(SourceText.of("a", text), new Diagnostics());
    for (var other :
        List.of("\uFEFF" + text, text.replace("\n", "\r\n"), text.replace('\n', '\r'))) {
      var diagnostics = new Diagnostics();
      var file = Parsing.parse(SourceText.of("a", other), diagnostics);
      assertThat(diagnostics.list()).isEmpty();
      assertThat(Outline.of(file)).isEqualTo(Outline.of(plain));
    }
  }

  @Test
  void aFileThatIsNoTextIsReportedOnce() {
    var diagnostics = new Diagnostics();
    byte[] utf16 = "fn f(x: [D]) -> [D] { x }".getBytes(StandardCharsets.UTF_16LE);
    Parsing.decode("a", utf16, diagnostics).ifPresent(source -> Parsing.parse(source, diagnostics));
    assertThat(diagnostics.list()).hasSize(1);
    assertThat(diagnostics.list().getFirst().message()).contains("NUL");
    var other = new Diagnostics();
    assertThat(Parsing.decode("a", new byte[] {'a', (byte) 0xFF}, other)).isEmpty();
    assertThat(other.list().getFirst().span()).hasToString("a:1:2");
  }

  @Test
  void loneSurrogatesAndEmojiKeepTheirPlaces() {
    assertThat(places("fn f(x: [D]) -> [D] { \uD83D x }")).containsExactly("E0002 1:23");
    assertThat(places("// 😀\nfn f(x: [D]) -> [D] { \"😀\" 1 1 }"))
        .containsExactly("E0011 2:23", "E0011 2:28");
    assertThat(places("fn f(x: [D]) -> [D] { x😀 }")).containsExactly("E0002 1:24");
  }

  @Test
  void anEmptyFileIsFine() {
    assertThat(reported("")).isEmpty();
    assertThat(reported("\n  // nothing\n")).isEmpty();
  }
}
