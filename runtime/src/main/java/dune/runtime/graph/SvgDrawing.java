package dune.runtime.graph;

import dune.runtime.graph.Item.Box;
import dune.runtime.graph.Item.Leaf;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Sets the places of a picture and writes it as SVG. Operations stand below one another in the
/// order of computation; a value goes straight down to the next operation, or by a lane on the
/// right to one that comes later.
final class SvgDrawing {
  private static final int WIDTH = 560;
  private static final int MARGIN = 20;
  private static final int INDENT = 14;
  private static final int GAP = 24;
  private static final int LINE = 16;
  private static final int LANE = 12;
  private static final int LETTER = 7;

  private static final String STYLE =
      """
      <style>
        svg { background: #ffffff; font: 13px ui-sans-serif, system-ui, sans-serif; }
        text { fill: #1f2328; }
        .block { fill: #8c959f; fill-opacity: 0.07; stroke: #8c959f; stroke-opacity: 0.55; }
        .title { font-weight: 600; fill: #57606a; }
        .name { font-weight: 600; }
        .small { font-size: 11px; fill: #57606a; }
        .edge { fill: none; stroke: #6e7781; stroke-width: 1.2; }
        .far { stroke-opacity: 0.65; }
        .far:hover { stroke: #cf222e; stroke-width: 2.4; }
        .leaf { stroke-opacity: 0.8; fill-opacity: 0.22; }
        .product { fill: #0969da; stroke: #0969da; }
        .attention { fill: #8250df; stroke: #8250df; }
        .norm { fill: #1a7f37; stroke: #1a7f37; }
        .gate { fill: #bc4c00; stroke: #bc4c00; }
        .rotary { fill: #bf3989; stroke: #bf3989; }
        .state { fill: #9a6700; stroke: #9a6700; }
        .experts { fill: #cf222e; stroke: #cf222e; }
        .other { fill: #6e7781; stroke: #6e7781; }
        a:hover .name { text-decoration: underline; }
        @media (prefers-color-scheme: dark) {
          svg { background: #0d1117; }
          text { fill: #e6edf3; }
          .title, .small { fill: #9198a1; }
          .edge { stroke: #9198a1; }
        }
      </style>
      <defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7"
        orient="auto-start-reverse"><path d="M0 0L8 4L0 8z" fill="#6e7781"/></marker></defs>
      """;

  /// Where an operation stands.
  private record Spot(int left, int right, int top, int bottom) {
    int middle() {
      return (top + bottom) / 2;
    }
  }

  private final Picture picture;
  private final Map<Integer, Spot> spots = new HashMap<>();
  private final List<Leaf> order = new ArrayList<>();
  private final StringBuilder boxes = new StringBuilder();
  private final StringBuilder text = new StringBuilder();

  SvgDrawing(Picture picture) {
    this.picture = picture;
  }

  String svg() {
    int bottom = items(picture.whole().items(), MARGIN, MARGIN + WIDTH, 52);
    int lanes = edges();
    int width = MARGIN + WIDTH + 40 + lanes * LANE;
    int height = bottom + MARGIN;
    return """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d">
    """
            .formatted(width, height, width, height)
        + STYLE
        + "<text class=\"name\" x=\"%d\" y=\"28\">%s</text>\n"
            .formatted(MARGIN, escaped(picture.title()))
        + boxes
        + text
        + "</svg>\n";
  }

  /// @return where the next item may begin
  private int items(List<Item> items, int left, int right, int top) {
    int y = top;
    for (Item item : items) {
      y =
          switch (item) {
            case Leaf leaf -> leaf(leaf, left, right, y);
            case Box box -> box(box, left, right, y);
          };
    }
    return y;
  }

  private int box(Box box, int left, int right, int top) {
    // What holds one thing alone is not worth a frame of its own.
    if (box.items().size() == 1 && box.times() == 1) return items(box.items(), left, right, top);
    int begin = boxes.length();
    int end = items(box.items(), left + INDENT, right - INDENT, top + LINE + 14) - GAP + INDENT;
    String title = box.path() + (box.times() > 1 ? "  × " + box.times() : "");
    boxes.insert(
        begin,
        """
        <rect class="block" x="%d" y="%d" width="%d" height="%d" rx="8"/>
        <text class="title" x="%d" y="%d">%s</text>
        """
            .formatted(
                left, top, right - left, end - top, left + 10, top + LINE + 2, escaped(title)));
    return end + GAP;
  }

