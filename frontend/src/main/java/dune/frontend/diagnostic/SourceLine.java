package dune.frontend.diagnostic;

import dune.frontend.diagnostic.Label.Role;
import dune.frontend.source.SourceText;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/// One line of source as a terminal shows it, and the rows of marks below it.
///
/// Tabs advance to the next multiple of four, wide characters take two cells, and characters that a
/// terminal would obey are replaced. Of a very long line only the part around its labels is shown.
record SourceLine(String text, List<List<Piece>> marks) {
  private static final int TAB = 4;
  private static final int WIDEST = 160;
  private static final int LEAD = 40;

  /// A part of a row of marks, in the ink of one label.
  record Piece(Role role, String text) {}

  /// A label in cells: `start` inclusive, `end` exclusive, at least one cell wide.
  private record Mark(Role role, int start, int end, String text) {}

  static SourceLine of(SourceText source, int number, List<Label> labels) {
    String line = source.lineText(number);
    int lineStart = source.lineStart(number);
    int[] cells = new int[line.length() + 1];
    var shown = new StringBuilder();
    int cell = 0;
    for (int i = 0; i < line.length(); ) {
      int point = line.codePointAt(i);
      int units = Character.charCount(point);
      Arrays.fill(cells, i, i + units, cell);
      int width = point == '\t' ? TAB - cell % TAB : Cells.width(point);
      shown.append(point == '\t' ? " ".repeat(width) : Cells.printable(point));
      cell += width;
      i += units;
    }
    cells[line.length()] = cell;
    var marks = new ArrayList<Mark>();
    for (var label : labels) {
      int start = cells[Math.clamp(label.span().start() - lineStart, 0, line.length())];
      int end = cells[Math.clamp(label.span().end() - lineStart, 0, line.length())];
      marks.add(new Mark(label.role(), start, Math.max(start + 1, end), label.text()));
    }
    return cut(shown.toString(), cell, marks);
  }

  private static SourceLine cut(String text, int width, List<Mark> marks) {
    if (width <= WIDEST || text.length() != width) {
      return new SourceLine(text, rows(marks));
    }
    int first = marks.stream().mapToInt(Mark::start).min().orElse(0);
    int from = Math.clamp(first - LEAD, 0, Math.max(0, width - WIDEST));
    int to = Math.min(width, from + WIDEST);
    var moved =
        marks.stream()
            .filter(mark -> mark.start() <= to)
            .map(
                mark ->
                    new Mark(
                        mark.role(),
                        mark.start() - from,
                        Math.min(mark.end(), to + 1) - from,
                        mark.text()))
            .toList();
    String shown =
        (from > 0 ? "…" + text.substring(from + 1, to) : text.substring(from, to))
            + (to < width ? "…" : "");
    return new SourceLine(shown, rows(moved));
  }

  /// The underlines with the text of the last label, then the other texts, each hanging from its
  /// mark.
  private static List<List<Piece>> rows(List<Mark> marks) {
    if (marks.isEmpty()) {
      return List.of();
    }
    var ordered =
        marks.stream().sorted(Comparator.comparing(Mark::start).thenComparing(Mark::end)).toList();
    var rows = new ArrayList<List<Piece>>();
    var underlines = new Row();
    ordered.stream()
        .sorted(Comparator.comparing(Mark::role).reversed())
        .forEach(
            mark ->
                underlines.put(
                    mark.start(),
                    (mark.role() == Role.PRIMARY ? "^" : "-").repeat(mark.end() - mark.start()),
                    mark.role()));
    var last = ordered.getLast();
    boolean free = ordered.stream().allMatch(mark -> mark == last || mark.end() <= last.start());
    var hanging = new ArrayList<>(ordered);
    if (free) {
      underlines.put(last.end() + 1, last.text(), last.role());
      hanging.removeLast();
    }
    hanging.removeIf(mark -> mark.text().isEmpty());
    rows.add(underlines.pieces());
    boolean first = true;
    while (!hanging.isEmpty()) {
      if (first) {
        rows.add(bars(hanging, hanging.size()));
        first = false;
      }
      var mark = hanging.removeLast();
      var row = new Row();
      hanging.forEach(other -> row.put(other.start(), "|", other.role()));
      row.put(mark.start(), mark.text(), mark.role());
      rows.add(row.pieces());
    }
    return rows;
  }

  private static List<Piece> bars(List<Mark> marks, int count) {
    var row = new Row();
    marks.subList(0, count).forEach(mark -> row.put(mark.start(), "|", mark.role()));
    return row.pieces();
  }

  /// Cells with the role of the label that they belong to; later puts win.
  private static final class Row {
    private final StringBuilder text = new StringBuilder();
    private final List<Role> roles = new ArrayList<>();

    void put(int start, String what, Role role) {
      while (text.length() < start + what.length()) {
        text.append(' ');
        roles.add(Role.SECONDARY);
      }
      text.replace(start, start + what.length(), what);
      for (int i = start; i < start + what.length(); i++) {
        roles.set(i, role);
      }
    }

    List<Piece> pieces() {
      var pieces = new ArrayList<Piece>();
      int start = 0;
      for (int i = 1; i <= text.length(); i++) {
        if (i == text.length() || roles.get(i) != roles.get(start)) {
          pieces.add(new Piece(roles.get(start), text.substring(start, i)));
          start = i;
        }
      }
      return pieces;
    }
  }
}
