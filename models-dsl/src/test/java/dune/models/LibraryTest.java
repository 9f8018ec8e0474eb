package dune.models;

import static org.assertj.core.api.Assertions.assertThat;

import dune.frontend.elaborate.Checker;
import dune.frontend.source.SourceText;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every file that we ship checks without a word, also in branches that no architecture takes.
final class LibraryTest {
  static Stream<SourceText> files() {
    return Stream.concat(Shipped.files("std").stream(), Shipped.files("models").stream());
  }

  @ParameterizedTest
  @MethodSource("files")
  void checks(SourceText file) {
    assertThat(Checker.check(file, Shipped.SOURCES).list()).isEmpty();
  }
}
