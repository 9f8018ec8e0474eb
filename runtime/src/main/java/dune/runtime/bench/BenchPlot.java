package dune.runtime.bench;

import java.util.List;
import java.util.Locale;

/// A report as a picture (SVG): a bar for each row, as long as its speed, with its deviation as a
/// whisker. Prompts and texts have a scale of their own each.
public final class BenchPlot {
  private static final int WIDTH = 760;
  private static final int LEFT = 130;
  private static final int LONGEST = 440;
  private static final int BAR = 20;
  private static final int STEP = 28;
  private static final int HEAD = 52;
  private static final int TITLE = 40;

  private static final String STYLE =
      """
      <style>
        .ground { fill: #ffffff }
        text { font: 13px system-ui, sans-serif; fill: #1f2328 }
        .title { font-weight: 600; font-size: 15px }
        .small { font-size: 12px; fill: #59636e }
        .label { text-anchor: end }
        .axis { stroke: #8b949e; stroke-width: 1 }
        .whisker { stroke: #1f2328; stroke-width: 1.5; fill: none }
        .plain, .level2 { fill: #3b82c4 }
        .level0 { fill: #9aa4ae }
        .level1 { fill: #7fb069 }
        @media (prefers-color-scheme: dark) {
          .ground { fill: #0d1117 }
          text { fill: #e6edf3 }
          .small { fill: #9198a1 }
          .whisker { stroke: #e6edf3 }
          .plain, .level2 { fill: #5aa2e8 }
          .level0 { fill: #6e7681 }
          .level1 { fill: #6b9a58 }
        }
      </style>
      """;

  private final BenchReport report;
  private final StringBuilder body = new StringBuilder();
  private int y;

  private BenchPlot(BenchReport report) {
    this.report = report;
  }

  /// An SVG document.
  public static String of(BenchReport report) {
    return new BenchPlot(report).document();
  }

  private String document() {
    Candidate first = report.candidates().getFirst();
    int threads = report.machine().threads();
    text("title", 20, 28, first.facts().name() + ", " + first.facts().elem());
    text(
        "small",
        20,
        46,
        format(
            "%s, %s; this machine reads %.1f GB/s",
            report.machine().device(),
            threads == 1 ? "1 thread" : threads + " threads",
            report.machine().bandwidth() * 1e-9));
    y = HEAD;
    for (Timing.Kind kind : Timing.Kind.values()) {
      List<Row> rows = report.rows().stream().filter(row -> row.timing().kind() == kind).toList();
      if (!rows.isEmpty()) panel(kind, rows);
    }
    int height = y + 16;
    return format(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d"
                + " %d\" role=\"img\">\n",
            WIDTH, height, WIDTH, height)
        + STYLE
        + format("<rect class=\"ground\" width=\"%d\" height=\"%d\"/>\n", WIDTH, height)
        + body
        + "</svg>\n";
  }

  private void panel(Timing.Kind kind, List<Row> rows) {
    String what =
        switch (kind) {
          case PROMPT -> "Reading a prompt, tokens/s";
          case TEXT -> "Writing a text, tokens/s";
        };
    text("small", LEFT, y + 26, what);
    y += TITLE;
    double most =
        rows.stream()
            .mapToDouble(row -> row.timing().speed() + row.timing().deviation())
            .max()
            .orElseThrow();
    int top = y;
    for (Row row : rows) bar(row, LONGEST / most);
    body.append(
        format(
            "<line class=\"axis\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n",
            LEFT, top - 4, LEFT, y - STEP + BAR + 4));
  }

  private void bar(Row row, double scale) {
    Timing timing = row.timing();
    int middle = y + BAR / 2;
    double end = LEFT + timing.speed() * scale;
    double low = LEFT + Math.max(0, timing.speed() - timing.deviation()) * scale;
    double high = LEFT + (timing.speed() + timing.deviation()) * scale;
    text(
        "label",
        LEFT - 10,
        middle + 5,
        (timing.name() + " " + row.candidate().levelText()).strip());
    body.append(
        format(
            "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"2\"/>\n",
            style(row), LEFT, y, end - LEFT, BAR));
    if (timing.deviation() > 0) {
      body.append(
          format(
              "<path class=\"whisker\" d=\"M%.1f %dV%dM%.1f %dH%.1fM%.1f %dV%d\"/>\n",
              low, middle - 5, middle + 5, low, middle, high, high, middle - 5, middle + 5));
    }
    text(
        "value",
        (int) Math.round(high) + 10,
        middle + 5,
        format("%.2f ± %.2f", timing.speed(), timing.deviation()));
    y += STEP;
  }

  private static String style(Row row) {
    return row.candidate().level().map(level -> "level" + level.ordinal()).orElse("plain");
  }

  private void text(String style, int x, int baseline, String words) {
    body.append(
        format(
            "<text class=\"%s\" x=\"%d\" y=\"%d\">%s</text>\n",
            style, x, baseline, escaped(words)));
  }

  private static String escaped(String words) {
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }
}
