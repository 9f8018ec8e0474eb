package dune.runtime.plot;

import dune.runtime.plot.Mark.Point;
import java.util.List;

/// Pixels with soft edges: each is covered by as much as it is near to the middle of a line or of a
/// box.
final class Raster {
  private final int width;
  private final int height;
  private final int[] pixels;

  /// How much of each pixel the mark covers that is being drawn; all zero between two marks.
  private final float[] cover;

  Raster(int width, int height, int ground) {
    this.width = width;
    this.height = height;
    this.pixels = new int[width * height];
    this.cover = new float[width * height];
    java.util.Arrays.fill(pixels, ground);
  }

  int width() {
    return width;
  }

  int height() {
    return height;
  }

  /// Red, green and blue, eight bits each.
  int pixel(int x, int y) {
    return pixels[y * width + x];
  }

  void box(double x, double y, double boxWidth, double boxHeight, double radius, int colour) {
    double middleX = x + boxWidth / 2;
    double middleY = y + boxHeight / 2;
    double round = Math.min(radius, Math.min(boxWidth, boxHeight) / 2);
    paint(
        bounds(x, y, x + boxWidth, y + boxHeight, 1),
        (px, py) -> {
          double dx = Math.abs(px - middleX) - boxWidth / 2 + round;
          double dy = Math.abs(py - middleY) - boxHeight / 2 + round;
          double outside = Math.hypot(Math.max(dx, 0), Math.max(dy, 0));
          return 0.5 + round - outside - Math.min(Math.max(dx, dy), 0);
        });
    flush(bounds(x, y, x + boxWidth, y + boxHeight, 1), colour);
  }

  /// Lines that are drawn together cover no pixel twice.
  void lines(List<List<Point>> lines, double lineWidth, int colour) {
    double left = Double.POSITIVE_INFINITY;
    double top = Double.POSITIVE_INFINITY;
    double right = Double.NEGATIVE_INFINITY;
    double bottom = Double.NEGATIVE_INFINITY;
    for (List<Point> line : lines) {
      for (int i = 0; i < line.size(); i++) {
        Point from = line.get(Math.max(0, i - 1));
        Point to = line.get(i);
        segment(from, to, lineWidth / 2);
        left = Math.min(left, to.x());
        right = Math.max(right, to.x());
        top = Math.min(top, to.y());
        bottom = Math.max(bottom, to.y());
      }
    }
    if (left <= right) flush(bounds(left, top, right, bottom, lineWidth / 2 + 1), colour);
  }

  private void segment(Point from, Point to, double radius) {
    double dx = to.x() - from.x();
    double dy = to.y() - from.y();
    double square = dx * dx + dy * dy;
    Bounds around =
        bounds(
            Math.min(from.x(), to.x()),
            Math.min(from.y(), to.y()),
            Math.max(from.x(), to.x()),
            Math.max(from.y(), to.y()),
            radius + 1);
    // What is thinner than a pixel is paler instead.
    double strength = Math.min(1, 2 * radius);
    double reach = Math.max(radius, 0.5);
    paint(
        around,
        (x, y) -> {
          double along = square == 0 ? 0 : ((x - from.x()) * dx + (y - from.y()) * dy) / square;
          double at = Math.clamp(along, 0, 1);
          double away = Math.hypot(x - from.x() - at * dx, y - from.y() - at * dy);
          return strength * Math.clamp(0.5 + reach - away, 0, 1);
        });
  }

  private interface Coverage {
    double at(double x, double y);
  }

  /// Pixels from the first to before the last.
  private record Bounds(int left, int top, int right, int bottom) {}

  private Bounds bounds(double left, double top, double right, double bottom, double more) {
    return new Bounds(
        Math.clamp((long) Math.floor(left - more), 0, width),
        Math.clamp((long) Math.floor(top - more), 0, height),
        Math.clamp((long) Math.ceil(right + more), 0, width),
        Math.clamp((long) Math.ceil(bottom + more), 0, height));
  }

  private void paint(Bounds within, Coverage coverage) {
    for (int y = within.top(); y < within.bottom(); y++) {
      for (int x = within.left(); x < within.right(); x++) {
        double covered = Math.clamp(coverage.at(x + 0.5, y + 0.5), 0, 1);
        int place = y * width + x;
        if (covered > cover[place]) cover[place] = (float) covered;
      }
    }
  }

  private void flush(Bounds within, int colour) {
    for (int y = within.top(); y < within.bottom(); y++) {
      for (int x = within.left(); x < within.right(); x++) {
        int place = y * width + x;
        pixels[place] = mixed(pixels[place], colour, cover[place]);
        cover[place] = 0;
      }
    }
  }

  private static int mixed(int below, int above, float share) {
    int mixed = 0;
    for (int shift = 0; shift <= 16; shift += 8) {
      int from = below >> shift & 0xff;
      int to = above >> shift & 0xff;
      mixed |= Math.round(from + (to - from) * share) << shift;
    }
    return mixed;
  }
}
