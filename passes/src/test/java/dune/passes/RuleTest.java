package dune.passes;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Everything that can fire in a pass, on text: a file for each, with cases in which it fires and
/// cases in which it nearly does and must not. `-Ddune.bless=true` writes what comes out.
final class RuleTest {
  private static Stream<Subject> subjects() {
    return Pipelines.names().stream().flatMap(pass -> Subject.of(pass).stream());
  }

  @TestFactory
  Stream<DynamicContainer> rulesDoWhatTheirFilesSay() {
    return Pipelines.names().stream()
        .map(
            pass ->
                DynamicContainer.dynamicContainer(
                    pass,
                    Subject.of(pass).stream()
                        .map(each -> DynamicContainer.dynamicContainer(each.name(), tests(each)))));
  }

  @Test
  void everyFileBelongsToARule() throws IOException {
    try (Stream<Path> files = Files.list(Subject.FOLDER)) {
      assertThat(files.collect(Collectors.toSet()))
          .isEqualTo(subjects().map(Subject::file).collect(Collectors.toSet()));
    }
  }

  private static List<DynamicTest> tests(Subject subject) {
    List<Case> cases = Case.read(subject.file());
    var tests = new ArrayList<DynamicTest>();
    tests.add(
        DynamicTest.dynamicTest(
            "has both kinds of cases",
            () ->
                assertThat(cases.stream().map(Case::fires)).contains(Boolean.TRUE, Boolean.FALSE)));
    for (Case one : cases) {
      tests.add(DynamicTest.dynamicTest(one.title(), () -> one.check(subject)));
    }
    if (Boolean.getBoolean("dune.bless")) Case.bless(subject, cases);
    return tests;
  }
}
