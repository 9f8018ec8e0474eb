package dune.models.written;

import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.elaborate.Checker;
import dune.frontend.elaborate.Elaborated;
import dune.frontend.elaborate.Elaborator;
import dune.frontend.elaborate.Settings;
import dune.frontend.format.Formatter;
import dune.frontend.source.SourceText;
import dune.ir.Elem;
import dune.ir.Program;
import dune.models.Shipped;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The choices of which a small decoder is made.
///
/// @param repeated how many layers of the first kind there are
/// @param last one of another kind
public record WrittenModel(
    Sizes sizes, Ends ends, Layer layer, int repeated, Optional<Layer> last) {
  /// The most steps that a model with a table of positions can have.
  public static final int LONGEST = 24;

  private static final String NAME = "written.dune";
  private static final Pattern WORD = Pattern.compile("[A-Za-z_][A-Za-z_0-9]*");

  /// @param groups query heads per key head
  record Sizes(int vocabulary, int width, int inner, int keyHeads, int groups, int headWidth) {}

  public int vocabulary() {
    return sizes.vocabulary();
  }

  /// The same model in words of the library, as far as it has them.
  WrittenModel inLibrary() {
    return new WrittenModel(
        sizes, ends.inLibrary(), layer.inLibrary(), repeated, last.map(Layer::inLibrary));
  }

  /// The file.
  public String source() {
    String text = unformatted();
    return Formatter.format(SourceText.of(NAME, text), new Diagnostics()).orElse(text);
  }

  private String unformatted() {
    SequencedSet<String> definitions = new LinkedHashSet<>(layer.definitions());
    last.ifPresent(other -> definitions.addAll(other.definitions()));
    definitions.addAll(ends.definitions());
    String body = String.join("\n", definitions) + "\n" + model();
    return "import std.{%s}\n\n%s".formatted(imports(body), body);
  }

  private static String imports(String body) {
    SequencedSet<String> used = new LinkedHashSet<>();
    WORD.matcher(body).results().forEach(match -> used.add(match.group()));
    return used.stream()
        .filter(LibraryNames.ALL::contains)
        .sorted()
        .collect(Collectors.joining(", "));
  }

  private String model() {
    return """
    model Written(
      V: dim = %d, P: dim = %d, D: dim = %d, F: dim = %d, KV: dim = %d, G: dim = %d, K: dim = %d
    ) {
      layers: [Layer(i) for i in 0 .. %d]
      %s
    %s

      forward(tokens: int[B, T]) -> [B, T, V] {
        let e = embed(tokens)
        var x = %s
        for layer in layers { x = layer(x) }
        %s
        %s
      }

    %s
    }
    """
        .formatted(
            sizes.vocabulary,
            LONGEST,
            sizes.width,
            sizes.inner,
            sizes.keyHeads,
            sizes.groups,
            sizes.headWidth,
            repeated,
            last.isPresent() ? "last: Last(" + repeated + ")" : "",
            ends.members().indent(2).stripTrailing(),
            ends.begin(),
            last.isPresent() ? "x = last(x)" : "",
            ends.finish(),
            (layer.blocks("Layer") + last.map(other -> other.blocks("Last")).orElse(""))
                .indent(2)
                .stripTrailing());
  }

  /// The model as the frontend lowers it.
  ///
  /// @throws AssertionError if it has anything to say about it
  public Program lower(Elem elem) {
    SourceText text = SourceText.of(NAME, source());
    var said = Checker.check(text, Shipped.SOURCES);
    if (!said.isEmpty()) throw new AssertionError(said.list());
    Elaborated elaborated = Elaborator.elaborate(text, Shipped.SOURCES, Settings.defaults(elem));
    if (!elaborated.diagnostics().isEmpty()) {
      throw new AssertionError(elaborated.diagnostics().list());
    }
    return elaborated.program().orElseThrow();
  }

  /// Runs a check; if it fails, the message begins with the file.
  public void explaining(Runnable check) {
    try {
      check.run();
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError(source() + "\n" + e, e);
    }
  }
}
