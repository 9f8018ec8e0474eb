package dune.frontend.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class SourceTextTest {
  @Test
  void countsLinesOfEveryKindOfLineEnd() {
    var source = SourceText.of("a", "one\ntwo\r\nthree\rfour");
    assertThat(source.lineCount()).isEqualTo(4);
    assertThat(source.lineText(1)).isEqualTo("one");
    assertThat(source.lineText(2)).isEqualTo("two");
    assertThat(source.lineText(3)).isEqualTo("three");
    assertThat(source.lineText(4)).isEqualTo("four");
  }

  @Test
  void findsLineAndColumn() {
    var source = SourceText.of("a", "one\ntwo\n");
    assertThat(source.span(4, 5)).hasToString("a:2:1");
    assertThat(source.span(6, 7)).hasToString("a:2:3");
    assertThat(source.span(8, 8)).hasToString("a:3:1");
    assertThat(source.line(3)).isEqualTo(1);
  }

  @Test
  void anEmptyTextHasOneLine() {
    var source = SourceText.of("a", "");
    assertThat(source.lineCount()).isEqualTo(1);
    assertThat(source.span()).hasToString("a:1:1");
  }

  @Test
  void spansJoin() {
    var source = SourceText.of("a", "one two three");
    assertThat(source.span(4, 7).to(source.span(0, 3)).text()).isEqualTo("one two");
    assertThat(source.span(0, 7).contains(source.span(4, 7))).isTrue();
    assertThat(source.span(4, 7)).isGreaterThan(source.span(0, 13));
  }

  @Test
  void spansStayInsideTheirSource() {
    var source = SourceText.of("a", "one");
    assertThatThrownBy(() -> source.span(2, 4)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> source.span(2, 1)).isInstanceOf(IllegalArgumentException.class);
  }
}
