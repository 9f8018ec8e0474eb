package dune.cli;

import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.diagnostic.JsonRenderer;
import dune.frontend.elaborate.Checker;
import dune.frontend.elaborate.Elaborated;
import dune.frontend.elaborate.Elaborator;
import dune.frontend.elaborate.Settings;
import dune.runtime.compile.CompileOptions;
import dune.runtime.compile.ModelCompiler;
import dune.runtime.library.ModelFile;
import dune.runtime.summary.ModelSummary;
import dune.weights.bind.Binder;
import dune.weights.bind.BindingReport;
import dune.weights.bind.ReportText;
import dune.weights.checkpoint.Checkpoint;
import dune.weights.config.UnreadKey;
import dune.weights.json.JsonText;
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
  @Mixin private SizeOptions sizes;

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

  @Option(
      names = "--summary",
      description =
          "Print parameters, memory and FLOPs of every block, for the sizes of --weights or"
              + " --config, else of the file's header; no tensors are listed then.")
  private boolean summary;

  CheckCommand(Console console) {
    this.console = console;
    this.reports = new Reports(console);
  }

  @Override
  public Integer call() {
    if (model.model.isEmpty() && model.weights.isEmpty() && !sizes.hasConfig()) {
      throw new ParameterException(spec.commandLine(), "a file to check is missing, or --config");
    }
    var diagnostics = new Diagnostics();
    Optional<Checkpoint> checkpoint = sizes.checkpoint(model);
    Optional<ModelFile> file = sizes.file(model, checkpoint, diagnostics);
    file.ifPresent(found -> diagnostics.reportAll(Checker.check(found.text(), found.sources())));
    boolean fits = true;
    if (file.isPresent() && !diagnostics.hasErrors()) {
      fits = sized(file.get(), checkpoint, diagnostics);
    }
    switch (format) {
      case TEXT -> {
        reports.show(diagnostics);
        if (diagnostics.isEmpty()) console.say(name(file) + ": no mistakes");
      }
      case JSON -> {
        if (!summary || !fits) console.out().println(JsonRenderer.render(diagnostics.list()));
      }
    }
    return (diagnostics.hasErrors() || !fits ? ExitStatus.MISTAKES : ExitStatus.OK).code();
  }

  /// What can be said only where sizes are known; whether all is well.
  private boolean sized(ModelFile file, Optional<Checkpoint> checkpoint, Diagnostics diagnostics) {
    Settings settings = sizes.settings(checkpoint, model.dtype);
    if (summary) return summary(file, settings, diagnostics);
    if (checkpoint.isPresent()) return weights(file, checkpoint.get(), diagnostics);
    if (sizes.given().isEmpty()) return true;
    var elaborated = Elaborator.elaborate(file.text(), file.sources(), settings);
    diagnostics.reportAll(elaborated.diagnostics());
    return elaborated.program().isPresent();
  }

  private boolean summary(ModelFile file, Settings settings, Diagnostics diagnostics) {
    return switch (ModelSummary.of(file, settings, model.options())) {
      case ModelSummary.Result.Refused(var mistakes) -> {
        diagnostics.reportAll(mistakes);
        yield false;
      }
      case ModelSummary.Result.Done(var found, var warnings) -> {
        diagnostics.reportAll(warnings);
        switch (format) {
          case TEXT -> console.out().println(SummaryText.table(found));
          case JSON -> console.out().print(JsonText.write(SummaryText.json(found)));
        }
        yield true;
      }
    };
  }

  private static String name(Optional<ModelFile> file) {
    return file.map(found -> found.text().name()).orElse("");
  }

  /// Lists every tensor; whether all fit.
  private boolean weights(ModelFile file, Checkpoint checkpoint, Diagnostics diagnostics) {
    if (format == Format.TEXT) ModelOptions.warnOfOther(file, checkpoint, reports);
    CompileOptions options = model.options().withValues(sizes.values());
    Elaborated elaborated = ModelCompiler.elaborate(file, checkpoint, options);
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
