package dune.cli;

import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.diagnostic.JsonRenderer;
import dune.frontend.elaborate.Checker;
import dune.frontend.elaborate.Elaborated;
import dune.runtime.compile.ModelCompiler;
import dune.runtime.library.ModelFile;
import dune.weights.bind.Binder;
import dune.weights.bind.BindingReport;
import dune.weights.bind.ReportText;
import dune.weights.checkpoint.Checkpoint;
import dune.weights.config.UnreadKey;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "check",
    description = {
      "Reports every mistake in a file, and with --weights every tensor that does not fit.",
      "Of the weights only headers and config.json are read."
    })
final class CheckCommand implements Callable<Integer> {
  private final Console console;
  private final Reports reports;

  @Spec private picocli.CommandLine.Model.CommandSpec spec;
  @Mixin private ModelOptions model;

  /// How the findings are printed.
  enum Format {
    TEXT,
    JSON
  }

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "text",
      description =
          "text for people, json for editors (on standard output). Default: ${DEFAULT-VALUE}.")
  private Format format = Format.TEXT;

  CheckCommand(Console console) {
    this.console = console;
    this.reports = new Reports(console);
  }

  @Override
  public Integer call() {
    if (model.model.isEmpty() && model.weights.isEmpty()) {
      throw new ParameterException(spec.commandLine(), "a file to check is missing");
    }
    var diagnostics = new Diagnostics();
    Optional<Checkpoint> checkpoint = model.weights.map(_ -> model.checkpoint());
    Optional<ModelFile> file = model.file(checkpoint, diagnostics);
    file.ifPresent(found -> diagnostics.reportAll(Checker.check(found.text(), found.sources())));
    boolean fits = true;
    if (checkpoint.isPresent() && file.isPresent() && !diagnostics.hasErrors()) {
      fits = weights(file.get(), checkpoint.get(), diagnostics);
    }
    switch (format) {
      case TEXT -> {
        reports.show(diagnostics);
        if (diagnostics.isEmpty()) console.say(name(file) + ": no mistakes");
      }
      case JSON -> console.out().println(JsonRenderer.render(diagnostics.list()));
    }
    return (diagnostics.hasErrors() || !fits ? ExitStatus.MISTAKES : ExitStatus.OK).code();
  }

  private static String name(Optional<ModelFile> file) {
    return file.map(found -> found.text().name()).orElse("");
  }

  /// Lists every tensor; whether all fit.
  private boolean weights(ModelFile file, Checkpoint checkpoint, Diagnostics diagnostics) {
    Elaborated elaborated = ModelCompiler.elaborate(file, checkpoint, model.options());
    diagnostics.reportAll(elaborated.diagnostics());
    if (elaborated.program().isEmpty()) return false;
    BindingReport report =
        Binder.bind(
            ModelCompiler.clause(file, elaborated),
            elaborated.program().get(),
            checkpoint.tensors());
    if (format == Format.TEXT) {
      console.out().println(ReportText.lines(report));
      console.say(ReportText.summary(report));
      for (UnreadKey key : UnreadKey.of(checkpoint.config())) {
        console.say(
            "config.json: nobody reads `%s`%s"
                .formatted(
                    key.path(),
                    key.meant().map(name -> "; did you mean `" + name + "`?").orElse("")));
      }
    }
    return report.isComplete();
  }
}
