package dune.runtime.train;

import dune.backend.torch.run.DeviceRequest;
import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.elaborate.Elaborated;
import dune.frontend.elaborate.Settings;
import dune.passes.Optimization;
import dune.passes.lora.Adapter;
import dune.passes.lora.Projection;
import dune.passes.train.Sharing;
import dune.runtime.adapter.FreshAdapters;
import dune.runtime.adapter.LoraRequest;
import dune.runtime.chat.ChatTemplate;
import dune.runtime.compile.Compilation;
import dune.runtime.compile.CompileOptions;
import dune.runtime.compile.Compiled;
import dune.runtime.compile.ModelCompiler;
import dune.runtime.data.DataReader;
import dune.runtime.data.Dataset;
import dune.runtime.library.ModelFile;
import dune.runtime.model.BoundWeights;
import dune.runtime.tokenize.Numerals;
import dune.runtime.tokenize.Tokenizer;
import dune.runtime.tokenize.Tokenizers;
import dune.weights.AtomicFolder;
import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import dune.weights.checkpoint.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// A training from its settings to its checkpoints.
public final class Training {
  /// By custom, the parameter of a model that counts its vocabulary.
  static final String VOCABULARY = "V";

  private Training() {}

  /// Hears how a training goes.
  public interface Listener extends Trainer.Listener {
    /// @param made steps that were made before
    /// @param weights how many numbers learn
    void began(int made, int steps, long weights, int tokens, int measured);

    /// @param matched the products that get adapters
    void adapted(List<Projection> matched);

    /// @param what of the data nothing is learned, and why
    default void leftOut(String what) {}

    /// @param steps made so far
    /// @param text what the model writes behind the prompt
    default void sampled(int steps, String prompt, String text) {}
  }

  /// What came of it.
  public sealed interface Outcome {
    record Done(RunFolder.State state) implements Outcome {}

    /// The model has mistakes.
    record Refused(Diagnostics diagnostics) implements Outcome {}
  }

  /// Begins a run in a folder that is empty, or has the checkpoint that it begins with.
  public static Outcome begin(
      Path run, RunSettings settings, DeviceRequest device, Listener listener) {
    createFolder(run);
    settings.write(run);
    return resume(run, device, listener);
  }

  /// @throws EnvironmentFailure if that is not possible
  public static void createFolder(Path run) {
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
    Optional<LoraRequest> lora = settings.adapters();
    Path start = run.resolve(settings.start());
    Path from = lora.isPresent() ? start : last.orElse(start);
    Checkpoint checkpoint = Checkpoint.open(from);
    var mistakes = new Diagnostics();
    Optional<ModelFile> found =
        settings.model().isEmpty()
            ? Optional.of(ModelFile.forArchitecture(checkpoint.architecture(), from))
            : ModelFile.read(Path.of(settings.model()), mistakes);
    if (found.isEmpty()) return new Outcome.Refused(mistakes);
    ModelFile model = found.get();
    CompileOptions options = CompileOptions.DEFAULTS.withElem(settings.elem());
    Elaborated written = ModelCompiler.elaborate(model, checkpoint, options);
    if (written.program().isEmpty()) return new Outcome.Refused(written.diagnostics());
    lora.ifPresent(request -> listener.adapted(request.matched(written.program().get())));
    List<Adapter> adapters =
        lora.map(request -> request.adapters(written.program().get())).orElse(List.of());
    Compilation compilation =
        ModelCompiler.compileLoss(
            model,
            Settings.of(checkpoint.config(), settings.elem()),
            Optimization.O2,
            settings.context(),
            adapters,
            settings.isPacked()
                ? settings.plan().loss().with(Sharing.DOCUMENTS)
                : settings.plan().loss());
    return switch (compilation) {
      case Compilation.Refused(var refused) -> new Outcome.Refused(refused);
      case Compilation.Done(var compiled, _) -> {
        var subject = new Subject(model, checkpoint, compiled, written.program().get(), adapters);
        yield new Outcome.Done(run(folder, settings, last, subject, device, listener));
      }
    };
  }

