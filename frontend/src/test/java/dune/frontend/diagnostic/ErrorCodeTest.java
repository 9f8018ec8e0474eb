package dune.frontend.diagnostic;

import static org.assertj.core.api.Assertions.assertThat;

import dune.frontend.parse.Parsing;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Every code has a page whose first example has the problem and whose second has none, and an
/// example file among the test resources that provokes it on the line that says so: `// error
/// E0101`, or on the line below, `//^ error E0101`.
class ErrorCodeTest {
  private static final Pattern EXPECTED = Pattern.compile("//+(\\^?) (error|warning) ([EW]\\d{4})");
  private static final Pattern BLOCK = Pattern.compile("```(\\w+)\n(.*?)```", Pattern.DOTALL);

  /// The way from a file to its diagnostics.
  private static void check(String name, byte[] bytes, Diagnostics diagnostics) {
    Parsing.decode(name, bytes, diagnostics)
        .ifPresent(source -> Parsing.parse(source, diagnostics));
  }

  private static List<Diagnostic> check(String name, byte[] bytes) {
    var diagnostics = new Diagnostics();
    check(name, bytes, diagnostics);
    return diagnostics.list();
  }

  private static List<String> codes(String text) {
    return check("page", text.getBytes(StandardCharsets.UTF_8)).stream()
        .map(diagnostic -> diagnostic.code().code())
        .distinct()
        .toList();
  }

  @ParameterizedTest
  @EnumSource(ErrorCode.class)
  void pageHasTheProblemAndMendsIt(ErrorCode code) {
    String page = Explain.page(code);
    assertThat(page).startsWith("# " + code + ": " + code.title() + "\n");
    var blocks = BLOCK.matcher(page).results().toList();
    assertThat(blocks).as("an example and the example mended").hasSize(2);
    if (blocks.getFirst().group(1).equals("dune")) {
      assertThat(codes(blocks.getFirst().group(2))).containsExactly(code.code());
    }
    assertThat(codes(blocks.getLast().group(2))).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(ErrorCode.class)
  void exampleProvokesTheCode(ErrorCode code) throws IOException {
    String name = "/errors/" + code + ".dune";
    try (var file = ErrorCodeTest.class.getResourceAsStream(name)) {
      assertThat(file).as(name).isNotNull();
      byte[] bytes = file.readAllBytes();
      var expected = expectations(bytes);
      assertThat(expected).as("expectations").isNotEmpty().allMatch(e -> e.contains(code.code()));
      assertThat(reported(name, bytes)).isEqualTo(expected);
    }
  }

  private static TreeSet<String> expectations(byte[] bytes) {
    var expected = new TreeSet<String>();
    String[] lines = new String(bytes, StandardCharsets.ISO_8859_1).split("\n", -1);
    for (int i = 0; i < lines.length; i++) {
      var matcher = EXPECTED.matcher(lines[i]);
      while (matcher.find()) {
        int line = matcher.group(1).isEmpty() ? i + 1 : i;
        expected.add("line " + line + ": " + matcher.group(2) + " " + matcher.group(3));
      }
    }
    return expected;
  }

  private static TreeSet<String> reported(String name, byte[] bytes) {
    var reported = new TreeSet<String>();
    for (var diagnostic : check(name, bytes)) {
      reported.add(
          "line %d: %s %s"
              .formatted(
                  diagnostic.span().line(), diagnostic.severity().word(), diagnostic.code()));
    }
    return reported;
  }

  @Test
  void codesAreDistinctAndOrdered() {
    var codes = Stream.of(ErrorCode.values()).map(ErrorCode::code).toList();
    assertThat(codes).doesNotHaveDuplicates().allMatch(code -> code.matches("[EW]\\d{4}"));
    var sorted = new ArrayList<>(codes);
    sorted.sort(null);
    assertThat(codes).isEqualTo(sorted);
  }

  @Test
  void codesAreFoundAsUsersWriteThem() {
    assertThat(ErrorCode.find(" e0005 ")).contains(ErrorCode.UNCLOSED_BRACKET);
    assertThat(ErrorCode.find("E9999")).isEmpty();
  }
}
