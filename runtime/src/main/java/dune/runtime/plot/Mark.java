package dune.runtime.plot;

import java.util.List;

/// Something that is drawn. Places are in pixels from the left and from the top.
public sealed interface Mark {
  Ink ink();

  /// A place.
  record Point(double x, double y) {}

  /// A filled rectangle.
  ///
  /// @param radius of its corners
  record Box(double x, double y, double width, double height, double radius, Ink ink)
      implements Mark {}

  /// A line through points, with round ends and corners; through one point, a dot.
  record Line(List<Point> points, double width, Ink ink) implements Mark {
    public Line {
      points = List.copyOf(points);
      if (points.isEmpty()) throw new IllegalArgumentException("a line without points");
    }
  }

  /// One line of words.
  ///
  /// @param y of the line they stand on
  /// @param size of letters, in pixels, as in CSS
  record Words(double x, double y, String text, Anchor anchor, double size, Weight weight, Ink ink)
      implements Mark {}

  /// What of the words stands at their place.
  enum Anchor {
    START("start", 0),
    MIDDLE("middle", 0.5),
    END("end", 1);

    private final String word;
    private final double share;

    Anchor(String word, double share) {
      this.word = word;
      this.share = share;
    }

    String word() {
      return word;
    }

    /// How much of the words is left of their place.
    double share() {
      return share;
    }
  }

  /// How strong letters are.
  enum Weight {
    PLAIN,
    STRONG
  }
}
