package dune.runtime.train;

import dune.runtime.plot.Drawing;
import dune.runtime.plot.Ink;
import dune.runtime.plot.Mark.Anchor;
import dune.runtime.plot.Mark.Point;
import dune.runtime.plot.Ticks;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/// How the losses of a run went down: what was learned from in blue, each step pale and its running
/// mean strong, and what was measured by in orange.
final class LossPlot {
  private static final int WIDTH = 760;
  private static final int HEIGHT = 420;
  private static final int LEFT = 60;
  private static final int RIGHT = WIDTH - 28;
  private static final int TOP = 72;
  private static final int BOTTOM = HEIGHT - 50;

  /// How many steps are averaged: one part in so many of all.
  private static final int SMOOTHNESS = 40;

  /// So many evaluations are dots as well.
  private static final int MOST_DOTS = 60;

  private final Curve curve;
  private final List<Point> smooth;
  private final double most;
  private final Ticks losses;
  private final Drawing.Builder drawing = new Drawing.Builder();

  /// Losses in nats for each token, by the steps that were made before.
  record Curve(List<Point> training, List<Point> validation) {
    Curve {
      training = List.copyOf(training);
      validation = List.copyOf(validation);
    }

    boolean isEmpty() {
      return training.isEmpty() && validation.isEmpty();
    }
  }

  private LossPlot(Curve curve) {
    this.curve = curve;
    this.smooth = smooth(curve.training());
    this.most = Math.max(1, all(curve.training(), curve.validation()).max().orElse(1));
    // Single steps that jump up are cut off; the mean and the measured losses are all there.
    double low = losses(curve.training(), curve.validation()).min().orElse(0);
    double high = losses(smooth, curve.validation()).max().orElse(1);
    this.losses = Ticks.around(low, high, 9);
  }

  /// @param curve not empty
  static Drawing of(Curve curve) {
    return new LossPlot(curve).draw();
  }

  private static DoubleStream all(List<Point> one, List<Point> other) {
    return Stream.concat(one.stream(), other.stream()).mapToDouble(Point::x);
  }

  private static DoubleStream losses(List<Point> one, List<Point> other) {
    return Stream.concat(one.stream(), other.stream()).mapToDouble(Point::y);
  }

  /// The mean of as many steps before as behind, or of those that there are before.
  private static List<Point> smooth(List<Point> points) {
    var sums = new double[points.size() + 1];
    for (int i = 0; i < points.size(); i++) sums[i + 1] = sums[i] + points.get(i).y();
    int most = points.size() / (2 * SMOOTHNESS);
    var smooth = new ArrayList<Point>();
    for (int i = 0; i < points.size(); i++) {
      int before = Math.min(most, i);
      int behind = Math.min(before, points.size() - 1 - i);
      double mean = (sums[i + behind + 1] - sums[i - before]) / (before + behind + 1);
      smooth.add(new Point(points.get(i).x(), mean));
    }
    return smooth;
  }

  private Drawing draw() {
    drawing.title(20, 30, "Loss");
    drawing.small(20, 50, "nats for each token" + best(), Anchor.START);
    legend();
    grid();
    if (!curve.training().isEmpty()) {
      drawing.line(placed(thinned(curve.training())), 1, Ink.PALE_BLUE);
      drawing.line(placed(thinned(smooth)), 2, Ink.BLUE);
    }
    validation();
    return drawing.build(WIDTH, HEIGHT);
  }

  private String best() {
    return lowest()
        .map(
            point ->
                String.format(
                    Locale.ROOT,
                    "; the lowest validation loss is %.4f, at step %,d",
                    point.y(),
                    (long) point.x()))
        .orElse("");
  }

  private Optional<Point> lowest() {
    return curve.validation().stream().min(Comparator.comparingDouble(Point::y));
  }

  private void legend() {
    double x = RIGHT - 190;
    drawing.line(x, 25.5, x + 20, 25.5, 6, Ink.PALE_BLUE);
    drawing.line(x, 25.5, x + 20, 25.5, 2, Ink.BLUE);
    drawing.words(x + 30, 30, "training", Anchor.START);
    x += 104;
    drawing.line(x, 25.5, x + 20, 25.5, 2, Ink.ORANGE);
    drawing.line(List.of(new Point(x + 10, 25.5)), 7, Ink.ORANGE);
    drawing.words(x + 30, 30, "validation", Anchor.START);
  }

  private void grid() {
    for (double loss : losses.values()) {
      double y = y(loss);
      drawing.line(LEFT, y, RIGHT, y, 1, Ink.GRID);
      drawing.small(LEFT - 10, y + 4, losses.label(loss), Anchor.END);
    }
    Ticks steps = Ticks.around(0, most, 8);
    for (double step : steps.values()) {
      if (step > most || step != Math.rint(step)) continue;
      double x = x(step);
      drawing.line(x, BOTTOM, x, BOTTOM + 5, 1, Ink.AXIS);
      drawing.small(x, BOTTOM + 20, steps.label(step), Anchor.MIDDLE);
    }
    drawing.line(LEFT, BOTTOM, RIGHT, BOTTOM, 1, Ink.AXIS);
    drawing.small((LEFT + RIGHT) / 2.0, BOTTOM + 40, "steps", Anchor.MIDDLE);
  }

  private void validation() {
    if (curve.validation().isEmpty()) return;
    List<Point> places = placed(curve.validation());
    drawing.line(places, 2, Ink.ORANGE);
    if (places.size() <= MOST_DOTS) {
      for (Point place : places) drawing.line(List.of(place), 5, Ink.ORANGE);
    }
    Point lowest = placed(lowest().stream().toList()).getFirst();
    drawing.line(List.of(lowest), 10, Ink.ORANGE).line(List.of(lowest), 5, Ink.GROUND);
  }

  private List<Point> placed(List<Point> points) {
    return points.stream().map(point -> new Point(x(point.x()), y(point.y()))).toList();
  }

  private double x(double step) {
    return LEFT + (RIGHT - LEFT) * step / most;
  }

  private double y(double loss) {
    double share = (loss - losses.first()) / (losses.last() - losses.first());
    return BOTTOM - (BOTTOM - TOP) * Math.clamp(share, 0, 1);
  }

  /// No more points than pixels: of many that share one, the lowest and the highest.
  private static List<Point> thinned(List<Point> points) {
    int most = RIGHT - LEFT;
    if (points.size() <= 2 * most) return points;
    var thinned = new ArrayList<Point>();
    for (int i = 0; i < most; i++) {
      List<Point> shared =
          points.subList(
              (int) ((long) points.size() * i / most),
              (int) ((long) points.size() * (i + 1) / most));
      OptionalDouble low = losses(shared, List.of()).min();
      OptionalDouble high = losses(shared, List.of()).max();
      double x = shared.getFirst().x();
      thinned.add(new Point(x, i % 2 == 0 ? low.orElseThrow() : high.orElseThrow()));
      thinned.add(new Point(x, i % 2 == 0 ? high.orElseThrow() : low.orElseThrow()));
    }
    return thinned;
  }
}
