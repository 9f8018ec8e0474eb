package dune.runtime.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/// A report as JSON. What is not known is absent.
final class BenchJson {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private BenchJson() {}

  static String of(BenchReport report) {
    Candidate first = report.candidates().getFirst();
    ObjectNode root = JSON.createObjectNode();
    root.put("model", first.facts().name());
    root.put("dtype", first.facts().elem().text());
    root.put("device", report.machine().device());
    root.put("threads", report.machine().threads());
    root.put("bandwidth", report.machine().bandwidth());
    root.put("bytes_per_token", first.facts().bytesPerToken());
    ArrayNode tests = root.putArray("tests");
    for (Row row : report.rows()) add(tests.addObject(), row);
    try {
      return JSON.writeValueAsString(root) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void add(ObjectNode test, Row row) {
    Timing timing = row.timing();
    test.put("test", timing.name());
    test.put("tokens", timing.tokens());
    row.candidate().level().ifPresent(_ -> test.put("level", row.candidate().levelText()));
    test.put("tokens_per_second", timing.speed());
    test.put("deviation", timing.deviation());
    row.reading().ifPresent(bytes -> test.put("bytes_per_second", bytes));
    row.computing().ifPresent(flops -> test.put("flops_per_second", flops));
    test.put("compile_seconds", row.candidate().compile());
    test.put("load_seconds", row.candidate().load());
    row.peak().planned().ifPresent(bytes -> test.put("planned_bytes", bytes));
    row.peak().observed().ifPresent(bytes -> test.put("peak_bytes", bytes));
    ArrayNode seconds = test.putArray("seconds");
    timing.seconds().forEach(seconds::add);
  }
}
