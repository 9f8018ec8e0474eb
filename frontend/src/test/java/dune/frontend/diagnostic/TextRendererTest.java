package dune.frontend.diagnostic;

import static org.assertj.core.api.Assertions.assertThat;

import dune.frontend.source.SourceText;
import dune.frontend.source.Span;
import java.util.List;
import org.junit.jupiter.api.Test;

class TextRendererTest {
  private static final SourceText MODEL =
      SourceText.of(
          "model.dune",
          """
          block A(D: dim) {
            norm: RmsNorm(D, eps)
            forward(x: [D]) -> [D] {
          \tlet y = x
              nrom(y) + nrom(x)
            }
          }
          """);

  private static Span at(SourceText source, String text) {
    int start = source.text().indexOf(text);
    return source.span(start, start + text.length());
  }

  private static String shown(Diagnostic diagnostic) {
    return TextRenderer.render(diagnostic, Colour.PLAIN);
  }

  private static Diagnostic problem(Span span) {
    return Diagnostic.of(ErrorCode.UNEXPECTED_TOKEN, span, "nothing is called `nrom`");
  }

  @Test
  void showsLabelsOfSeveralLines() {
    var diagnostic =
        problem(at(MODEL, "nrom"))
            .label("not found")
            .also(at(MODEL, "norm"), "declared here")
            .note("one\ntwo")
            .help("did you mean `norm`?");
    assertThat(shown(diagnostic))
        .isEqualTo(
            """
            error[E0007]: nothing is called `nrom`
             --> model.dune:5:5
              |
            2 |   norm: RmsNorm(D, eps)
              |   ---- declared here
            ...
            5 |     nrom(y) + nrom(x)
              |     ^^^^ not found
              |
              = note: one
                      two
              = help: did you mean `norm`?
            """);
  }

  @Test
  void hangsSeveralLabelsOfOneLine() {
    var diagnostic =
        problem(at(MODEL, "nrom"))
            .label("first")
            .also(at(MODEL, "+"), "second")
            .also(at(MODEL, "nrom(x)"), "third");
    assertThat(shown(diagnostic))
        .isEqualTo(
            """
            error[E0007]: nothing is called `nrom`
             --> model.dune:5:5
              |
            5 |     nrom(y) + nrom(x)
              |     ^^^^    - ------- third
              |     |       |
              |     |       second
              |     first
            """);
  }

  @Test
  void showsOverlappingLabels() {
    var diagnostic =
        problem(at(MODEL, "y) +")).label("inner").also(at(MODEL, "nrom(y) +"), "outer");
    assertThat(shown(diagnostic))
        .isEqualTo(
            """
            error[E0007]: nothing is called `nrom`
             --> model.dune:5:10
              |
            5 |     nrom(y) + nrom(x)
              |     -----^^^^
              |     |    |
              |     |    inner
              |     outer
            """);
  }

  @Test
  void showsTheLineBetweenTwo() {
    var diagnostic = problem(at(MODEL, "forward")).label("").also(at(MODEL, "nrom"), "here");
    assertThat(shown(diagnostic)).contains("\n4 |     let y = x\n").doesNotContain("...");
  }

  @Test
  void tabsAdvanceToColumns() {
    assertThat(shown(problem(at(MODEL, "y = x")).label("here")))
        .contains("4 |     let y = x\n  |         ^^^^^ here\n");
  }

  @Test
  void showsLabelsOfSeveralFiles() {
    var other = SourceText.of("std.dune", "fn norm() -> [] { 1 }\n");
    assertThat(shown(problem(at(MODEL, "nrom")).label("x").also(at(other, "norm"), "like this")))
        .isEqualTo(
            """
            error[E0007]: nothing is called `nrom`
             --> model.dune:5:5
              |
            5 |     nrom(y) + nrom(x)
              |     ^^^^ x
             ::: std.dune:1:4
              |
            1 | fn norm() -> [] { 1 }
              |    ---- like this
            """);
  }

  @Test
  void marksTheEndOfTheText() {
    var source = SourceText.of("a", "let x =");
    assertThat(shown(problem(source.span().after()))).contains("1 | let x =\n  |        ^\n");
  }

  @Test
  void marksAnEmptyText() {
    var source = SourceText.of("a", "");
    assertThat(shown(problem(source.span()))).contains("1 |\n  | ^\n");
  }

  @Test
  void wideCharactersTakeTwoCells() {
    var source = SourceText.of("a", "\"漢字\" bad");
    assertThat(shown(problem(at(source, "bad")))).contains("\n  |        ^^^\n");
  }

  @Test
  void controlCharactersAreNotPassedOn() {
    var source = SourceText.of("a", "x\033[31m bad");
    assertThat(shown(problem(at(source, "bad"))))
        .doesNotContain("\033")
        .contains("x\uFFFD[31m bad");
  }

  @Test
  void cutsVeryLongLines() {
    var source = SourceText.of("a", "a ".repeat(5000) + "bad" + " b".repeat(5000));
    var lines = shown(problem(at(source, "bad")).label("here")).lines().toList();
    assertThat(lines.get(3)).startsWith("1 | …").endsWith("…").hasSizeLessThan(200);
    assertThat(lines.get(3).substring(lines.get(4).indexOf('^'))).startsWith("bad");
  }

  @Test
  void colours() {
    assertThat(TextRenderer.render(problem(at(MODEL, "nrom")), Colour.ANSI))
        .startsWith("\033[1;31merror[E0007]\033[0m")
        .contains("\033[1;31m^^^^\033[0m");
  }

  @Test
  void countsInTheSummary() {
    var error = problem(at(MODEL, "nrom"));
    var warning = Diagnostic.of(ErrorCode.SUSPICIOUS_COMMENT, at(MODEL, "norm"), "hm");
    assertThat(TextRenderer.summary(List.of(error, warning, error)))
        .isEqualTo("2 errors, 1 warning");
    assertThat(TextRenderer.summary(List.of())).isEmpty();
  }
}
