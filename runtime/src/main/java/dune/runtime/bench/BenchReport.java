package dune.runtime.bench;

import java.util.List;

/// What a bench found.
///
/// @param rows in the order of the tests
public record BenchReport(Machine machine, List<Row> rows) {

  /// Where it was found.
  ///
  /// @param threads of one operation
  /// @param bandwidth what the device reads per second, in bytes
  public record Machine(String device, int threads, double bandwidth) {}

  /// The forms of a report.
  public enum Format {
    /// A table for people.
    MD,
    /// A line for each test.
    CSV,
    /// Everything, each repetition included.
    JSON
  }

  public BenchReport {
    rows = List.copyOf(rows);
    if (rows.isEmpty()) throw new IllegalArgumentException("nothing was timed");
  }

  /// The candidates, in the order of their first rows.
  public List<Candidate> candidates() {
    return rows.stream().map(Row::candidate).distinct().toList();
  }

  /// @return in lines that end
  public String text(Format format) {
    return switch (format) {
      case MD -> BenchTable.of(this);
      case CSV -> BenchCsv.of(this);
      case JSON -> BenchJson.of(this);
    };
  }
}
