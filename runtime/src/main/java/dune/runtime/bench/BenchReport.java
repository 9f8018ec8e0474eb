package dune.runtime.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dune.runtime.model.Facts;
import dune.weights.Amount;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/// What a bench found, as text.
///
/// @param peak the most memory that the process held, in bytes, if the system tells
public record BenchReport(Setting setting, List<Timing> timings, OptionalLong peak) {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  /// What was timed, and where.
  ///
  /// @param bandwidth what the device reads per second, in bytes
  /// @param compile seconds from the `.dune` file to a program, or to open a bundle
  /// @param load seconds to load the program and bind the weights
  public record Setting(
      Facts model, String device, int threads, double bandwidth, double compile, double load) {}

  /// The forms of a report.
  public enum Format {
    MD,
    CSV,
    JSON
  }

  public BenchReport {
    timings = List.copyOf(timings);
  }

  public String text(Format format) {
    return switch (format) {
      case MD -> markdown();
      case CSV -> csv();
      case JSON -> json();
    };
  }

  /// Bytes of weights per second, where reading them is what bounds a test: in texts.
  OptionalDouble reading(Timing timing) {
    return switch (timing.kind()) {
      case PROMPT -> OptionalDouble.empty();
      case TEXT -> OptionalDouble.of(timing.speed() * setting.model().bytesPerToken());
    };
  }

  private String markdown() {
    var text = new StringBuilder();
    text.append("| model | dtype | device | threads | test | tokens/s | GB/s | of bandwidth |\n");
    text.append("| --- | --- | --- | ---: | --- | ---: | ---: | ---: |\n");
    for (Timing timing : timings) {
      OptionalDouble reading = reading(timing);
      text.append(
          format(
              "| %s | %s | %s | %d | %s | %.2f ± %.2f | %s | %s |\n",
              setting.model().name(),
              setting.model().elem().text(),
              setting.device(),
              setting.threads(),
              timing.name(),
              timing.speed(),
              timing.deviation(),
              reading.isPresent() ? format("%.1f", reading.getAsDouble() * 1e-9) : "",
              reading.isPresent()
                  ? format("%.0f %%", 100 * reading.getAsDouble() / setting.bandwidth())
                  : ""));
    }
    text.append(
        format(
            "%nCompiled in %.2f s, loaded in %.2f s. One token of a text reads %s of weights;"
                + " this machine reads %.1f GB/s.",
            setting.compile(),
            setting.load(),
            Amount.ofBytes(setting.model().bytesPerToken()),
            setting.bandwidth() * 1e-9));
    peak.ifPresent(bytes -> text.append(format(" Peak memory %s.", Amount.ofBytes(bytes))));
    return text.append("\n").toString();
  }

  private String csv() {
    return timings.stream()
        .map(
            timing ->
                format(
                    "\"%s\",%s,%s,%d,%s,%.4f,%.4f,%s,%.4g,%d,%.3f,%.3f,%s\n",
                    setting.model().name().replace("\"", "\"\""),
                    setting.model().elem().text(),
                    setting.device(),
                    setting.threads(),
                    timing.name(),
                    timing.speed(),
                    timing.deviation(),
                    reading(timing).stream()
                        .mapToObj(value -> format("%.4g", value))
                        .collect(Collectors.joining()),
                    setting.bandwidth(),
                    setting.model().bytesPerToken(),
                    setting.compile(),
                    setting.load(),
                    peak.stream().mapToObj(Long::toString).collect(Collectors.joining())))
        .collect(
            Collectors.joining(
                "",
                "model,dtype,device,threads,test,tokens_per_second,deviation,bytes_per_second,"
                    + "bandwidth,bytes_per_token,compile_seconds,load_seconds,peak_bytes\n",
                ""));
  }

  private String json() {
    ObjectNode root = JSON.createObjectNode();
    root.put("model", setting.model().name());
    root.put("dtype", setting.model().elem().text());
    root.put("device", setting.device());
    root.put("threads", setting.threads());
    root.put("bandwidth", setting.bandwidth());
    root.put("bytes_per_token", setting.model().bytesPerToken());
    root.put("compile_seconds", setting.compile());
    root.put("load_seconds", setting.load());
    peak.ifPresent(bytes -> root.put("peak_bytes", bytes));
    ArrayNode tests = root.putArray("tests");
    for (Timing timing : timings) {
      ObjectNode test = tests.addObject();
      test.put("test", timing.name());
      test.put("tokens", timing.tokens());
      test.put("tokens_per_second", timing.speed());
      test.put("deviation", timing.deviation());
      reading(timing).ifPresent(bytes -> test.put("bytes_per_second", bytes));
      ArrayNode seconds = test.putArray("seconds");
      timing.seconds().forEach(seconds::add);
    }
    try {
      return JSON.writeValueAsString(root) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }
}
