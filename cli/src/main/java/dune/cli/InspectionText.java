package dune.cli;

import dune.ir.checkpoint.Json;
import dune.runtime.inspect.Inspection;
import dune.runtime.inspect.Inspection.Mapping;
import dune.runtime.inspect.Inspection.Member;
import dune.runtime.library.ModelFile;
import dune.weights.Amount;
import dune.weights.Quoted;
import dune.weights.bind.Finding;
import dune.weights.bind.ReportText;
import dune.weights.json.JsonText;
import dune.weights.tensor.DType;
import dune.weights.tensor.DataFile;
import dune.weights.tensor.TensorInfo;
import dune.weights.tensor.Tensors;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// An inspection for people.
final class InspectionText {
  private static final int MOST_PROBLEMS = 10;

  /// Equal tensors of several layers are one line, or each has its own.
  enum Layers {
    FOLDED,
    ALL
  }

  private final Inspection inspection;
  private final Layers layers;
  private final Map<String, List<Member>> members;
  private final List<String> lines = new ArrayList<>();

  private InspectionText(Inspection inspection, Layers layers) {
    this.inspection = inspection;
    this.layers = layers;
    this.members = inspection.members();
  }

  static String of(Inspection inspection, Layers layers) {
    return new InspectionText(inspection, layers).text();
  }

  private String text() {
    tensors();
    lines.add("");
    totals();
    files();
    config();
    model();
    return String.join(System.lineSeparator(), lines);
  }

  // Tensors.

  /// What tensors of one line have in common.
  private record Kind(
      String form, DType type, List<Long> shape, String members, Set<String> lines) {}

