package dune.cli;

import dune.ir.Elem;
import dune.ir.checkpoint.Json;
import dune.runtime.summary.Block;
import dune.runtime.summary.ModelSummary;
import dune.weights.Amount;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// A summary as a table for people, and as JSON for programs.
final class SummaryText {
  private static final List<Elem> TYPES = List.of(Elem.F32, Elem.BF16, Elem.F16);

  private final ModelSummary summary;
  private final List<String> lines = new ArrayList<>();

  private SummaryText(ModelSummary summary) {
    this.summary = summary;
  }

  static String table(ModelSummary summary) {
    return new SummaryText(summary).table();
  }

  private record Row(String name, Block block) {}

  private String table() {
    var rows = new ArrayList<Row>();
    summary.whole().parts().forEach(part -> collect(part, "", rows));
    rows.add(new Row("total", summary.whole()));
    int width = rows.stream().mapToInt(row -> row.name().length()).max().orElse(0);
    String form = "%-" + width + "s  %6s  %17s  %17s  %12s";
    line(form, "block", "count", "parameters", "active", "FLOPs/token");
    for (Row row : rows) row(form, row);
    line("");
    notes();
    return String.join(System.lineSeparator(), lines);
  }

  private static void collect(Block block, String indent, List<Row> rows) {
    rows.add(new Row(indent + block.name(), block));
    block.parts().forEach(part -> collect(part, indent + "  ", rows));
  }

  private void row(String form, Row row) {
    var block = row.block();
    line(
        form,
        row.name(),
        block.count(),
        Amount.grouped(block.parameters()),
        Amount.grouped(block.active()),
        scaled(block.flops()));
  }

  private void notes() {
    line("model       %s(%s)", summary.whole().name(), settings());
    line(
        "parameters  %s%s",
        Amount.grouped(summary.whole().parameters()),
        summary.whole().active() == summary.whole().parameters()
            ? ""
            : ", of which one token meets " + Amount.grouped(summary.whole().active()));
    line("weights     %s", sizes(summary.weights()));
    if (summary.reasons().isEmpty()) {
      line("cache       %s per token", sizes(summary.cache()));
      line(
          "            %s for %s tokens", sizes(summary.kept()), Amount.grouped(summary.context()));
      line(
          "FLOPs       %s for the token after %s others: %s with weights, %s among tokens",
          scaled(summary.flops().total()),
          Amount.grouped(summary.context() - 1),
          scaled(summary.flops().withWeights()),
          scaled(summary.flops().amongTokens()));
    } else {
      line("cache       none: %s", summary.reasons().getFirst());
      line(
          "FLOPs       %s for each token, since all %s are computed anew",
          scaled(summary.flops().total()), Amount.grouped(summary.context()));
    }
    line(
        "            2 x the multiplications of every matrix product; work per element is not"
            + " counted");
  }

  private String settings() {
    return summary.parameters().entrySet().stream()
        .map(entry -> entry.getKey() + " = " + entry.getValue())
        .collect(Collectors.joining(", "));
  }

  /// The same size in several types once.
  private static String sizes(ModelSummary.Memory memory) {
    var sizes = new LinkedHashMap<String, List<String>>();
    for (Elem elem : TYPES) {
      sizes
          .computeIfAbsent(Amount.ofBytes(memory.bytes(elem)), _ -> new ArrayList<>())
          .add(elem.text());
    }
    return sizes.entrySet().stream()
        .map(entry -> entry.getKey() + " in " + String.join(" or ", entry.getValue()))
        .collect(Collectors.joining(", "));
  }

  private static String scaled(long number) {
    if (number < 1000) return Long.toString(number);
    double rest = number;
    int unit = 0;
    while (rest >= 999.5 && unit < 5) {
      rest /= 1000;
      unit++;
    }
    return String.format(
        Locale.ROOT, rest < 99.95 ? "%.1f %s" : "%.0f %s", rest, " KMGTP".charAt(unit));
  }

  private void line(String form, Object... values) {
    lines.add(String.format(Locale.ROOT, form, values).stripTrailing());
  }

  // JSON.

  /// Numbers are exact; memory is in bytes, by element type.
  static Json json(ModelSummary summary) {
    var fields = new LinkedHashMap<String, Json>();
    fields.put("model", new Json.Text(summary.whole().name()));
    var settings = new LinkedHashMap<String, Json>();
    summary.parameters().forEach((name, value) -> settings.put(name, new Json.Text(value)));
    fields.put("settings", new Json.Fields(settings));
    fields.put("parameters", new Json.Whole(summary.whole().parameters()));
    fields.put("active_parameters", new Json.Whole(summary.whole().active()));
    fields.put("weight_bytes", json(summary.weights()));
    fields.put("context", new Json.Whole(summary.context()));
    fields.put("cached", new Json.Bool(summary.reasons().isEmpty()));
    fields.put("cache_bytes_per_token", json(summary.cache()));
    fields.put("cache_bytes_for_context", json(summary.kept()));
    var flops = new LinkedHashMap<String, Json>();
    flops.put("with_weights", new Json.Whole(summary.flops().withWeights()));
    flops.put("among_tokens", new Json.Whole(summary.flops().amongTokens()));
    flops.put("total", new Json.Whole(summary.flops().total()));
    fields.put("flops_per_token", new Json.Fields(flops));
    fields.put("blocks", blocks(summary.whole().parts()));
    return new Json.Fields(fields);
  }

  private static Json blocks(List<Block> blocks) {
    return new Json.Items(blocks.stream().map(SummaryText::json).toList());
  }

  private static Json json(Block block) {
    var fields = new LinkedHashMap<String, Json>();
    fields.put("name", new Json.Text(block.name()));
    fields.put("count", new Json.Whole(block.count()));
    fields.put("parameters", new Json.Whole(block.parameters()));
    fields.put("active_parameters", new Json.Whole(block.active()));
    fields.put("flops_per_token", new Json.Whole(block.flops()));
    if (!block.parts().isEmpty()) fields.put("blocks", blocks(block.parts()));
    return new Json.Fields(fields);
  }

  private static Json json(ModelSummary.Memory memory) {
    var fields = new LinkedHashMap<String, Json>();
    for (Elem elem : TYPES) fields.put(elem.text(), new Json.Whole(memory.bytes(elem)));
    return new Json.Fields(fields);
  }
}
