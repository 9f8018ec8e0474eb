package dune.runtime.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

final class StopMatcherTest {
  @Test
  void stopTextAcrossPiecesIsNotShown() {
    StopMatcher matcher = new StopMatcher(List.of("\nUser:"));
    assertThat(matcher.next("Hello\nUs")).isEqualTo("Hello");
    assertThat(matcher.stopped()).isFalse();
    assertThat(matcher.next("er: bye")).isEmpty();
    assertThat(matcher.stopped()).isTrue();
    assertThat(matcher.next("more") + matcher.end()).isEmpty();
  }

  @Test
  void whatTurnsOutHarmlessIsShown() {
    StopMatcher matcher = new StopMatcher(List.of("abab!"));
    assertThat(matcher.next("xaba")).isEqualTo("x");
    assertThat(matcher.next("bab")).isEqualTo("ab");
    assertThat(matcher.end()).isEqualTo("abab");
    assertThat(matcher.stopped()).isFalse();
  }

  @Test
  void theOneCompleteFirstWins() {
    StopMatcher matcher = new StopMatcher(List.of("abcd", "bc"));
    assertThat(matcher.next("xabcd") + matcher.end()).isEqualTo("xa");
  }

  @Test
  void ofThoseCompleteAtOnceTheLongestWins() {
    StopMatcher matcher = new StopMatcher(List.of("bc", "abc"));
    assertThat(matcher.next("xabc") + matcher.end()).isEqualTo("x");
  }

  @Test
  void withoutStopTextsEverythingPasses() {
    StopMatcher matcher = new StopMatcher(List.of());
    assertThat(matcher.next("abc")).isEqualTo("abc");
    assertThat(matcher.end()).isEmpty();
  }

  @Test
  void emptyStopTextIsRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> new StopMatcher(List.of("a", "")));
  }

  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.strings().withChars("ab").ofMinLength(1).ofMaxLength(4);
  }

  @Property(tries = 1000)
  void bordersDoNotMatter(
      @ForAll List<@From("texts") String> pieces,
      @ForAll @Size(max = 3) List<@From("texts") String> stops) {
    String whole = String.join("", pieces);
    StopMatcher matcher = new StopMatcher(stops);
    StringBuilder shown = new StringBuilder();
    for (String piece : pieces) shown.append(matcher.next(piece));
    shown.append(matcher.end());
    assertThat(shown).hasToString(upToFirstStop(whole, stops));
  }

  /// The definition: try every end in turn, and there the longest stop text first.
  private static String upToFirstStop(String text, List<String> stops) {
    for (int end = 1; end <= text.length(); end++) {
      String soFar = text.substring(0, end);
      int longest = stops.stream().filter(soFar::endsWith).mapToInt(String::length).max().orElse(0);
      if (longest > 0) return soFar.substring(0, end - longest);
    }
    return text;
  }
}
