package dune.cli;

import dune.frontend.diagnostic.Diagnostics;
import dune.runtime.adapter.LoraRequest;
import dune.runtime.data.DataReader;
import dune.runtime.initial.RandomCheckpoint;
import dune.runtime.library.ModelFile;
import dune.runtime.settings.Setting;
import dune.runtime.settings.TomlFile;
import dune.runtime.tokenize.SmallAlphabet;
import dune.runtime.tokenize.Tokenizers;
import dune.runtime.train.FirstCheckpoint;
import dune.runtime.train.RunFolder;
import dune.runtime.train.RunSettings;
import dune.runtime.train.SamplePlan;
import dune.runtime.train.Schedule;
import dune.runtime.train.Training;
import dune.runtime.train.TrainingPlan;
import dune.weights.AtomicFolder;
import dune.weights.UsageFailure;
import dune.weights.checkpoint.Checkpoint;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "train",
    description = {
      "Trains a model on a text: from random weights, or from those of --weights.",
      "The folder of the run has a checkpoint in `last` and one in `best`, which every other"
          + " command takes as --weights, and metrics.jsonl. What was interrupted goes on with"
          + " --resume, to the same weights."
    })
class TrainCommand implements Callable<Integer> {
  private static final Set<String> WITH_RESUME = Set.of("--resume", "--device", "--threads");

  private static final Set<String> ONLY_HERE = Set.of("--resume", "--output");

  private final Console console;
  private final Reports reports;

  @Spec private CommandSpec spec;
  @Mixin private ModelOptions.Machine machine;

  @ArgGroup(exclusive = false, heading = "%nWhat is trained on what:%n")
  final SubjectOptions what = new SubjectOptions();

  @ArgGroup(exclusive = false, heading = "%nHow it is trained:%n")
  private LearningOptions how = new LearningOptions();

  @ArgGroup(exclusive = false, heading = "%nWhat it writes meanwhile:%n")
  private SampleOptions samples = new SampleOptions();

  @Option(
      names = "--resume",
      paramLabel = "RUN",
      description = "Go on with the run in this folder, which knows everything else.")
  private Optional<Path> resumed = Optional.empty();

  @Option(
      names = FileOptions.NAME,
      paramLabel = "FILE.toml",
      description =
          "Options of this command, each as NAME = VALUE, --set as the table [set]; the command"
              + " line wins. RUN/run.toml is such a file.")
  private Optional<Path> config = Optional.empty();

  TrainCommand(Console console) {
    this.console = console;
    this.reports = new Reports(console);
  }

  @Override
  public Integer call() {
    if (resumed.isPresent()) return resume(resumed.get());
    var file = new FileOptions(spec, ONLY_HERE);
    if (config.isPresent()) {
      var again = (TrainCommand) file.parse(Dunec.commandLine(console), config.get());
      // It may come from the environment, and be there again.
      again.config = Optional.empty();
      return again.call();
    }
    Optional<LoraRequest> lora = lora();
    TrainingPlan plan = how.plan(lora.isPresent() ? 2e-4 : 1e-3);
    SamplePlan written = samples.plan();
    Path data =
        what.data.orElseThrow(
            () -> new UsageFailure("--data is missing: name a text, or a folder of them"));
    Path run =
        what.output.orElseThrow(
            () -> new UsageFailure("--output is missing: name a folder for the run"));
    AtomicFolder.requireFree(run);
    Optional<String> start = start(run, data, plan.seed());
    if (start.isEmpty()) return ExitStatus.MISTAKES.code();
    machine.apply();
    var settings =
        new RunSettings(
            start.get(),
            absolute(data),
            what.validation.map(TrainCommand::absolute).orElse(""),
            0.9,
            how.context,
            how.elem,
            plan,
            written,
            model(),
            lora.map(LoraRequest::toString).orElse(""),
            new DataReader.Form(what.tokens, what.documents));
    Training.createFolder(run);
    writeTold(run, file, plan.schedule());
    return end(Training.begin(run, settings, machine.device, new TrainScreen(console)), run);
  }

  /// The adapters that are trained in place of the model.
  Optional<LoraRequest> lora() {
    return Optional.empty();
  }

