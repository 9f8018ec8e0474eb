package dune.cli;

import dune.frontend.diagnostic.Diagnostics;
import dune.runtime.compile.Compiled;
import dune.runtime.library.ModelFile;
import dune.runtime.model.ModelLoader;
import dune.runtime.model.TorchModel;
import dune.runtime.verify.Findings;
import dune.runtime.verify.Golden;
import dune.runtime.verify.Verification;
import dune.weights.checkpoint.Checkpoint;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "verify",
    description = {
      "Holds a model against what a reference gave.",
      "The golden file is safetensors with input_ids and logits, and perhaps prompt and greedy."
    })
final class VerifyCommand implements Callable<Integer> {
  private final Console console;
  private final Reports reports;

  @Mixin private ModelOptions model;
  @Mixin private ModelOptions.Machine machine;

  @Option(
      names = "--golden",
      required = true,
      paramLabel = "FILE",
      description = "What the reference gave.")
  private Path golden = Path.of("");

  @Option(
      names = "--logits",
      paramLabel = "NAME",
      defaultValue = "logits",
      description = "The tensor of the file to compare with. Default: ${DEFAULT-VALUE}.")
  private String logits = "";

  @Option(
      names = "--tolerance",
      paramLabel = "R",
      defaultValue = "1e-4",
      description =
          "Largest difference allowed, relative to the largest logit. Default: ${DEFAULT-VALUE}.")
  private double tolerance;

  VerifyCommand(Console console) {
    this.console = console;
    this.reports = new Reports(console);
  }

  @Override
  public Integer call() {
    ModelOptions.Machine.warmUp();
    Golden wanted = Golden.read(golden, logits);
    Checkpoint checkpoint = model.checkpoint();
    var diagnostics = new Diagnostics();
    Optional<ModelFile> file = model.file(Optional.of(checkpoint), diagnostics);
    reports.show(diagnostics);
    Optional<Compiled> compiled = file.flatMap(found -> model.compile(found, checkpoint, reports));
    if (compiled.isEmpty()) return ExitStatus.MISTAKES.code();
    machine.apply();
    var models = new ArrayList<TorchModel>();
    try {
      models.add(
          ModelLoader.load(compiled.get(), checkpoint, machine.device, TorchModel.Mode.CACHED));
      if (compiled.get().isCached()) {
        models.add(
            ModelLoader.load(
                compiled.get(), checkpoint, machine.device, TorchModel.Mode.RECOMPUTED));
      }
      Findings findings = new Verification(wanted, tolerance).run(models);
      print(findings);
      return (findings.agrees() ? ExitStatus.OK : ExitStatus.MISTAKES).code();
    } finally {
      models.forEach(TorchModel::close);
    }
  }

  private void print(Findings findings) {
    line(
        "logits: largest difference %.3g, relative %.3g of the largest logit %.6g (tolerance %.3g)",
        findings.difference(), findings.relative(), findings.greatest(), findings.tolerance());
    Findings.Place worst = findings.diverging().orElse(findings.worst());
    line(
        "%s: row %d, step %d, token %d: %.7g here, %.7g in the reference",
        findings.diverging().isPresent() ? "diverges first at" : "largest at",
        worst.row(),
        worst.step(),
        worst.token(),
        worst.ours(),
        worst.theirs());
    for (Findings.Continuation one : findings.continuations()) {
      if (one.diverging().isEmpty())
        line("greedy, %s: all %d tokens agree", one.way(), one.tokens());
      else
        line(
            "greedy, %s: diverges at token %d of %d",
            one.way(), one.diverging().get() + 1, one.tokens());
    }
    line(findings.agrees() ? "agrees" : "does not agree");
  }

  private void line(String format, Object... values) {
    console.out().println(String.format(Locale.ROOT, format, values));
  }
}
