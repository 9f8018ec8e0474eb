package dune.runtime.train;

import dune.backend.torch.run.DeviceRequest;
import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.elaborate.Settings;
import dune.passes.Optimization;
import dune.runtime.compile.Compilation;
import dune.runtime.compile.Compiled;
import dune.runtime.compile.ModelCompiler;
import dune.runtime.initial.RandomCheckpoint;
import dune.runtime.library.ModelFile;
import dune.runtime.model.BoundWeights;
import dune.runtime.tokenize.SmallAlphabet;
import dune.runtime.tokenize.Tokenizer;
import dune.runtime.tokenize.Tokenizers;
import dune.weights.AtomicFolder;
import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import dune.weights.UsageFailure;
import dune.weights.checkpoint.Checkpoint;
import dune.weights.convert.Companions;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Optional;

/// A training from its settings to its checkpoints.
public final class Training {
  /// The checkpoint of a run that was drawn at random.
  private static final String INITIAL = "initial";

  /// By custom, the parameter of a model that counts its vocabulary.
  private static final String VOCABULARY = "V";

  private Training() {}

  /// Hears how a training goes.
  public interface Listener extends Trainer.Listener {
    /// @param made steps that were made before
    /// @param weights how many numbers learn
    void began(int made, int steps, long weights, int tokens, int measured);
  }

  /// What came of it.
  public sealed interface Outcome {
    record Done(RunFolder.State state) implements Outcome {}

    /// The model has mistakes.
    record Refused(Diagnostics diagnostics) implements Outcome {}
  }

  /// Draws the checkpoint that a run begins with. Where nobody says how large the vocabulary is, it
  /// is that of the tokenizer.
  ///
  /// @return its folder, or why there is none
  public static RandomOutcome draw(
      Path run, RandomCheckpoint.Request request, SmallAlphabet tokenizer, long seed) {
    var values = new LinkedHashMap<>(request.values());
    values.putIfAbsent(VOCABULARY, "" + tokenizer.size());
    var complete =
        new RandomCheckpoint.Request(request.model(), request.config(), values, request.elem());
    return switch (RandomCheckpoint.plan(complete)) {
      case RandomCheckpoint.Plan.Refused(var mistakes) -> new RandomOutcome.Refused(mistakes);
      case RandomCheckpoint.Plan.Ready(var checkpoint, _) -> {
        Path folder = run.resolve(INITIAL);
        createFolder(run);
        checkpoint.write(folder, seed, Long.MAX_VALUE, 1, _ -> {});
        tokenizer.write(folder);
        yield new RandomOutcome.Drawn(folder);
      }
    };
  }

  /// What came of drawing.
  public sealed interface RandomOutcome {
    record Drawn(Path folder) implements RandomOutcome {}

    record Refused(Diagnostics diagnostics) implements RandomOutcome {}
  }

  /// Begins a run in a folder that is empty, or has the checkpoint that it begins with.
  public static Outcome begin(
      Path run, RunSettings settings, DeviceRequest device, Listener listener) {
    createFolder(run);
    settings.write(run);
    return resume(run, device, listener);
  }

  private static void createFolder(Path run) {
    try {
      Files.createDirectories(run);
    } catch (IOException e) {
      throw EnvironmentFailure.writing(run, e);
    }
  }

  /// Goes on with the last checkpoint of a run.
  ///
  /// @throws InputFailure if the folder is not that of a run
  public static Outcome resume(Path run, DeviceRequest device, Listener listener) {
    RunSettings settings = RunSettings.read(run);
    var folder = new RunFolder(run);
    Optional<Path> last = folder.last();
    Path from = last.orElse(run.resolve(settings.start()));
    Checkpoint checkpoint = Checkpoint.open(from);
    ModelFile model = ModelFile.forArchitecture(checkpoint.architecture(), from);
    Compilation compilation =
        ModelCompiler.compileLoss(
            model,
            Settings.of(checkpoint.config(), settings.elem()),
            Optimization.O2,
            settings.context(),
            settings.plan().loss());
    return switch (compilation) {
      case Compilation.Refused(var mistakes) -> new Outcome.Refused(mistakes);
      case Compilation.Done(var compiled, _) ->
          new Outcome.Done(run(folder, settings, last, checkpoint, compiled, device, listener));
    };
  }

