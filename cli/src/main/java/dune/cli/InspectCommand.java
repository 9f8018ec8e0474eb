package dune.cli;

import dune.frontend.diagnostic.Diagnostics;
import dune.runtime.inspect.Inspection;
import dune.runtime.library.ModelFile;
import dune.weights.checkpoint.Checkpoint;
import dune.weights.json.JsonText;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "inspect",
    description = {
      "Shows what a checkpoint holds: tensors, settings, and what a model makes of them.",
      "Only headers and settings are read, so it takes no time however large the files are."
    })
final class InspectCommand implements Callable<Integer> {
  private final Console console;
  private final Reports reports;

  @Parameters(
      paramLabel = "WEIGHTS",
      description =
          "A folder with weights, one file of them (safetensors or PyTorch), or an index.")
  private Path weights = Path.of("");

  @Option(
      names = {"-m", "--model"},
      paramLabel = "FILE",
      description =
          "The .dune file of the model. Default: that of the architecture in config.json.")
  private Optional<Path> model = Optional.empty();

  @Option(names = "--all", description = "Give every tensor its line, equal layers too.")
  private boolean all;

  @Option(names = "--json", description = "Print JSON for programs, with every tensor.")
  private boolean json;

  InspectCommand(Console console) {
    this.console = console;
    this.reports = new Reports(console);
  }

  @Override
  public Integer call() {
    var diagnostics = new Diagnostics();
    var file = model.flatMap(path -> ModelFile.read(path, diagnostics));
    if (reports.show(diagnostics) != ExitStatus.OK) return ExitStatus.MISTAKES.code();
    var inspection = Inspection.of(Checkpoint.open(weights), file);
    if (json) {
      console.out().print(JsonText.write(InspectionJson.of(inspection)));
    } else {
      var layers = all ? InspectionText.Layers.ALL : InspectionText.Layers.FOLDED;
      console.out().println(InspectionText.of(inspection, layers));
    }
    if (inspection.mapping() instanceof Inspection.Mapping.Mistaken(_, var mistakes)) {
      return reports.show(mistakes).code();
    }
    return ExitStatus.OK.code();
  }
}
