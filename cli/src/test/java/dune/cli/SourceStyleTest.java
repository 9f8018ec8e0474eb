package dune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import com.google.googlejavaformat.java.StringWrapper;
import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.source.SourceText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// The form of our own sources: one formatter without options, a description of every package,
/// nothing left for later.
final class SourceStyleTest {
  private static final String REFORMAT =
      "mvn test -pl cli -am -Dtest=SourceStyleTest -Dsurefire.failIfNoSpecifiedTests=false"
          + " -Ddune.bless=true";

  // Spelled so that this file passes its own test.
  private static final Pattern UNFINISHED =
      Pattern.compile("\\b(TO" + "DO|FIX" + "ME|XX" + "X)\\b");

  private static final Pattern CODE = Pattern.compile("(?s)```.*?```|`[^`]*`");

  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#\\s]+)[^)]*\\)");

  @Test
  void javaIsFormatted() throws IOException, FormatterException {
    Formatter formatter = new Formatter();
    Set<Path> unformatted = new LinkedHashSet<>();
    for (Path file : SourceTree.files(".java")) {
      String source = Files.readString(file);
      String formatted = StringWrapper.wrap(formatter.formatSourceAndFixImports(source), formatter);
      if (!formatted.equals(source)) reformat(file, formatted, unformatted);
    }
    assertThat(unformatted).as("files to reformat; `%s` does it", REFORMAT).isEmpty();
  }

  @Test
  void duneIsFormatted() throws IOException {
    Set<Path> unformatted = new LinkedHashSet<>();
    for (Path file : SourceTree.files(".dune")) {
      if (!file.toString().contains("/src/main/resources/")) continue;
      String source = Files.readString(file);
      Optional<String> formatted =
          dune.frontend.format.Formatter.format(
              SourceText.of(file.toString(), source), new Diagnostics());
      assertThat(formatted).as(file.toString()).isPresent();
      if (!formatted.get().equals(source)) reformat(file, formatted.get(), unformatted);
    }
    assertThat(unformatted).as("files to reformat; `%s` does it", REFORMAT).isEmpty();
  }

  private static void reformat(Path file, String formatted, Set<Path> unformatted)
      throws IOException {
    if (Boolean.getBoolean("dune.bless")) {
      Files.writeString(file, formatted);
    } else {
      unformatted.add(SourceTree.ROOT.relativize(file));
    }
  }

  @Test
  void everyPackageIsDescribed() {
    Set<Path> undescribed = new LinkedHashSet<>();
    for (Path file : SourceTree.files(".java")) {
      if (file.toString().contains("/src/main/java/")
          && !Files.exists(file.resolveSibling("package-info.java"))) {
        undescribed.add(SourceTree.ROOT.relativize(file.getParent()));
      }
    }
    assertThat(undescribed).as("packages without package-info.java").isEmpty();
  }

  @Test
  void nothingIsLeftForLater() throws IOException {
    Set<String> unfinished = new LinkedHashSet<>();
    for (Path file : SourceTree.files(".java", ".dune", ".g4", ".md", ".xml")) {
      // Any bytes will do: some test files are no text on purpose.
      List<String> lines = Files.readAllLines(file, StandardCharsets.ISO_8859_1);
      for (int line = 0; line < lines.size(); line++) {
        if (UNFINISHED.matcher(lines.get(line)).find()) {
          unfinished.add(SourceTree.ROOT.relativize(file) + ":" + (line + 1));
        }
      }
    }
    assertThat(unfinished).as("places marked as unfinished").isEmpty();
  }

  @Test
  void linksInDocumentsLeadSomewhere() throws IOException {
    Set<String> broken = new LinkedHashSet<>();
    for (Path file : SourceTree.files(".md")) {
      LINK.matcher(CODE.matcher(Files.readString(file)).replaceAll(""))
          .results()
          .map(link -> link.group(1))
          .filter(target -> !target.contains(":") && !Files.exists(file.resolveSibling(target)))
          .forEach(target -> broken.add(SourceTree.ROOT.relativize(file) + ": " + target));
    }
    assertThat(broken).as("links to files that are not there").isEmpty();
  }
}