  private void tensors() {
    var groups = new LinkedHashMap<Object, List<TensorInfo>>();
    for (Tensors.Located tensor : inspection.checkpoint().tensors().all().values()) {
      var info = tensor.info();
      var key = layers == Layers.FOLDED ? kind(info) : info;
      groups.computeIfAbsent(key, _ -> new ArrayList<>()).add(info);
    }
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("tensor", "count", "type", "shape", "size", "weight of the model"));
    groups.values().forEach(group -> rows.add(row(group)));
    int[] widths = new int[5];
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) widths[i] = Math.max(widths[i], row.get(i).length());
    }
    for (List<String> row : rows) {
      lines.add(
          String.format(
                  Locale.ROOT,
                  "%-" + widths[0] + "s  %" + widths[1] + "s  %-" + widths[2] + "s  %-" + widths[3]
                      + "s  %" + widths[4] + "s  %s",
                  row.toArray())
              .stripTrailing());
    }
  }

  private Kind kind(TensorInfo info) {
    var made = members.getOrDefault(info.name(), List.of());
    return new Kind(
        NumberedNames.form(info.name()),
        info.type(),
        info.shape(),
        made.stream()
            .map(member -> NumberedNames.form(member.path()))
            .collect(Collectors.joining()),
        made.stream().map(Member::declared).collect(Collectors.toCollection(LinkedHashSet::new)));
  }

  /// @param group tensors of one line
  private List<String> row(List<TensorInfo> group) {
    var first = group.getFirst();
    return List.of(
        NumberedNames.fold(group.stream().map(info -> Quoted.plain(info.name())).toList()),
        Integer.toString(group.size()),
        type(first),
        first.shape().toString(),
        Amount.ofBytes(group.stream().mapToLong(TensorInfo::bytes).sum()),
        weights(group));
  }

  private static String type(TensorInfo info) {
    return info.type().name().toLowerCase(Locale.ROOT);
  }

  /// `layers.{0..31}.mlp.up_proj.weight (std/linear.dune:4)`
  private String weights(List<TensorInfo> group) {
    if (!(inspection.mapping() instanceof Mapping.Known(_, var report))) return "";
    var paths = new LinkedHashMap<String, List<String>>();
    var declared = new LinkedHashSet<String>();
    for (TensorInfo info : group) {
      for (Member member : members.getOrDefault(info.name(), List.of())) {
        paths
            .computeIfAbsent(NumberedNames.form(member.path()), _ -> new ArrayList<>())
            .add(member.path());
        declared.add(member.declared());
      }
    }
    if (paths.isEmpty()) {
      var name = group.getFirst().name();
      boolean ignored =
          report.findings().stream()
              .anyMatch(
                  finding ->
                      finding instanceof Finding.Ignored(var tensor) && tensor.name().equals(name));
      return ignored ? "- (ignored)" : "-";
    }
    return paths.values().stream().map(NumberedNames::fold).collect(Collectors.joining(", "))
        + " ("
        + String.join(", ", declared)
        + ")";
  }

  // What is said below the table.

  private void totals() {
    var all =
        inspection.checkpoint().tensors().all().values().stream()
            .map(Tensors.Located::info)
            .toList();
    var types = new TreeMap<String, List<TensorInfo>>();
    for (TensorInfo info : all) types.computeIfAbsent(type(info), _ -> new ArrayList<>()).add(info);
    said("total", total(all));
    if (types.size() > 1) types.forEach((type, infos) -> said("  " + type, total(infos)));
    else types.keySet().forEach(type -> said("type", type));
  }

  private static String total(List<TensorInfo> infos) {
    long bytes = infos.stream().mapToLong(TensorInfo::bytes).sum();
    long numbers = infos.stream().mapToLong(InspectionText::elements).sum();
    var tensors = infos.size() == 1 ? "1 tensor" : Amount.grouped(infos.size()) + " tensors";
    return tensors + ", " + Amount.grouped(numbers) + " numbers, " + Amount.ofBytes(bytes);
  }

  static long elements(TensorInfo info) {
    return info.shape().stream().reduce(1L, (a, b) -> a * b);
  }

  private void files() {
    for (DataFile file : inspection.checkpoint().tensors().files()) {
      said(
          "file",
          Quoted.plain(file.path().getFileName().toString()) + ", " + Amount.ofBytes(file.size()));
    }
    inspection
        .metadata()
        .forEach((key, value) -> said("metadata", Quoted.plain(key) + " = " + Quoted.plain(value)));
  }

  private void config() {
    if (!inspection.checkpoint().hasConfig()) return;
    if (!(inspection.checkpoint().config().value() instanceof Json.Fields(var values, _))) return;
    var shown = new ArrayList<String>();
    values.forEach(
        (key, value) -> shown.add(Quoted.plain(key) + " = " + Quoted.plain(JsonText.line(value))));
    said("config", String.join(", ", shown));
  }

  private void model() {
    var named =
        inspection.architecture().map(Quoted::name).orElse("an unnamed architecture")
            + inspection
                .modelType()
                .map(type -> " (model_type " + Quoted.name(type) + ")")
                .orElse("");
    switch (inspection.mapping()) {
      case Mapping.Known(var file, var report) -> {
        said("model", file.text().name() + " for " + named);
        said("fits", ReportText.summary(report));
        var problems = report.problems();
        problems.stream()
            .limit(MOST_PROBLEMS)
            .forEach(problem -> said("", ReportText.line(problem)));
        if (problems.size() > MOST_PROBLEMS) {
          said(
              "",
              "and "
                  + (problems.size() - MOST_PROBLEMS)
                  + " more; `dunec check --weights` lists all");
        }
      }
      case Mapping.Mistaken(var file, _) ->
          said(
              "model",
              file.text().name() + " for " + named + ", which cannot be made of this config");
      case Mapping.Unknown _ -> {
        said(
            "model",
            "none is written for "
                + named
                + "; dune comes with "
                + String.join(", ", ModelFile.architectures()));
        advice();
      }
      case Mapping.Unnamed() -> {
        said("model", "config.json names no architecture; --model FILE.dune says which one it is");
        advice();
      }
      case Mapping.Unsettled() ->
          said("model", "no config.json lies beside it, so no model has sizes; copy it there");
    }
  }

  private void advice() {
    said(
        "",
        "\"Writing a new architecture\" in docs/language.md leads from such a list to a model;");
    said("", "put its .dune file into this folder, where it is found, or name it with --model");
  }

  private void said(String what, String text) {
    lines.add(String.format(Locale.ROOT, "%-10s%s", what, text).stripTrailing());
  }
}