  /// The model file, where the weights do not say it.
  String model() {
    return "";
  }

  /// Everything, with what follows from something else.
  private void writeTold(Path run, FileOptions file, Schedule schedule) {
    Map<String, Setting> derived =
        Map.of(
            "lr", new Setting.One("" + schedule.peak(), false),
            "min-lr", new Setting.One("" + schedule.floor(), false),
            "warmup", new Setting.One("" + schedule.warmup(), false));
    TomlFile.write(
        run.resolve("run.toml"),
        "What this run was told: dunec %s --config run.toml -o ANOTHER".formatted(spec.name()),
        file.resolved(derived));
  }

  /// What a run depends on lies in its folder: another word about it would make it another run.
  private int resume(Path run) {
    for (OptionSpec given : spec.commandLine().getParseResult().matchedOptions()) {
      if (WITH_RESUME.contains(given.longestName())) continue;
      throw new UsageFailure(
          "%s cannot be given with --resume, which goes on with what %s says; begin another run with it"
              .formatted(given.longestName(), run.resolve("run.json")));
    }
    if (what.model.isPresent()) {
      throw new UsageFailure("MODEL cannot be given with --resume, which knows its model");
    }
    RunSettings settings = RunSettings.read(run);
    machine.apply();
    return end(Training.resume(run, machine.device, new TrainScreen(console)), run);
  }

  static String absolute(Path path) {
    return path.toAbsolutePath().normalize().toString();
  }

  void requireOwnModel() {
    if (what.model.isEmpty() && what.values.isEmpty()) return;
    throw new UsageFailure(
        "--weights brings its model and its sizes along; leave out MODEL and --set");
  }

  /// The checkpoint to begin with; empty if the model has mistakes, which are shown.
  private Optional<String> start(Path run, Path data, long seed) {
    if (what.weights.isPresent()) {
      if (what.tokenizer.isPresent()) {
        throw new UsageFailure("--weights brings its tokenizer along; leave out --tokenizer");
      }
      requireOwnModel();
      Checkpoint.open(what.weights.get());
      return Optional.of(absolute(what.weights.get()));
    }
    Path model =
        what.model.orElseThrow(
            () ->
                new UsageFailure(
                    "the model is missing: name a .dune file, a model such as gpt2, or --weights"));
    var diagnostics = new Diagnostics();
    Optional<ModelFile> file = ModelFile.read(model, diagnostics);
    reports.show(diagnostics);
    if (file.isEmpty()) return Optional.empty();
    var request =
        new RandomCheckpoint.Request(
            file.get(), Optional.empty(), what.values, Optional.of(how.elem));
    return switch (draw(run, request, data, seed)) {
      case FirstCheckpoint.Outcome.Drawn(var folder) ->
          Optional.of(folder.getFileName().toString());
      case FirstCheckpoint.Outcome.Refused(var mistakes) -> {
        reports.show(mistakes);
        yield Optional.empty();
      }
    };
  }

  private FirstCheckpoint.Outcome draw(
      Path run, RandomCheckpoint.Request request, Path data, long seed) {
    if (what.tokenizer.isPresent()) {
      Tokenizers.of(what.tokenizer.get()).close();
      return FirstCheckpoint.draw(run, request, what.tokenizer, seed);
    }
    if (DataReader.isTokens(data))
      return FirstCheckpoint.draw(run, request, Optional.empty(), seed);
    return FirstCheckpoint.draw(
        run,
        request,
        switch (what.vocabulary) {
          case CHAR -> SmallAlphabet.of(DataReader.characters(data));
          case BYTE -> SmallAlphabet.bytes();
        },
        seed);
  }

  private int end(Training.Outcome outcome, Path run) {
    return switch (outcome) {
      case Training.Outcome.Refused(var mistakes) -> {
        reports.show(mistakes);
        yield ExitStatus.MISTAKES.code();
      }
      case Training.Outcome.Done(var state) -> {
        console.say(
            String.format(
                Locale.ROOT,
                "the best of %s is %s: validation loss %.4f at step %d",
                run,
                run.resolve(RunFolder.BEST),
                state.best(),
                state.bestSteps()));
        yield ExitStatus.OK.code();
      }
    };
  }
}
