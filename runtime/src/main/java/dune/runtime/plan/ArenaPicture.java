package dune.runtime.plan;

import dune.passes.plan.Buffer;
import dune.passes.plan.Footprint.Call;
import dune.passes.plan.MemoryPlan;
import dune.passes.plan.MemoryPlan.Placed;
import dune.weights.Amount;
import java.util.Locale;

/// The arena over time, as SVG: from left to right one call, from bottom to top the arena. A
/// rectangle is a buffer; its colour is that of the block that computes it, and scratch is pale.
public final class ArenaPicture {
  private static final int WIDTH = 1180;
  private static final int HEIGHT = 460;
  private static final int LEFT = 70;
  private static final int TOP = 46;

  private static final String STYLE =
      """
      <style>
        svg { background: #ffffff; font: 13px ui-sans-serif, system-ui, sans-serif; }
        text { fill: #1f2328; }
        .axis { stroke: #8c959f; fill: none; }
        rect.b { stroke: #ffffff; stroke-width: 0.4; }
        rect.b:hover { stroke: #1f2328; stroke-width: 1.5; }
        @media (prefers-color-scheme: dark) {
          svg { background: #0d1117; }
          text { fill: #e6edf3; }
          rect.b { stroke: #0d1117; }
          rect.b:hover { stroke: #e6edf3; }
        }
      </style>
      """;

  private ArenaPicture() {}

  public static String svg(String model, Call call) {
    MemoryPlan plan = call.plan();
    var text = new StringBuilder();
    text.append(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\">\n"
            .formatted(LEFT + WIDTH + 20, TOP + HEIGHT + 44, LEFT + WIDTH + 20, TOP + HEIGHT + 44));
    text.append(STYLE);
    text.append(
        "<text x=\"%d\" y=\"26\">%s: an arena of %s for a call of %d steps; %s are needed at once when most is</text>\n"
            .formatted(
                LEFT,
                escaped(model),
                Amount.ofBytes(plan.arena()),
                call.steps(),
                Amount.ofBytes(plan.needed())));
    axes(text, plan);
    for (Placed placed : plan.placed()) if (placed.bytes() > 0) rectangle(text, placed, plan);
    return text.append("</svg>\n").toString();
  }

  private static void axes(StringBuilder text, MemoryPlan plan) {
    text.append(
        "<path class=\"axis\" d=\"M%d %dV%dH%d\"/>\n"
            .formatted(LEFT, TOP, TOP + HEIGHT, LEFT + WIDTH));
    for (int quarter = 0; quarter <= 4; quarter++) {
      text.append(
          "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n"
              .formatted(
                  LEFT - 6,
                  TOP + HEIGHT - HEIGHT * quarter / 4 + 4,
                  quarter == 0 ? "0" : Amount.ofBytes(plan.arena() * quarter / 4)));
    }
    text.append(
        "<text x=\"%d\" y=\"%d\">first operation</text>\n".formatted(LEFT, TOP + HEIGHT + 24));
    text.append(
        "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">operation %d</text>\n"
            .formatted(LEFT + WIDTH, TOP + HEIGHT + 24, plan.nodes()));
  }

  private static void rectangle(StringBuilder text, Placed placed, MemoryPlan plan) {
    Buffer buffer = placed.buffer();
    double scale = (double) WIDTH / Math.max(1, plan.nodes() + 1);
    double height = (double) HEIGHT / Math.max(1, plan.arena());
    text.append(
        String.format(
            Locale.ROOT,
            "<rect class=\"b\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\""
                + " fill=\"%s\"><title>%s</title></rect>\n",
            LEFT + buffer.from() * scale,
            TOP + HEIGHT - placed.end() * height,
            Math.max(2, (buffer.until() - buffer.from() + 1) * scale),
            Math.max(0.5, placed.bytes() * height),
            colour(buffer),
            escaped(title(placed))));
  }

  private static String title(Placed placed) {
    Buffer buffer = placed.buffer();
    return "%s%s, %s = %s, %s %s"
        .formatted(
            buffer.what(),
            buffer.isScratch() ? " inside" : "",
            Amount.ofBytes(placed.bytes()),
            buffer.bytes(),
            buffer.origin().place(),
            buffer.origin().path());
  }

  /// Neighbouring layers differ; parts of one layer have one hue.
  private static String colour(Buffer buffer) {
    int number = layer(buffer.origin().path());
    int hue = number < 0 ? 210 : (number * 47 + 20) % 360;
    return buffer.isScratch()
        ? "hsl(%d 45%% 72%%)".formatted(hue)
        : "hsl(%d 55%% 55%%)".formatted(hue);
  }

  /// The first number of a path such as `layers.3.mlp`, or -1.
  private static int layer(String path) {
    for (String segment : path.split("\\.")) {
      if (segment.matches("\\d{1,6}")) return Integer.parseInt(segment);
    }
    return -1;
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
  }
}
