package dune.cli;

import dune.backend.torch.run.AdamW;
import dune.frontend.diagnostic.Diagnostics;
import dune.ir.Elem;
import dune.passes.train.Activations;
import dune.passes.train.LossOptions;
import dune.runtime.adapter.LoraRequest;
import dune.runtime.data.DataReader;
import dune.runtime.data.Documents;
import dune.runtime.data.TokenType;
import dune.runtime.initial.RandomCheckpoint;
import dune.runtime.library.ModelFile;
import dune.runtime.settings.Setting;
import dune.runtime.settings.TomlFile;
import dune.runtime.tokenize.SmallAlphabet;
import dune.runtime.tokenize.Tokenizers;
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
import java.util.LinkedHashMap;
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
import picocli.CommandLine.Parameters;
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
  private What what = new What();

  @ArgGroup(exclusive = false, heading = "%nHow it is trained:%n")
  private How how = new How();

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

  /// The vocabulary of a model that is trained from the beginning.
  enum Vocabulary {
    CHAR,
    BYTE
  }

  static final class What {
    @Parameters(
        arity = "0..1",
        paramLabel = "MODEL",
        description =
            "A .dune file, or the name of one that comes with dune (gpt2), to begin with random"
                + " weights.")
    private Optional<Path> model = Optional.empty();

    @Option(
        names = {"-w", "--weights"},
        paramLabel = "DIR",
        description = "Begin with the weights, and keep the tokenizer, of this checkpoint.")
    private Optional<Path> weights = Optional.empty();

    @Option(
        names = "--set",
        paramLabel = "NAME=VALUE",
        description = "Give a parameter of the model another value; may be given several times.")
    private Map<String, String> values = new LinkedHashMap<>();

    @Option(
        names = "--vocabulary",
        paramLabel = "KIND",
        defaultValue = "char",
        description =
            "What a token is, without --weights: char, a character of the text, or byte. Default:"
                + " ${DEFAULT-VALUE}.")
    private Vocabulary vocabulary = Vocabulary.CHAR;

    @Option(
        names = "--tokenizer",
        paramLabel = "DIR",
        description =
            "Begin with random weights for the tokenizer in this folder, in place of --vocabulary.")
    private Optional<Path> tokenizer = Optional.empty();

    @Option(
        names = "--data",
        paramLabel = "PATH",
        description = {
          "What to learn from: a file, or a folder of such files.",
          "*.jsonl has a JSON object a line, with `text`; with `instruction`, `input` and `output`,"
              + " or `prompt` and `completion`; or with `messages`. Of the latter the answers are"
              + " learned. *.bin and *.npy have token ids. All others are text in UTF-8."
        })
    private Optional<Path> data = Optional.empty();

    @Option(
        names = "--val",
        paramLabel = "PATH",
        description = "What to measure by. Default: the last tenth of --data.")
    private Optional<Path> validation = Optional.empty();

    @Option(
        names = "--token-type",
        paramLabel = "TYPE",
        defaultValue = "u16",
        description =
            "How *.bin keeps token ids, little-endian: u16, as nanoGPT does, or u32. Default:"
                + " ${DEFAULT-VALUE}.")
    private TokenType tokens = TokenType.U16;

    @Option(
        names = "--documents",
        paramLabel = "HOW",
        defaultValue = "joined",
        description =
            "joined: one long sequence, of which windows are drawn; apart: each begins a sequence,"
                + " and none sees another; packed: several share a sequence, and none sees another."
                + " Default: ${DEFAULT-VALUE}.")
    private Documents documents = Documents.JOINED;

    @Option(
        names = {"-o", "--output"},
        paramLabel = "RUN",
        description = "The folder of the run; it must be absent or empty.")
    private Optional<Path> output = Optional.empty();
  }

  static final class How {
    @Option(
        names = {"-c", "--ctx", "--ctx-size"},
        paramLabel = "N",
        defaultValue = "256",
        description = "Tokens of a sequence. Default: ${DEFAULT-VALUE}.")
    private int context;

    @Option(
        names = {"-b", "--batch"},
        paramLabel = "N",
        defaultValue = "16",
        description = "Sequences at once. Default: ${DEFAULT-VALUE}.")
    private int batch;

    @Option(
        names = "--accumulate",
        paramLabel = "N",
        defaultValue = "1",
        description = "Batches whose gradients make one step. Default: ${DEFAULT-VALUE}.")
    private int batches;

    @Option(
        names = "--steps",
        paramLabel = "N",
        defaultValue = "2000",
        description = "How many steps. Default: ${DEFAULT-VALUE}.")
    private int steps;

    @Option(
        names = "--lr",
        paramLabel = "RATE",
        description = "The highest learning rate. Default: 1e-3, and 2e-4 for adapters.")
    private Optional<Double> rate = Optional.empty();

    @Option(
        names = "--min-lr",
        paramLabel = "RATE",
        description = "The learning rate at the end. Default: a tenth of --lr.")
    private Optional<Double> floor = Optional.empty();

    @Option(
        names = "--warmup",
        paramLabel = "N",
        description = "Steps until --lr is reached. Default: a twentieth of --steps.")
    private Optional<Integer> warmup = Optional.empty();

    @Option(
        names = "--beta1",
        paramLabel = "X",
        defaultValue = "0.9",
        description = "What AdamW keeps of the mean gradient in a step. Default: ${DEFAULT-VALUE}.")
    private double beta1;

    @Option(
        names = "--beta2",
        paramLabel = "X",
        defaultValue = "0.99",
        description = "What AdamW keeps of the mean square in a step. Default: ${DEFAULT-VALUE}.")
    private double beta2;

    @Option(
        names = "--weight-decay",
        paramLabel = "X",
        defaultValue = "0.1",
        description = "How matrices shrink, times the learning rate. Default: ${DEFAULT-VALUE}.")
    private double decay;

    @Option(
        names = "--clip",
        paramLabel = "X",
        defaultValue = "1",
        description = "The longest that all gradients may be together. Default: ${DEFAULT-VALUE}.")
    private double clip;

    @Option(
        names = "--z-loss",
        paramLabel = "X",
        defaultValue = "0",
        description =
            "Add X times the square of log(sum(exp(logits))) to the loss, which keeps logits small;"
                + " 1e-4 is usual. Losses are told without it. Default: ${DEFAULT-VALUE}.")
    private double z;

    @Option(
        names = "--recompute",
        arity = "0..1",
        description =
            "Compute each layer again on the way back instead of keeping what it computed: less"
                + " memory, more time, the same weights.")
    private boolean recompute;

    @Option(
        names = "--eval-every",
        paramLabel = "N",
        defaultValue = "200",
        description =
            "Steps between evaluations, each with a checkpoint. Default: ${DEFAULT-VALUE}.")
    private int pause;

    @Option(
        names = {"-s", "--seed"},
        paramLabel = "S",
        defaultValue = "1337",
        description =
            "The same seed and number of threads give the same weights. Default:"
                + " ${DEFAULT-VALUE}.")
    private long seed;

    @Option(
        names = "--dtype",
        paramLabel = "TYPE",
        defaultValue = "f32",
        converter = Converters.ElemConverter.class,
        description =
            "Compute in f32 or bf16; the optimizer computes in f32. Default: ${DEFAULT-VALUE}.")
    private Elem elem = Elem.F32;

    /// @param usual the highest learning rate if nobody says
    private TrainingPlan plan(double usual) {
      double rate = this.rate.orElse(usual);
      require(batch >= 1, "--batch must be 1 or more");
      require(context >= 1, "--ctx-size must be 1 or more");
      require(batches >= 1, "--accumulate must be 1 or more");
      require(steps >= 1, "--steps must be 1 or more");
      require(pause >= 1, "--eval-every must be 1 or more");
      require(rate > 0, "--lr must be above 0");
      double least = floor.orElse(rate / 10);
      require(least >= 0 && least <= rate, "--min-lr must be between 0 and --lr");
      int before = warmup.orElse(steps / 20);
      require(before >= 0 && before <= steps, "--warmup must be between 0 and --steps");
      require(clip > 0, "--clip must be above 0");
      require(decay >= 0, "--weight-decay must be 0 or more");
      require(z >= 0 && z < Double.POSITIVE_INFINITY, "--z-loss must be 0 or more");
      require(beta1 >= 0 && beta1 < 1, "--beta1 must be from 0 to 1");
      require(beta2 >= 0 && beta2 < 1, "--beta2 must be from 0 to 1");
      require(elem == Elem.F32 || elem == Elem.BF16, "--dtype must be f32 or bf16 to train");
      return new TrainingPlan(
          new Schedule(rate, least, before, steps),
          new AdamW(beta1, beta2, 1e-8, decay),
          batch,
          batches,
          clip,
          pause,
          seed,
          LossOptions.PLAIN.withZ(z).with(recompute ? Activations.RECOMPUTED : Activations.KEPT));
    }

    private static void require(boolean holds, String otherwise) {
      if (!holds) throw new UsageFailure(otherwise);
    }
  }

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

  Optional<Path> given() {
    return what.model;
  }

  boolean beginsWithWeights() {
    return what.weights.isPresent();
  }

  boolean setsValues() {
    return !what.values.isEmpty();
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
      case Training.RandomOutcome.Drawn(var folder) -> Optional.of(folder.getFileName().toString());
      case Training.RandomOutcome.Refused(var mistakes) -> {
        reports.show(mistakes);
        yield Optional.empty();
      }
    };
  }

  private Training.RandomOutcome draw(
      Path run, RandomCheckpoint.Request request, Path data, long seed) {
    if (what.tokenizer.isPresent()) {
      Tokenizers.of(what.tokenizer.get()).close();
      return Training.draw(run, request, what.tokenizer, seed);
    }
    if (DataReader.isTokens(data)) return Training.draw(run, request, Optional.empty(), seed);
    return Training.draw(
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
