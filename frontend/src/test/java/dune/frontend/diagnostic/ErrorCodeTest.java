package dune.frontend.diagnostic;

import static org.assertj.core.api.Assertions.assertThat;

import dune.frontend.testkit.Checking;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Every code has a page whose first example has the problem and whose second has none, and an
/// example file among the test resources that provokes it on the line that says so: `// error
/// E0101`, or on the line below, `//^ error E0101`. A `config.json` beside it is read too.
class ErrorCodeTest {
  private static final Pattern EXPECTED = Pattern.compile("//+(\\^?) (error|warning) ([EW]\\d{4})");
  private static final Pattern BLOCK = Pattern.compile("```(\\w+)\n(.*?)```", Pattern.DOTALL);

  /// Codes that only a file meets which is to be built.
  private static final Set<ErrorCode> BUILDING = Set.of(ErrorCode.NO_MODEL);

  private static List<Diagnostic> check(
      ErrorCode code, String name, byte[] bytes, Optional<String> config) {
    if (config.isPresent()) return Checking.elaborate(name, bytes, config.get()).list();
    if (BUILDING.contains(code)) return Checking.elaborate(name, bytes).list();
    return Checking.check(name, bytes).list();
  }

  private static List<String> codes(ErrorCode code, String text, Optional<String> config) {
    return check(code, "page", text.getBytes(StandardCharsets.UTF_8), config).stream()
        .map(diagnostic -> diagnostic.code().code())
        .distinct()
        .toList();
  }

  @ParameterizedTest
  @EnumSource(ErrorCode.class)
  void pageHasTheProblemAndMendsIt(ErrorCode code) {
    String page = Explain.page(code);
    assertThat(page).startsWith("# " + code + ": " + code.title() + "\n");
    var blocks = new ArrayList<>(BLOCK.matcher(page).results().toList());
    Optional<String> config = Optional.empty();
    if (blocks.getFirst().group(1).equals("json")) {
      config = Optional.of(blocks.removeFirst().group(2));
    }
    assertThat(blocks).as("an example and the example mended").hasSize(2);
    if (blocks.getFirst().group(1).equals("dune")) {
      assertThat(codes(code, blocks.getFirst().group(2), config)).containsExactly(code.code());
    }
    assertThat(codes(code, blocks.getLast().group(2), config)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(ErrorCode.class)
  void exampleProvokesTheCode(ErrorCode code) throws IOException {
    byte[] bytes = resource(code + ".dune").orElseThrow();
    var expected = expectations(bytes);
    assertThat(expected).as("expectations").isNotEmpty().allMatch(e -> e.contains(code.code()));
    var config = resource(code + ".json").map(json -> new String(json, StandardCharsets.UTF_8));
    assertThat(reported(check(code, code + ".dune", bytes, config))).isEqualTo(expected);
  }

  private static Optional<byte[]> resource(String name) throws IOException {
    try (var file = ErrorCodeTest.class.getResourceAsStream("/errors/" + name)) {
      return file == null ? Optional.empty() : Optional.of(file.readAllBytes());
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

  private static TreeSet<String> reported(List<Diagnostic> diagnostics) {
    var reported = new TreeSet<String>();
    for (var diagnostic : diagnostics) {
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
