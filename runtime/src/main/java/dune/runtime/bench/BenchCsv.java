package dune.runtime.bench;

import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/// A report as comma-separated values (RFC 4180), a line for each test. What is not known is empty.
final class BenchCsv {
  private static final String HEAD =
      "model,dtype,level,device,threads,test,tokens_per_second,deviation,bytes_per_second,"
          + "flops_per_second,bandwidth,bytes_per_token,compile_seconds,load_seconds,"
          + "planned_bytes,peak_bytes\n";

  private BenchCsv() {}

  static String of(BenchReport report) {
    return report.rows().stream()
        .map(row -> line(report.machine(), row))
        .collect(Collectors.joining("", HEAD, ""));
  }

  private static String line(BenchReport.Machine machine, Row row) {
    Candidate candidate = row.candidate();
    return List.of(
                "\"" + candidate.facts().name().replace("\"", "\"\"") + "\"",
                candidate.facts().elem().text(),
                candidate.levelText(),
                machine.device(),
                Integer.toString(machine.threads()),
                row.timing().name(),
                number("%.4f", row.timing().speed()),
                number("%.4f", row.timing().deviation()),
                number(row.reading()),
                number(row.computing()),
                number("%.4g", machine.bandwidth()),
                Long.toString(candidate.facts().bytesPerToken()),
                number("%.3f", candidate.compile()),
                number("%.3f", candidate.load()),
                number(row.peak().planned()),
                number(row.peak().observed()))
            .stream()
            .collect(Collectors.joining(","))
        + "\n";
  }

  private static String number(OptionalDouble number) {
    return number.isPresent() ? number("%.4g", number.getAsDouble()) : "";
  }

  private static String number(OptionalLong number) {
    return number.isPresent() ? Long.toString(number.getAsLong()) : "";
  }

  private static String number(String pattern, double number) {
    return String.format(Locale.ROOT, pattern, number);
  }
}