  private static RunFolder.State run(
      RunFolder folder,
      RunSettings settings,
      Optional<Path> last,
      Checkpoint checkpoint,
      Compiled compiled,
      DeviceRequest device,
      Listener listener) {
    Corpus corpus = corpus(settings, folder.folder(), checkpoint.folder());
    // Of the last checkpoint, since older ones go.
    AtomicFolder.Content companions =
        inside -> {
          Path now = folder.last().orElse(checkpoint.folder());
          new Companions(Checkpoint.open(now), Optional.of(settings.elem())).copyTo(inside);
        };
    try (var _ = folder.claim();
        var weights = BoundWeights.of(compiled, checkpoint);
        var trainee = Trainee.of(compiled, weights, device)) {
      var state =
          last.map(RunFolder::state).orElse(new RunFolder.State(0, Double.POSITIVE_INFINITY, 0));
      last.ifPresent(path -> trainee.restore(state.steps(), RunFolder.memory(path)));
      var keeper = new Keeper(folder, trainee, compiled, companions, listener, state);
      listener.began(
          state.steps(),
          settings.plan().steps(),
          trainee.count(),
          corpus.training().length,
          corpus.validation().length);
      new Trainer(trainee, corpus, settings.plan()).run(state.steps(), keeper);
      return keeper.state;
    }
  }

  private static Corpus corpus(RunSettings settings, Path run, Path folder) {
    try (Tokenizer tokenizer = Tokenizers.of(folder)) {
      int[] data = tokenizer.encode(text(run.resolve(settings.data())));
      if (settings.validation().isEmpty()) {
        return Corpus.split(data, settings.share(), settings.context());
      }
      int[] validation = tokenizer.encode(text(run.resolve(settings.validation())));
      return new Corpus(data, validation, settings.context());
    }
  }

  /// @throws EnvironmentFailure if it cannot be read
  /// @throws InputFailure if it is not UTF-8
  public static String text(Path file) {
    if (Files.isDirectory(file)) {
      throw new UsageFailure("`" + file + "` is a folder; name a file with text");
    }
    try {
      return Files.readString(file);
    } catch (CharacterCodingException e) {
      throw new InputFailure(file, "it is not valid UTF-8");
    } catch (IOException e) {
      throw EnvironmentFailure.reading(file, e);
    }
  }

  /// Writes down what happens.
  private static final class Keeper implements Trainer.Listener {
    private final RunFolder folder;
    private final Trainee trainee;
    private final Compiled compiled;
    private final AtomicFolder.Content companions;
    private final Listener listener;
    private final Metrics metrics;
    private RunFolder.State state;

    Keeper(
        RunFolder folder,
        Trainee trainee,
        Compiled compiled,
        AtomicFolder.Content companions,
        Listener listener,
        RunFolder.State state) {
      this.folder = folder;
      this.trainee = trainee;
      this.compiled = compiled;
      this.companions = companions;
      this.listener = listener;
      this.state = state;
      this.metrics = new Metrics(folder.folder(), state.steps());
    }

    @Override
    public void stepped(int step, double rate, Trainee.Progress progress) {
      metrics.stepped(step, rate, progress);
      listener.stepped(step, rate, progress);
    }

    @Override
    public void evaluated(int steps, double loss) {
      boolean best = loss < state.best();
      state =
          new RunFolder.State(steps, best ? loss : state.best(), best ? steps : state.bestSteps());
      metrics.evaluated(steps, loss);
      folder.write(state, trainee, compiled.program(), compiled.checkpoint(), companions);
      listener.evaluated(steps, loss);
    }
  }
}
