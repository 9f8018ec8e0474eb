package dune.runtime.adapter;

import dune.ir.Program;
import dune.passes.lora.Adapter;
import dune.passes.lora.Projection;
import dune.passes.lora.Projections;
import dune.passes.lora.Selector;
import dune.weights.EditDistance;
import dune.weights.InputFailure;
import dune.weights.UsageFailure;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/// Which adapters a finetuning adds, as it is said on the command line:
/// `rank=8,alpha=16,on=attention.q + attention.v`.
///
/// @param on a selector, see {@link Selector}
/// @param dropout of what A reads, in training
/// @param dora whether the lengths of rows learn too (arXiv 2402.09353)
public record LoraRequest(
    int rank, double alpha, String on, PeftFolder.Scaling scaling, double dropout, boolean dora) {
  private static final String USUAL = "attention.q + attention.v";
  private static final List<String> KEYS =
      List.of("rank", "alpha", "on", "dropout", "scaling", "dora");

  public LoraRequest {
    require(rank >= 1, "rank must be 1 or more");
    require(alpha > 0 && Double.isFinite(alpha), "alpha must be above 0");
    require(dropout >= 0 && dropout < 1, "dropout must be from 0 to 1");
    parsed(on);
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) throw new UsageFailure("--lora: " + otherwise);
  }

  private static Selector parsed(String on) {
    try {
      return Selector.parse(on);
    } catch (IllegalArgumentException e) {
      throw new UsageFailure("--lora: " + e.getMessage());
    }
  }

  /// Reads what {@link #toString} writes. What is left out: rank 8, alpha twice the rank, on
  /// queries and values.
  ///
  /// @throws UsageFailure if it says something else
  public static LoraRequest parse(String text) {
    Map<String, String> values = values(text);
    int rank = (int) number(values, "rank", 8);
    return new LoraRequest(
        rank,
        number(values, "alpha", 2.0 * rank),
        values.getOrDefault("on", USUAL),
        scaling(values.getOrDefault("scaling", "plain")),
        number(values, "dropout", 0),
        flag(values, "dora"));
  }

  private static Map<String, String> values(String text) {
    var values = new LinkedHashMap<String, String>();
    for (String part : text.split(",")) {
      if (part.isBlank()) continue;
      int at = part.indexOf('=');
      String key = (at < 0 ? part : part.substring(0, at)).strip();
      if (!KEYS.contains(key)) throw unknown(key);
      String value = at < 0 ? "" : part.substring(at + 1).strip();
      require(at >= 0 || key.equals("dora"), "`" + key + "` has no value; write " + key + "=...");
      require(values.put(key, value) == null, "`" + key + "` is there twice");
    }
    return values;
  }

  private static UsageFailure unknown(String key) {
    String nearest =
        KEYS.stream()
            .filter(known -> EditDistance.between(known, key) <= 2)
            .findFirst()
            .map(known -> "; did you mean `" + known + "`?")
            .orElse("; it knows " + String.join(", ", KEYS));
    return new UsageFailure("--lora: nothing is called `%s`%s".formatted(key, nearest));
  }

  private static double number(Map<String, String> values, String key, double usual) {
    String value = values.get(key);
    if (value == null) return usual;
    try {
      double number = Double.parseDouble(value);
      boolean whole = !key.equals("rank") || number == Math.rint(number);
      require(whole, "rank must be a whole number, not " + value);
      return number;
    } catch (NumberFormatException _) {
      throw new UsageFailure("--lora: `%s` is no number for %s".formatted(value, key));
    }
  }

  private static PeftFolder.Scaling scaling(String name) {
    return switch (name) {
      case "plain" -> PeftFolder.Scaling.PLAIN;
      case "rslora" -> PeftFolder.Scaling.RANK_STABILIZED;
      default ->
          throw new UsageFailure(
              "--lora: scaling is plain (alpha / rank) or rslora (alpha / sqrt(rank)), not "
                  + name);
    };
  }

  private static boolean flag(Map<String, String> values, String key) {
    String value = values.getOrDefault(key, "false");
    require(List.of("", "true", "false").contains(value), key + " is true or false");
    return !value.equals("false");
  }

  /// @throws InputFailure if the model has nothing of what is named
  public List<Projection> matched(Program written) {
    try {
      return parsed(on).select(Projections.of(written));
    } catch (IllegalArgumentException e) {
      throw new InputFailure("--lora: " + e.getMessage());
    }
  }

  /// The adapters for what the selector matches.
  public List<Adapter> adapters(Program written) {
    double scale = alpha / (scaling == PeftFolder.Scaling.PLAIN ? rank : Math.sqrt(rank));
    return matched(written).stream()
        .map(Projection::weight)
        .distinct()
        .map(weight -> adapter(weight, scale))
        .toList();
  }

  private Adapter adapter(String weight, double scale) {
    return Adapter.scaled(weight, rank, scale)
        .with(dora ? Adapter.Lengths.LEARNED : Adapter.Lengths.FREE)
        .withDropout(dropout);
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "rank=%d,alpha=%s,on=%s,scaling=%s,dropout=%s,dora=%s",
        rank,
        alpha,
        on,
        scaling == PeftFolder.Scaling.PLAIN ? "plain" : "rslora",
        dropout,
        dora);
  }

  /// What a selector matched, for people: names with their layers' numbers left out, each once,
  /// with how often it is there.
  public static String matchedText(List<Projection> matched) {
    Map<String, Long> counts =
        matched.stream()
            .map(Projection::weight)
            .distinct()
            .collect(
                Collectors.groupingBy(
                    weight -> weight.replaceAll("\\.\\d+\\.", ".*."),
                    LinkedHashMap::new,
                    Collectors.counting()));
    return counts.entrySet().stream()
        .map(each -> each.getKey() + (each.getValue() == 1 ? "" : " x " + each.getValue()))
        .collect(Collectors.joining(", "));
  }
}
