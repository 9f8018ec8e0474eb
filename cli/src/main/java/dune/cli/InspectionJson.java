package dune.cli;

import static dune.cli.Sizes.list;
import static dune.cli.Sizes.none;
import static dune.cli.Sizes.number;
import static dune.cli.Sizes.object;
import static dune.cli.Sizes.text;

import dune.ir.checkpoint.Json;
import dune.runtime.inspect.Inspection;
import dune.runtime.inspect.Inspection.Mapping;
import dune.runtime.inspect.Inspection.Member;
import dune.weights.bind.ReportText;
import dune.weights.tensor.DataFile;
import dune.weights.tensor.TensorInfo;
import dune.weights.tensor.Tensors;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// An inspection for programs: `files`, `metadata`, `architecture`, `model_type`, `config`, `model`
/// (the `.dune` file), `problems` and `tensors`, each with its `weights`.
final class InspectionJson {
  private InspectionJson() {}

  static Json of(Inspection inspection) {
    var checkpoint = inspection.checkpoint();
    var fields = new LinkedHashMap<String, Json>();
    fields.put(
        "files", list(checkpoint.tensors().files().stream().map(InspectionJson::file).toList()));
    var metadata = new LinkedHashMap<String, Json>();
    inspection.metadata().forEach((key, value) -> metadata.put(key, text(value)));
    fields.put("metadata", object(metadata));
    fields.put("architecture", optional(inspection.architecture()));
    fields.put("model_type", optional(inspection.modelType()));
    fields.put("config", checkpoint.hasConfig() ? checkpoint.config().value() : none());
    fields.put("model", optional(model(inspection.mapping())));
    fields.put("problems", problems(inspection.mapping()));
    fields.put("totals", totals(inspection));
    var members = inspection.members();
    fields.put(
        "tensors",
        list(
            checkpoint.tensors().all().values().stream()
                .map(tensor -> tensor(tensor, members))
                .toList()));
    return object(fields);
  }

  private static Json file(DataFile file) {
    var fields = new LinkedHashMap<String, Json>();
    fields.put("name", text(file.path().getFileName().toString()));
    fields.put("bytes", number(file.size()));
    return object(fields);
  }

  private static Json optional(Optional<String> value) {
    return value.map(Sizes::text).orElseGet(Sizes::none);
  }

  private static Optional<String> model(Mapping mapping) {
    return switch (mapping) {
      case Mapping.Known(var file, _) -> Optional.of(file.text().name());
      case Mapping.Mistaken(var file, _) -> Optional.of(file.text().name());
      case Mapping.Unknown _, Mapping.Unnamed _, Mapping.Unsettled _ -> Optional.empty();
    };
  }

  private static Json problems(Mapping mapping) {
    return mapping instanceof Mapping.Known(_, var report)
        ? list(report.problems().stream().map(problem -> text(ReportText.line(problem))).toList())
        : list(List.of());
  }

  private static Json totals(Inspection inspection) {
    long tensors = 0;
    long numbers = 0;
    long bytes = 0;
    for (Tensors.Located tensor : inspection.checkpoint().tensors().all().values()) {
      tensors++;
      numbers += InspectionText.elements(tensor.info());
      bytes += tensor.info().bytes();
    }
    var fields = new LinkedHashMap<String, Json>();
    fields.put("tensors", number(tensors));
    fields.put("numbers", number(numbers));
    fields.put("bytes", number(bytes));
    return object(fields);
  }

  private static Json tensor(Tensors.Located tensor, Map<String, List<Member>> members) {
    TensorInfo info = tensor.info();
    var fields = new LinkedHashMap<String, Json>();
    fields.put("name", text(info.name()));
    fields.put("dtype", text(info.type().name()));
    fields.put("shape", list(info.shape().stream().map(Sizes::number).toList()));
    fields.put("bytes", number(info.bytes()));
    fields.put("file", text(tensor.file().path().getFileName().toString()));
    fields.put(
        "weights",
        list(
            members.getOrDefault(info.name(), List.of()).stream()
                .map(InspectionJson::member)
                .toList()));
    return object(fields);
  }

  private static Json member(Member member) {
    var fields = new LinkedHashMap<String, Json>();
    fields.put("path", text(member.path()));
    fields.put("made_by", text(member.recipe()));
    fields.put("declared", text(member.declared()));
    return object(fields);
  }
}