  private int leaf(Leaf leaf, int left, int right, int top) {
    int height = 26 + LINE * leaf.details().size();
    spots.put(leaf.number(), new Spot(left, right, top, top + height));
    order.add(leaf);
    String kind = leaf.kind().name().toLowerCase(Locale.ROOT);
    int letters = (right - left - 20) / LETTER;
    text.append("<a href=\"%s\">\n".formatted(escaped(leaf.place().replace(":", "#L"))));
    text.append("<title>%s</title>\n".formatted(escaped(leaf.place() + "  " + leaf.result())));
    text.append(
        "<rect class=\"leaf %s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"5\"/>\n"
            .formatted(kind, left, top, right - left, height));
    String place = leaf.place().substring(leaf.place().lastIndexOf('/') + 1);
    int room = letters - place.length() - 2;
    text.append(
        "<text class=\"name\" x=\"%d\" y=\"%d\">%s</text>\n"
            .formatted(left + 10, top + 18, escaped(cut(leaf.name(), room))));
    text.append(
        "<text class=\"small\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n"
            .formatted(right - 10, top + 18, escaped(place)));
    int y = top + 18;
    for (String detail : leaf.details()) {
      y += LINE;
      text.append(
          "<text class=\"small\" x=\"%d\" y=\"%d\">%s</text>\n"
              .formatted(left + 10, y, escaped(cut(detail, letters))));
    }
    text.append("</a>\n");
    return top + height + GAP;
  }

  /// @return how many lanes there are
  private int edges() {
    var places = new HashMap<Integer, Integer>();
    for (int i = 0; i < order.size(); i++) places.put(order.get(i).number(), i);
    var far = new ArrayList<Edge>();
    for (Edge edge : picture.edges()) {
      if (!places.containsKey(edge.from()) || !places.containsKey(edge.to())) continue;
      int distance = places.get(edge.to()) - places.get(edge.from());
      if (distance == 1) near(edge);
      else if (distance > 1) far.add(edge);
    }
    far.sort(Comparator.comparing(edge -> places.get(edge.to()) - places.get(edge.from())));
    var lanes = new ArrayList<List<Edge>>();
    for (Edge edge : far) {
      int lane = 0;
      while (lane < lanes.size()
          && lanes.get(lane).stream().anyMatch(other -> meet(edge, other, places))) lane++;
      if (lane == lanes.size()) lanes.add(new ArrayList<>());
      lanes.get(lane).add(edge);
      far(edge, lane);
    }
    return lanes.size();
  }

  private static boolean meet(Edge one, Edge other, Map<Integer, Integer> places) {
    return places.get(one.from()) < places.get(other.to())
        && places.get(other.from()) < places.get(one.to());
  }

  private void near(Edge edge) {
    Spot from = spots.get(edge.from());
    Spot to = spots.get(edge.to());
    int x = (Math.max(from.left(), to.left()) + Math.min(from.right(), to.right())) / 2;
    text.append(
        "<path class=\"edge\" marker-end=\"url(#tip)\" d=\"M%d %dV%d\"/>\n"
            .formatted(x, from.bottom(), to.top()));
    text.append(
        "<text class=\"small\" x=\"%d\" y=\"%d\">%s</text>\n"
            .formatted(x + 8, from.bottom() + 16, escaped(edge.type())));
  }

  private void far(Edge edge, int lane) {
    Spot from = spots.get(edge.from());
    Spot to = spots.get(edge.to());
    int x = MARGIN + WIDTH + 20 + lane * LANE;
    text.append(
        """
        <path class="edge far" marker-end="url(#tip)" d="M%d %dH%dV%dH%d"><title>%s</title></path>
        """
            .formatted(
                from.right(),
                from.middle() + 5,
                x,
                to.middle() - 5,
                to.right() + 1,
                escaped(edge.type())));
  }

  private static String cut(String text, int letters) {
    return text.length() <= letters ? text : text.substring(0, Math.max(1, letters - 1)) + "…";
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
