package dune.runtime.bench;

import dune.runtime.plot.Drawing;
import dune.runtime.plot.Ink;
import dune.runtime.plot.Mark.Anchor;
import java.util.List;
import java.util.Locale;

/// A report as a picture: a bar for each row, as long as its speed, with its deviation as a
/// whisker. Prompts and texts have a scale of their own each.
public final class BenchPlot {
  private static final int WIDTH = 760;
  private static final int LEFT = 130;
  private static final int LONGEST = 440;
  private static final int BAR = 20;
  private static final int STEP = 28;
  private static final int HEAD = 52;
  private static final int TITLE = 40;

  private final BenchReport report;
  private final Drawing.Builder drawing = new Drawing.Builder();
  private int y;

  private BenchPlot(BenchReport report) {
    this.report = report;
  }

  public static Drawing of(BenchReport report) {
    return new BenchPlot(report).draw();
  }

  private Drawing draw() {
    Candidate first = report.candidates().getFirst();
    int threads = report.machine().threads();
    drawing.title(20, 28, first.facts().name() + ", " + first.facts().elem());
    drawing.small(
        20,
        46,
        format(
            "%s, %s; this machine reads %.1f GB/s",
            report.machine().device(),
            threads == 1 ? "1 thread" : threads + " threads",
            report.machine().bandwidth() * 1e-9),
        Anchor.START);
    y = HEAD;
    for (Timing.Kind kind : Timing.Kind.values()) {
      List<Row> rows = report.rows().stream().filter(row -> row.timing().kind() == kind).toList();
      if (!rows.isEmpty()) panel(kind, rows);
    }
    return drawing.build(WIDTH, y + 16);
  }

  private void panel(Timing.Kind kind, List<Row> rows) {
    String what =
        switch (kind) {
          case PROMPT -> "Reading a prompt, tokens/s";
          case TEXT -> "Writing a text, tokens/s";
        };
    drawing.small(LEFT, y + 26, what, Anchor.START);
    y += TITLE;
    double most =
        rows.stream()
            .mapToDouble(row -> row.timing().speed() + row.timing().deviation())
            .max()
            .orElseThrow();
    int top = y;
    for (Row row : rows) bar(row, LONGEST / most);
    drawing.line(LEFT, top - 4, LEFT, y - STEP + BAR + 4, 1, Ink.AXIS);
  }

  private void bar(Row row, double scale) {
    Timing timing = row.timing();
    int middle = y + BAR / 2;
    double low = LEFT + Math.max(0, timing.speed() - timing.deviation()) * scale;
    double high = LEFT + (timing.speed() + timing.deviation()) * scale;
    String name = (timing.name() + " " + row.candidate().levelText()).strip();
    drawing.words(LEFT - 10, middle + 5, name, Anchor.END);
    drawing.box(LEFT, y, timing.speed() * scale, BAR, 2, ink(row));
    if (timing.deviation() > 0) {
      drawing.line(low, middle - 5, low, middle + 5, 1.5, Ink.WORDS);
      drawing.line(low, middle, high, middle, 1.5, Ink.WORDS);
      drawing.line(high, middle - 5, high, middle + 5, 1.5, Ink.WORDS);
    }
    drawing.words(
        Math.round(high) + 10,
        middle + 5,
        format("%.2f ± %.2f", timing.speed(), timing.deviation()),
        Anchor.START);
    y += STEP;
  }

  private static Ink ink(Row row) {
    return row.candidate()
        .level()
        .map(
            level ->
                switch (level) {
                  case O0 -> Ink.GREY;
                  case O1 -> Ink.GREEN;
                  case O2 -> Ink.BLUE;
                })
        .orElse(Ink.BLUE);
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }
}
