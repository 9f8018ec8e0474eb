package dune.runtime.bench;

import dune.weights.Amount;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/// A report as a table in Markdown.
final class BenchTable {
  private final BenchReport report;

  private BenchTable(BenchReport report) {
    this.report = report;
  }

  static String of(BenchReport report) {
    return new BenchTable(report).text();
  }

  /// @param rule what stands below the name: how the column is aligned
  private record Column(String name, String rule, java.util.function.Function<Row, String> cell) {}

  private List<Column> columns() {
    var machine = report.machine();
    var columns = new ArrayList<Column>();
    columns.add(new Column("model", "---", row -> row.candidate().facts().name()));
    columns.add(new Column("dtype", "---", row -> row.candidate().facts().elem().text()));
    if (report.candidates().stream().anyMatch(one -> one.level().isPresent())) {
      columns.add(new Column("level", "---", row -> row.candidate().levelText()));
    }
    columns.add(new Column("device", "---", _ -> machine.device()));
    columns.add(new Column("threads", "---:", _ -> Integer.toString(machine.threads())));
    columns.add(new Column("test", "---", row -> row.timing().name()));
    columns.add(
        new Column(
            "tokens/s",
            "---:",
            row -> format("%.2f ± %.2f", row.timing().speed(), row.timing().deviation())));
    columns.add(new Column("GB/s", "---:", row -> scaled("%.1f", row.reading(), 1e-9)));
    columns.add(
        new Column(
            "of bandwidth",
            "---:",
            row -> scaled("%.0f %%", row.reading(), 100 / machine.bandwidth())));
    columns.add(new Column("GFLOP/s", "---:", row -> scaled("%.1f", row.computing(), 1e-9)));
    if (report.rows().stream().anyMatch(row -> row.peak().planned().isPresent())) {
      columns.add(new Column("planned memory", "---:", row -> amount(row.peak().planned())));
    }
    if (report.rows().stream().anyMatch(row -> row.peak().observed().isPresent())) {
      columns.add(new Column("peak memory", "---:", row -> amount(row.peak().observed())));
    }
    return columns;
  }

  private String text() {
    var text = new StringBuilder();
    List<Column> columns = columns();
    line(text, columns.stream().map(Column::name).toList());
    line(text, columns.stream().map(Column::rule).toList());
    for (Row row : report.rows()) {
      line(text, columns.stream().map(column -> column.cell().apply(row)).toList());
    }
    text.append('\n');
    for (Candidate one : report.candidates()) {
      text.append(one.levelText().isEmpty() ? "" : one.levelText() + ": ")
          .append(format("compiled in %.2f s, loaded in %.2f s.\n", one.compile(), one.load()));
    }
    return text.append(
            format(
                "One token of a text reads %s of weights; this machine reads %.1f GB/s.\n",
                Amount.ofBytes(report.candidates().getFirst().facts().bytesPerToken()),
                report.machine().bandwidth() * 1e-9))
        .toString();
  }

  private static void line(StringBuilder text, List<String> cells) {
    text.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }

  private static String scaled(String pattern, OptionalDouble number, double scale) {
    return number.isPresent() ? format(pattern, number.getAsDouble() * scale) : "";
  }

  private static String amount(OptionalLong bytes) {
    return bytes.isPresent() ? Amount.ofBytes(bytes.getAsLong()) : "";
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }
}
