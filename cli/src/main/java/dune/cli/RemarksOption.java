package dune.cli;

import dune.ir.checkpoint.Json;
import dune.passes.pass.Remark;
import dune.passes.pass.RemarkSummary;
import dune.weights.json.JsonText;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/// Whether to say what the passes did, and how.
final class RemarksOption {
  enum Format {
    text,
    json
  }

  @Option(
      names = "--remarks",
      paramLabel = "FORMAT",
      arity = "0..1",
      fallbackValue = "text",
      preprocessor = AttachedValue.class,
      description =
          "Say what was fused at which line, and what was not and why: ${COMPLETION-CANDIDATES}."
              + " Without a value: text.")
  private Optional<Format> format = Optional.empty();

  /// Text goes where messages go, JSON to standard output.
  void show(List<Remark> remarks, Console console) {
    if (format.isEmpty()) return;
    List<RemarkSummary.Line> lines = RemarkSummary.of(remarks);
    switch (format.get()) {
      case text -> lines.forEach(line -> console.err().println(line));
      case json -> console.out().println(json(lines));
    }
  }

  private static String json(List<RemarkSummary.Line> lines) {
    return JsonText.write(new Json.Items(lines.stream().map(RemarksOption::json).toList())).strip();
  }

  private static Json json(RemarkSummary.Line line) {
    var fields = new LinkedHashMap<String, Json>();
    fields.put("pass", new Json.Text(line.pass()));
    fields.put("place", new Json.Text(line.place()));
    fields.put("inside", new Json.Text(line.inside()));
    fields.put("text", new Json.Text(line.text()));
    fields.put("blocks", new Json.Whole(line.blocks()));
    return new Json.Fields(fields);
  }
}