  private static RunFolder.State run(
      RunFolder folder,
      RunSettings settings,
      Optional<Path> last,
      Subject subject,
      DeviceRequest device,
      Listener listener) {
    Checkpoint checkpoint = subject.checkpoint();
    Compiled compiled = subject.compiled();
    try (var _ = folder.claim();
        var tokenizer = tokenizer(settings, folder.folder(), checkpoint.folder());
        var weights = BoundWeights.of(compiled, checkpoint);
        var fresh =
            new FreshAdapters(
                compiled.program(), subject.adapters(), weights::get, settings.plan().seed());
        var trainee =
            Trainee.of(
                compiled,
                slot -> Adapter.isOf(slot.paths().getFirst()) ? fresh.get(slot) : weights.get(slot),
                device)) {
      Corpus corpus = corpus(settings, folder.folder(), checkpoint.folder(), tokenizer, listener);
      requireVocabulary(corpus, compiled);
      var state =
          last.map(RunFolder::state).orElse(new RunFolder.State(0, Double.POSITIVE_INFINITY, 0));
      last.ifPresent(path -> trainee.restore(state.steps(), RunFolder.memory(path)));
      var prompts = prompts(settings.samples(), corpus, tokenizer);
      var source =
          new SampleWriter.Source(subject.model(), checkpoint, subject.adapters(), weights);
      var writer = new SampleWriter(trainee, source, settings, device, tokenizer, prompts);
      var samples =
          new Samples(folder.folder(), state.steps(), settings, writer, listener::sampled);
      AtomicFolder.Content content = subject.content(folder, settings, trainee);
      var keeper = new Keeper(folder, trainee, content, listener, samples, state);
      listener.began(
          state.steps(),
          settings.plan().steps(),
          trainee.count(),
          corpus.learned(),
          corpus.measured());
      if (state.steps() == 0) samples.after(0);
      new Trainer(trainee, corpus, settings.plan()).run(state.steps(), keeper);
      return keeper.state;
    }
  }

  private static List<int[]> prompts(SamplePlan plan, Corpus corpus, Tokenizer tokenizer) {
    if (plan.writesNothing()) return List.of();
    if (plan.prompts().isEmpty()) return List.of(corpus.beginning());
    return plan.prompts().stream().map(tokenizer::encodePrompt).toList();
  }

  /// Data of token ids needs none.
  private static Tokenizer tokenizer(RunSettings settings, Path run, Path folder) {
    return DataReader.isTokens(run.resolve(settings.data())) && !Tokenizers.isIn(folder)
        ? new Numerals()
        : Tokenizers.of(folder);
  }

  private static Corpus corpus(
      RunSettings settings, Path run, Path folder, Tokenizer tokenizer, Listener listener) {
    var reader =
        new DataReader(
            tokenizer, () -> ChatTemplate.of(folder), settings.form(), listener::leftOut);
    // What is foreseen reaches one token further than what is read.
    int most = settings.context() + 1;
    Dataset training = reader.read(run.resolve(settings.data()), most);
    Optional<Dataset> validation =
        settings.validation().isEmpty()
            ? Optional.empty()
            : Optional.of(reader.read(run.resolve(settings.validation()), most));
    Corpus corpus = Corpus.of(training, validation, settings.share(), settings.context());
    return settings.isPacked() && corpus instanceof TaskCorpus tasks
        ? tasks.packed(settings.context())
        : corpus;
  }

  /// Ids beyond the vocabulary would be a failure deep inside.
  private static void requireVocabulary(Corpus corpus, Compiled compiled) {
    String size = compiled.parameters().getOrDefault(VOCABULARY, "");
    if (!size.matches("\\d{1,9}") || corpus.largest() < Integer.parseInt(size)) return;
    throw new InputFailure(
        "there is a token %d in the data, and the model has %s, 0 to %d; set %s, or take the model's own tokenizer"
            .formatted(corpus.largest(), size, Integer.parseInt(size) - 1, VOCABULARY));
  }

  /// Writes down what happens.
  private static final class Keeper implements Trainer.Listener {
    private final RunFolder folder;
    private final Trainee trainee;
    private final AtomicFolder.Content content;
    private final Listener listener;
    private final Samples samples;
    private final Metrics metrics;
    private RunFolder.State state;

    Keeper(
        RunFolder folder,
        Trainee trainee,
        AtomicFolder.Content content,
        Listener listener,
        Samples samples,
        RunFolder.State state) {
      this.folder = folder;
      this.trainee = trainee;
      this.content = content;
      this.listener = listener;
      this.samples = samples;
      this.state = state;
      this.metrics = new Metrics(folder.folder(), state.steps());
    }

    @Override
    public void took(long tokens) {
      listener.took(tokens);
    }

    @Override
    public void stepped(int step, double rate, Trainee.Progress progress) {
      metrics.stepped(step, rate, progress);
      listener.stepped(step, rate, progress);
      // Before the checkpoint of this step, so that who goes on from it has them.
      samples.after(step + 1);
    }

    @Override
    public void evaluated(int steps, double loss) {
      boolean best = loss < state.best();
      state =
          new RunFolder.State(steps, best ? loss : state.best(), best ? steps : state.bestSteps());
      metrics.evaluated(steps, loss);
      metrics.draw();
      folder.write(state, trainee, content);
      listener.evaluated(steps, loss);
    }
  }
}
