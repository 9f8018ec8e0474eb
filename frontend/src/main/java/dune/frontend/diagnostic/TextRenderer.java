package dune.frontend.diagnostic;

import dune.frontend.diagnostic.Colour.Ink;
import dune.frontend.source.SourceText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Shows diagnostics to people: what, where, the lines of source with marks below them, notes and help.
///
///     error[E0101]: nothing is called `nrom`
///       --> models/llama.dune:12:9
///        |
///      8 |   norm: RmsNorm(D, eps)
///        |   ---- declared here
///     ...
///     12 |     x = nrom(x)
///        |         ^^^^ not found in this block
///        |
///        = help: did you mean `norm`?
public final class TextRenderer {
  private final Colour colour;
  private final StringBuilder out = new StringBuilder();

  private TextRenderer(Colour colour) {
    this.colour = colour;
  }

  /// All diagnostics in order, an empty line after each.
  public static String render(List<Diagnostic> diagnostics, Colour colour) {
    var renderer = new TextRenderer(colour);
    for (var diagnostic : diagnostics) {
      renderer.render(diagnostic);
      renderer.out.append('\n');
    }
    return renderer.out.toString();
  }

  public static String render(Diagnostic diagnostic, Colour colour) {
    var renderer = new TextRenderer(colour);
    renderer.render(diagnostic);
    return renderer.out.toString();
  }

  /// `2 errors, 1 warning`, or an empty text where there are none.
  public static String summary(List<Diagnostic> diagnostics) {
    var counts = new ArrayList<String>();
    for (var severity : Severity.values()) {
      long count = diagnostics.stream().filter(d -> d.severity() == severity).count();
      if (count > 0) {
        counts.add(count + " " + severity.word() + (count == 1 ? "" : "s"));
      }
    }
    return String.join(", ", counts);
  }

  private void render(Diagnostic diagnostic) {
    Ink ink = ink(diagnostic.severity());
    line(
        colour.paint(ink, diagnostic.severity().word() + "[" + diagnostic.code().code() + "]")
            + colour.paint(Ink.BOLD, ": " + diagnostic.message()));
    int gutter = gutter(diagnostic.labels());
    for (var entry : bySource(diagnostic.labels()).entrySet()) {
      excerpt(entry.getKey(), entry.getValue(), gutter, diagnostic);
    }
    if (!diagnostic.notes().isEmpty() || !diagnostic.helps().isEmpty()) {
      line(margin(gutter, ""));
    }
    diagnostic.notes().forEach(note -> remark("note", Ink.BOLD, note, gutter));
    diagnostic.helps().forEach(help -> remark("help", Ink.GREEN, help, gutter));
  }

  private static Ink ink(Severity severity) {
    return switch (severity) {
      case ERROR -> Ink.RED;
      case WARNING -> Ink.YELLOW;
    };
  }

  private static Map<SourceText, List<Label>> bySource(List<Label> labels) {
    var bySource = new LinkedHashMap<SourceText, List<Label>>();
    for (var label : labels) {
      bySource.computeIfAbsent(label.span().source(), _ -> new ArrayList<>()).add(label);
    }
    return bySource;
  }

  private static int gutter(List<Label> labels) {
    int last = labels.stream().mapToInt(label -> label.span().line()).max().orElse(1);
    return String.valueOf(last).length();
  }

  /// The lines of one source that have labels, and a single line between two of them.
  private void excerpt(SourceText source, List<Label> labels, int gutter, Diagnostic diagnostic) {
    boolean primary = source == diagnostic.span().source();
    var place = primary ? diagnostic.span() : labels.getFirst().span();
    line(" ".repeat(gutter) + colour.paint(Ink.BLUE, primary ? "--> " : "::: ") + place.toString());
    line(margin(gutter, ""));
    var lines = labels.stream().map(label -> label.span().line()).sorted().distinct().toList();
    int previous = lines.getFirst();
    for (int number : lines) {
      if (number == previous + 2) {
        source(source, number - 1, List.of(), gutter, diagnostic);
      } else if (number > previous + 2) {
        line(colour.paint(Ink.BLUE, "..."));
      }
      var here = labels.stream().filter(label -> label.span().line() == number).toList();
      source(source, number, here, gutter, diagnostic);
      previous = number;
    }
  }

  private void source(
      SourceText source, int number, List<Label> labels, int gutter, Diagnostic diagnostic) {
    var excerpt = SourceLine.of(source, number, labels);
    String padded = " ".repeat(gutter - String.valueOf(number).length()) + number;
    line((colour.paint(Ink.BLUE, padded + " |") + " " + excerpt.text()).stripTrailing());
    for (var marks : excerpt.marks()) {
      var painted = new StringBuilder();
      for (var piece : marks) {
        painted.append(
            switch (piece.role()) {
              case PRIMARY -> colour.paint(ink(diagnostic.severity()), piece.text());
              case SECONDARY -> colour.paint(Ink.BLUE, piece.text());
            });
      }
      line(margin(gutter, painted.toString()));
    }
  }

  private String margin(int gutter, String text) {
    return (" ".repeat(gutter + 1) + colour.paint(Ink.BLUE, "|") + " " + text).stripTrailing();
  }

  private void remark(String kind, Ink ink, String text, int gutter) {
    String[] lines = text.split("\n", -1);
    String prefix = " ".repeat(gutter + 1) + colour.paint(Ink.BLUE, "=") + " ";
    line(prefix + colour.paint(ink, kind) + ": " + lines[0]);
    for (int i = 1; i < lines.length; i++) {
      line((" ".repeat(gutter + 1 + 2 + kind.length() + 2) + lines[i]).stripTrailing());
    }
  }

  private void line(String text) {
    out.append(text).append('\n');
  }
}
