package dune.runtime.plot;

import dune.runtime.plot.Mark.Anchor;
import dune.runtime.plot.Mark.Box;
import dune.runtime.plot.Mark.Line;
import dune.runtime.plot.Mark.Point;
import dune.runtime.plot.Mark.Weight;
import dune.runtime.plot.Mark.Words;
import java.util.ArrayList;
import java.util.List;

/// A picture of marks, the later ones above the earlier.
///
/// @param width in pixels
/// @param height in pixels
public record Drawing(int width, int height, List<Mark> marks) {
  public Drawing {
    marks = List.copyOf(marks);
    if (width < 1 || height < 1) throw new IllegalArgumentException(width + " x " + height);
  }

  /// Collects marks.
  public static final class Builder {
    private static final double TITLE = 15;
    private static final double SMALL = 12;

    private final List<Mark> marks = new ArrayList<>();

    public Builder box(double x, double y, double width, double height, double radius, Ink ink) {
      marks.add(new Box(x, y, width, height, radius, ink));
      return this;
    }

    public Builder line(List<Point> points, double width, Ink ink) {
      marks.add(new Line(points, width, ink));
      return this;
    }

    public Builder line(double x1, double y1, double x2, double y2, double width, Ink ink) {
      return line(List.of(new Point(x1, y1), new Point(x2, y2)), width, ink);
    }

    public Builder title(double x, double y, String text) {
      marks.add(new Words(x, y, text, Anchor.START, TITLE, Weight.STRONG, Ink.WORDS));
      return this;
    }

    public Builder words(double x, double y, String text, Anchor anchor) {
      marks.add(new Words(x, y, text, anchor, SMALL + 1, Weight.PLAIN, Ink.WORDS));
      return this;
    }

    public Builder small(double x, double y, String text, Anchor anchor) {
      marks.add(new Words(x, y, text, anchor, SMALL, Weight.PLAIN, Ink.SMALL_WORDS));
      return this;
    }

    public Drawing build(int width, int height) {
      return new Drawing(width, height, marks);
    }
  }
}
