package dune.runtime.train;

import dune.backend.torch.TorchBackend;
import dune.backend.torch.run.DeviceRequest;
import dune.passes.Use;
import dune.passes.lora.Adapter;
import dune.runtime.compile.Compilation;
import dune.runtime.compile.CompileOptions;
import dune.runtime.compile.Compiled;
import dune.runtime.compile.ModelCompiler;
import dune.runtime.generate.Generator;
import dune.runtime.generate.Request;
import dune.runtime.library.ModelFile;
import dune.runtime.model.ModelLoader;
import dune.runtime.model.TorchModel;
import dune.runtime.sample.Penalties;
import dune.runtime.sample.SamplingSettings;
import dune.runtime.tokenize.Tokenizer;
import dune.weights.InputFailure;
import dune.weights.checkpoint.Checkpoint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Lets a trainee write, in the program that runs it elsewhere as well.
final class SampleWriter implements Samples.Writer {
  private final Trainee trainee;
  private final Source source;
  private final RunSettings settings;
  private final DeviceRequest device;
  private final Tokenizer tokenizer;
  private final List<int[]> prompts;

  /// Compiled when something is written first.
  private Optional<Compiled> compiled = Optional.empty();

  /// Which model the trainee is.
  ///
  /// @param adapters that learn in its place
  /// @param weights those that do not learn
  record Source(
      ModelFile file,
      Checkpoint checkpoint,
      List<Adapter> adapters,
      TorchBackend.Weights weights) {}

  /// @param prompts token ids, none of them empty
  /// @throws InputFailure if one leaves no room to write
  SampleWriter(
      Trainee trainee,
      Source source,
      RunSettings settings,
      DeviceRequest device,
      Tokenizer tokenizer,
      List<int[]> prompts) {
    this.trainee = trainee;
    this.source = source;
    this.settings = settings;
    this.device = device;
    this.tokenizer = tokenizer;
    this.prompts = List.copyOf(prompts);
    for (int[] prompt : prompts) Generator.requireRoom(prompt.length, settings.context());
  }

  @Override
  public List<Samples.Written> write() {
    if (compiled.isEmpty()) compiled = Optional.of(compile());
    var weights = new TrainedWeights(trainee.weights(), source.weights());
    try (TorchModel model =
        ModelLoader.load(compiled.get(), weights, () -> {}, device, TorchModel.Mode.CACHED)) {
      var generator = new Generator(model, tokenizer);
      var texts = new ArrayList<Samples.Written>();
      for (int[] prompt : prompts) {
        var text = new StringBuilder();
        generator.run(request(prompt), text::append);
        texts.add(new Samples.Written(tokenizer.decode(prompt), text.toString()));
      }
      return texts;
    } finally {
      weights.close();
    }
  }

  private Request request(int[] prompt) {
    SamplePlan plan = settings.samples();
    var sampling =
        new SamplingSettings(plan.temperature(), 0, 1, 0, Penalties.NONE, settings.plan().seed());
    return new Request(Arrays.stream(prompt).boxed().toList(), plan.tokens(), sampling, List.of());
  }

  private Compiled compile() {
    CompileOptions options =
        CompileOptions.DEFAULTS
            .withElem(settings.elem())
            .withContext(settings.context())
            .withUse(Use.WRITING);
    return switch (ModelCompiler.compile(
        source.file(), source.checkpoint(), options, source.adapters())) {
      case Compilation.Done(var done, _) -> done;
      case Compilation.Refused _ ->
          throw new IllegalStateException("a model that learns, and cannot be run");
    };
  }
}
