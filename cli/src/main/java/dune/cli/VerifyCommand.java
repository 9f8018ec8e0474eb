package dune.cli;

import dune.passes.Use;
import dune.runtime.model.Loadable;
import dune.runtime.model.TorchModel;
import dune.runtime.verify.Findings;
import dune.runtime.verify.Golden;
import dune.runtime.verify.Verification;
import dune.weights.UsageFailure;
import java.nio.file.Path;
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
  @Mixin private AdapterOption adapters;
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
    model.adapters = adapters.choices();
    if (!(tolerance >= 0)) throw new UsageFailure("--tolerance must be 0 or more");
    Golden wanted = Golden.read(golden, logits);
    ModelOptions.Machine.warmUp();
    Optional<Loadable> found = model.loadable(Use.EVERYTHING, reports);
    if (found.isEmpty()) return ExitStatus.MISTAKES.code();
    found
        .get()
        .reasons()
        .forEach(reason -> console.say("it has no cache to be verified: " + reason));
    machine.apply();
    try (TorchModel ready = found.get().load(machine.device, TorchModel.Mode.CACHED)) {
      Findings findings = new Verification(wanted, tolerance).run(ready);
      print(findings);
      return (findings.agrees() ? ExitStatus.OK : ExitStatus.MISTAKES).code();
    }
  }

  private void print(Findings findings) {
    for (Findings.Comparison one : findings.logits()) {
      line(
          "logits, %s: largest difference %.3g, relative %.3g of the largest logit %.6g"
              + " (tolerance %.3g)",
          way(one.way()),
          one.difference(),
          one.relative(),
          findings.greatest(),
          findings.tolerance());
      Findings.Place place = one.diverging().orElse(one.worst());
      line(
          "  %s: row %d, step %d, token %d: %.7g here, %.7g in the reference",
          one.diverging().isPresent() ? "diverges first at" : "largest at",
          place.row(),
          place.step(),
          place.token(),
          place.ours(),
          place.theirs());
    }
    for (Findings.Continuation one : findings.texts()) {
      if (one.diverging().isEmpty()) {
        line("greedy, %s: all %d tokens agree", way(one.way()), one.tokens());
      } else {
        line(
            "greedy, %s: diverges at token %d of %d",
            way(one.way()), one.diverging().get() + 1, one.tokens());
      }
    }
    line(findings.agrees() ? "agrees" : "does not agree");
  }

  private static String way(TorchModel.Mode way) {
    return switch (way) {
      case CACHED -> "cached";
      case RECOMPUTED -> "uncached";
    };
  }

  private void line(String format, Object... values) {
    console.out().println(String.format(Locale.ROOT, format, values));
  }
}
