package dune.cli;

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
        "files",
        new Json.Items(checkpoint.tensors().files().stream().map(InspectionJson::file).toList()));
    var metadata = new LinkedHashMap<String, Json>();
    inspection.metadata().forEach((key, value) -> metadata.put(key, new Json.Text(value)));
    fields.put("metadata", new Json.Fields(metadata));
    fields.put("architecture", optional(inspection.architecture()));
    fields.put("model_type", optional(inspection.modelType()));
    fields.put("config", checkpoint.hasConfig() ? checkpoint.config().value() : new Json.Null());
    fields.put("model", optional(model(inspection.mapping())));
    fields.put("problems", problems(inspection.mapping()));
    fields.put("totals", totals(inspection));
    var members = inspection.members();
    fields.put(
        "tensors",
        new Json.Items(
            checkpoint.tensors().all().values().stream()
                .map(tensor -> tensor(tensor, members))
                .toList()));
    return new Json.Fields(fields);
  }

  private static Json file(DataFile file) {
    var fields = new LinkedHashMap<String, Json>();
    fields.put("name", new Json.Text(file.path().getFileName().toString()));
    fields.put("bytes", new Json.Whole(file.size()));
    return new Json.Fields(fields);
  }

  private static Json optional(Optional<String> value) {
    return value.<Json>map(Json.Text::new).orElseGet(Json.Null::new);
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
        ? new Json.Items(
            report.problems().stream()
                .map(problem -> new Json.Text(ReportText.line(problem)))
                .toList())
        : new Json.Items(List.of());
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
    fields.put("tensors", new Json.Whole(tensors));
    fields.put("numbers", new Json.Whole(numbers));
    fields.put("bytes", new Json.Whole(bytes));
    return new Json.Fields(fields);
  }

  private static Json tensor(Tensors.Located tensor, Map<String, List<Member>> members) {
    TensorInfo info = tensor.info();
    var fields = new LinkedHashMap<String, Json>();
    fields.put("name", new Json.Text(info.name()));
    fields.put("dtype", new Json.Text(info.type().name()));
    fields.put("shape", new Json.Items(info.shape().stream().map(Json.Whole::new).toList()));
    fields.put("bytes", new Json.Whole(info.bytes()));
    fields.put("file", new Json.Text(tensor.file().path().getFileName().toString()));
    fields.put(
        "weights",
        new Json.Items(
            members.getOrDefault(info.name(), List.of()).stream()
                .map(InspectionJson::member)
                .toList()));
    return new Json.Fields(fields);
  }

  private static Json member(Member member) {
    var fields = new LinkedHashMap<String, Json>();
    fields.put("path", new Json.Text(member.path()));
    fields.put("made_by", new Json.Text(member.recipe()));
    fields.put("declared", new Json.Text(member.declared()));
    return new Json.Fields(fields);
  }
}
