package dune.runtime.plot;

import dune.runtime.plot.Mark.Box;
import dune.runtime.plot.Mark.Line;
import dune.runtime.plot.Mark.Point;
import dune.runtime.plot.Mark.Weight;
import dune.runtime.plot.Mark.Words;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;

/// A drawing as an SVG document, light or dark as the reader likes it.
public final class SvgForm {
  private SvgForm() {}

  public static String of(Drawing drawing) {
    int width = drawing.width();
    int height = drawing.height();
    var svg = new StringBuilder();
    svg.append(
        format(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d"
                + " %d\" role=\"img\">\n",
            width, height, width, height));
    List<Ink> used =
        Arrays.stream(Ink.values())
            .filter(
                ink ->
                    ink == Ink.GROUND || drawing.marks().stream().anyMatch(it -> it.ink() == ink))
            .toList();
    svg.append("<style>\n  text { font-family: system-ui, sans-serif }\n");
    svg.append("  rect, text { fill: currentColor }\n  path { fill: none; stroke: currentColor;");
    svg.append(" stroke-linecap: round; stroke-linejoin: round }\n");
    svg.append(rules(used, Ink::light, "  "));
    svg.append("  @media (prefers-color-scheme: dark) {\n");
    svg.append(rules(used, Ink::dark, "    ")).append("  }\n</style>\n");
    svg.append(format("<rect class=\"ground\" width=\"%d\" height=\"%d\"/>\n", width, height));
    for (Mark mark : drawing.marks()) svg.append(text(mark)).append('\n');
    return svg.append("</svg>\n").toString();
  }

  private static String rules(List<Ink> inks, ToIntFunction<Ink> colour, String indent) {
    return inks.stream()
        .map(ink -> format("%s.%s { color: #%06x }\n", indent, ink.word(), colour.applyAsInt(ink)))
        .collect(Collectors.joining());
  }

  private static String text(Mark mark) {
    return switch (mark) {
      case Box(var x, var y, var width, var height, var radius, var ink) ->
          "<rect class=\"%s\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\"%s/>"
              .formatted(
                  ink.word(),
                  number(x),
                  number(y),
                  number(width),
                  number(height),
                  radius > 0 ? " rx=\"" + number(radius) + "\"" : "");
      case Line(var points, var width, var ink) ->
          "<path class=\"%s\" stroke-width=\"%s\" d=\"%s\"/>"
              .formatted(ink.word(), number(width), path(points));
      case Words(var x, var y, var words, var anchor, var size, var weight, var ink) ->
          "<text class=\"%s\" x=\"%s\" y=\"%s\" font-size=\"%s\" text-anchor=\"%s\"%s>%s</text>"
              .formatted(
                  ink.word(),
                  number(x),
                  number(y),
                  number(size),
                  anchor.word(),
                  weight == Weight.STRONG ? " font-weight=\"600\"" : "",
                  escaped(words));
    };
  }

  /// A line to where it begins draws a dot.
  private static String path(List<Point> points) {
    var path = new StringBuilder();
    for (Point point : points) {
      path.append(path.isEmpty() ? "M" : "L").append(number(point.x())).append(' ');
      path.append(number(point.y()));
    }
    return points.size() == 1 ? path + "h0" : path.toString();
  }

  /// To a tenth of a pixel, and without zeros that say nothing.
  private static String number(double value) {
    String text = format("%.1f", value);
    return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
  }

  private static String escaped(String words) {
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }
}
