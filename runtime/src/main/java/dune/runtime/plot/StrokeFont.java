package dune.runtime.plot;

import dune.runtime.plot.Mark.Point;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Letters made of strokes, so that words can be drawn where there are no fonts. `strokes.txt` says
/// how each is drawn; what it does not have is an empty box.
final class StrokeFont {
  private static final String FILE = "/dune/plot/strokes.txt";

  /// How high a capital letter is in the file, and what share of the size that is.
  private static final double CAPITAL = 14;

  private static final double CAPITAL_SHARE = 0.72;

  private static final Pattern COMMAND = Pattern.compile("([MLCEA])([-0-9. ]*)");
  private static final int CURVE = 8;
  private static final int ROUND = 24;
  private static final int MISSING = 0;

  /// Room between letters, besides what they bring along.
  private static final double SPACE = 0.8;

  private static final Map<Integer, Glyph> GLYPHS = read();

  private StrokeFont() {}

  /// @param advance to the next letter
  private record Glyph(double advance, List<List<Point>> strokes) {}

  /// How wide words are.
  static double width(String text, double size) {
    return text.codePoints().mapToDouble(letter -> glyph(letter).advance() + SPACE).sum()
        * unit(size);
  }

  /// The strokes of words, from the left.
  ///
  /// @param x where they begin
  /// @param y of the line they stand on
  static List<List<Point>> strokes(String text, double x, double y, double size) {
    var strokes = new ArrayList<List<Point>>();
    double at = x;
    for (int letter : text.codePoints().toArray()) {
      Glyph glyph = glyph(letter);
      double begin = at;
      for (List<Point> stroke : glyph.strokes()) {
        strokes.add(
            stroke.stream()
                .map(point -> new Point(begin + point.x() * unit(size), y - point.y() * unit(size)))
                .toList());
      }
      at += (glyph.advance() + SPACE) * unit(size);
    }
    return strokes;
  }

  private static double unit(double size) {
    return size * CAPITAL_SHARE / CAPITAL;
  }

  static boolean has(int letter) {
    return GLYPHS.containsKey(letter);
  }

  private static Glyph glyph(int letter) {
    return GLYPHS.getOrDefault(letter, GLYPHS.get(MISSING));
  }

  private static Map<Integer, Glyph> read() {
    var glyphs = new LinkedHashMap<Integer, Glyph>();
    glyphs.put(MISSING, glyph("10 M1.5 0L1.5 14L8.5 14L8.5 0L1.5 0"));
    try (InputStream file = StrokeFont.class.getResourceAsStream(FILE)) {
      for (String line : new String(file.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
        if (line.isEmpty() || line.startsWith("##")) continue;
        int letter = line.codePointAt(0);
        glyphs.put(letter, glyph(line.substring(Character.charCount(letter)).strip()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return glyphs;
  }

  private static Glyph glyph(String text) {
    int end = text.indexOf(' ');
    if (end < 0) return new Glyph(Double.parseDouble(text), List.of());
    var pen = new Pen();
    Matcher commands = COMMAND.matcher(text.substring(end));
    while (commands.find()) pen.follow(commands.group(1).charAt(0), numbers(commands.group(2)));
    return new Glyph(Double.parseDouble(text.substring(0, end)), pen.strokes);
  }

  private static double[] numbers(String text) {
    return Pattern.compile(" ")
        .splitAsStream(text.strip())
        .mapToDouble(Double::parseDouble)
        .toArray();
  }

  /// Draws curves as many short lines.
  private static final class Pen {
    private final List<List<Point>> strokes = new ArrayList<>();

    void follow(char command, double[] to) {
      switch (command) {
        case 'M' -> begin(to[0], to[1]);
        case 'L' -> line(to[0], to[1]);
        case 'C' -> curve(strokes.getLast().getLast(), to);
        case 'E' -> {
          begin(to[2], (to[1] + to[3]) / 2);
          arc(to, 0, 360);
        }
        case 'A' -> {
          if (strokes.isEmpty()) strokes.add(new ArrayList<>());
          arc(to, to[4], to[5]);
        }
        default -> throw new IllegalArgumentException("no command " + command);
      }
    }

    private void begin(double x, double y) {
      strokes.add(new ArrayList<>(List.of(new Point(x, y))));
    }

    private void line(double x, double y) {
      strokes.getLast().add(new Point(x, y));
    }

    private void curve(Point from, double[] to) {
      for (int i = 1; i <= CURVE; i++) {
        double t = (double) i / CURVE;
        double u = 1 - t;
        double[] share = {u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t};
        line(
            share[0] * from.x() + share[1] * to[0] + share[2] * to[2] + share[3] * to[4],
            share[0] * from.y() + share[1] * to[1] + share[2] * to[3] + share[3] * to[5]);
      }
    }

    /// In a box, counterclockwise in degrees.
    private void arc(double[] box, double start, double extent) {
      int steps = (int) Math.ceil(ROUND * Math.abs(extent) / 360);
      for (int i = 0; i <= steps; i++) {
        double angle = Math.toRadians(start + extent * i / steps);
        line(
            (box[0] + box[2]) / 2 + (box[2] - box[0]) / 2 * Math.cos(angle),
            (box[1] + box[3]) / 2 + (box[3] - box[1]) / 2 * Math.sin(angle));
      }
    }
  }
}
