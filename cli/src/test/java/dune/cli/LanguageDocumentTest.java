package dune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dune.frontend.ast.Definition;
import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.elaborate.Checker;
import dune.frontend.parse.Parsing;
import dune.frontend.source.SourceText;
import dune.runtime.library.Library;
import dune.runtime.library.ModelFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Runs the examples of `docs/language.md`: every block marked `dune` is a whole file without
/// mistakes, every one marked `dune error CODE` has that mistake.
final class LanguageDocumentTest {
  private static final Pattern EXAMPLE =
      Pattern.compile("(?ms)^( *)```dune(?: error (\\w+))?\\n(.*?)^ *```$");

  @TestFactory
  Stream<DynamicTest> examplesAreWhatTheySay() throws IOException {
    Path document = SourceTree.ROOT.resolve("docs/language.md");
    String text = Files.readString(document);
    List<MatchResult> examples = EXAMPLE.matcher(text).results().toList();
    assertThat(examples).as("examples of " + document).hasSizeGreaterThan(10);
    return examples.stream().map(example -> test(text, example));
  }

  /// Who has only this page must find everything in it that the library offers.
  @Test
  void namesEverythingInTheLibrary() throws IOException {
    String text = Files.readString(SourceTree.ROOT.resolve("docs/language.md"));
    String chapter = text.substring(text.indexOf("## The library"));
    for (SourceText file : Library.standard()) {
      for (Definition definition : Parsing.parse(file, new Diagnostics()).definitions()) {
        assertThat(chapter).containsPattern("\\b" + definition.name().text() + "\\b");
      }
    }
  }

  private static DynamicTest test(String document, MatchResult example) {
    long line = document.substring(0, example.start(3)).lines().count() + 1;
    String source = example.group(3).replaceAll("(?m)^" + example.group(1), "");
    List<String> expected = Stream.ofNullable(example.group(2)).toList();
    return DynamicTest.dynamicTest(
        "docs/language.md:" + line,
        () -> assertThat(codes(source)).as(source).containsExactlyElementsOf(expected));
  }

  private static List<String> codes(String source) {
    ModelFile file = new ModelFile(SourceText.of("example.dune", source), Path.of(""));
    return Checker.check(file.text(), file.sources()).list().stream()
        .map(Diagnostic::code)
        .map(code -> code.code())
        .toList();
  }
}
