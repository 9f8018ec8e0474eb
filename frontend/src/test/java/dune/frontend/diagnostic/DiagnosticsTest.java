package dune.frontend.diagnostic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dune.frontend.source.SourceText;
import java.util.List;
import org.junit.jupiter.api.Test;

class DiagnosticsTest {
  private final SourceText source = SourceText.of("a.dune", "one \"two\"\nthree\n");

  private Diagnostic at(ErrorCode code, int start) {
    return Diagnostic.of(code, source.span(start, start + 1), "problem at " + start);
  }

  @Test
  void ordersByPlaceAndDropsRepetitions() {
    var diagnostics = new Diagnostics();
    diagnostics.report(at(ErrorCode.UNEXPECTED_TOKEN, 5));
    diagnostics.report(at(ErrorCode.UNEXPECTED_TOKEN, 2));
    diagnostics.report(at(ErrorCode.UNEXPECTED_TOKEN, 5).label("again"));
    diagnostics.report(at(ErrorCode.UNUSED_VALUE, 5));
    assertThat(diagnostics.list())
        .extracting(d -> d.span().start(), d -> d.code(), d -> d.primary().text())
        .containsExactly(
            tuple(2, ErrorCode.UNEXPECTED_TOKEN, ""),
            tuple(5, ErrorCode.UNEXPECTED_TOKEN, ""),
            tuple(5, ErrorCode.UNUSED_VALUE, ""));
  }

  @Test
  void warningsAreNoErrors() {
    var diagnostics = new Diagnostics();
    diagnostics.report(at(ErrorCode.SUSPICIOUS_COMMENT, 0));
    assertThat(diagnostics.hasErrors()).isFalse();
    assertThat(diagnostics.isEmpty()).isFalse();
    diagnostics.report(at(ErrorCode.UNUSED_VALUE, 0));
    assertThat(diagnostics.hasErrors()).isTrue();
  }

  @Test
  void rendersJson() {
    var diagnostic =
        Diagnostic.of(ErrorCode.UNEXPECTED_TOKEN, source.span(10, 15), "a \"quoted\"\n\u0001 text")
            .label("here")
            .also(source.span(0, 3), "there")
            .help("do this");
    assertThat(JsonRenderer.render(List.of(diagnostic)))
        .isEqualTo(
            """
            {"diagnostics":[{"code":"E0007","severity":"error",\
            "title":"something else was expected here",\
            "message":"a \\"quoted\\"\\n\\u0001 text","labels":[\
            {"role":"primary","file":"a.dune","text":"here",\
            "start":{"offset":10,"line":2,"column":1},"end":{"offset":15,"line":2,"column":6}},\
            {"role":"secondary","file":"a.dune","text":"there",\
            "start":{"offset":0,"line":1,"column":1},"end":{"offset":3,"line":1,"column":4}}],\
            "notes":[],"help":["do this"]}],"errors":1,"warnings":0}
            """);
  }
}
