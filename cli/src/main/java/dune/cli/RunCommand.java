package dune.cli;

import dune.passes.Optimization;
import dune.passes.Use;
import dune.runtime.generate.Generated;
import dune.runtime.generate.Generator;
import dune.runtime.generate.Request;
import dune.runtime.library.BoxedModel;
import dune.runtime.model.Loadable;
import dune.runtime.model.TorchModel;
import dune.runtime.prompts.Prompt;
import dune.runtime.prompts.PromptFile;
import dune.runtime.prompts.Written;
import dune.runtime.sample.SamplingSettings;
import dune.runtime.tokenize.Tokenizer;
import dune.runtime.tokenize.Tokenizers;
import dune.weights.InputFailure;
import dune.weights.UsageFailure;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "run",
    description = {
      "Continues a prompt, or each of several. Without MODEL and --weights, the small model writes"
          + " that comes with dune and has read Shakespeare's plays.",
      "The text goes to standard output as it comes, and nothing else does; speed, and with"
          + " --logprobs how likely each token was, goes to standard error."
    })
final class RunCommand implements Callable<Integer> {
  private final Console console;
  private final Reports reports;

  @Spec private CommandSpec spec;
  @Mixin private ModelOptions model;
  @Mixin private AdapterOption adapters;
  @Mixin private ModelOptions.Machine machine;
  @Mixin private SamplingOptions sampling;

  @Option(
      names = {"-p", "--prompt"},
      paramLabel = "TEXT",
      description =
          "What to continue; - reads it from standard input. Default: nothing, the model begins.")
  private Optional<String> prompt = Optional.empty();

  @Option(
      names = "--prompts",
      paramLabel = "FILE",
      description =
          "Continue each line of a file (- is standard input): plain text, or, where the first line"
              + " begins with {, JSON objects with a `prompt`. Each is continued as if it were"
              + " alone, with the same seed.")
  private Optional<String> prompts = Optional.empty();

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "8",
      description =
          "Continue at most N prompts side by side; memory for caches grows with it."
              + " Default: ${DEFAULT-VALUE}.")
  private int batch;

  @Option(
      names = {"-n", "--max-tokens"},
      paramLabel = "N",
      defaultValue = "256",
      description = "Generate at most N tokens. Default: ${DEFAULT-VALUE}.")
  private int limit;

  @Option(
      names = "--logprobs",
      arity = "0..1",
      fallbackValue = "0",
      paramLabel = "N",
      description =
          "Say how likely the model found each token, and the N likeliest (default 0), as natural"
              + " logarithms before penalties and temperature.")
  private Optional<Integer> logprobs = Optional.empty();

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "text",
      description =
          "text for people; json for programs, an object per prompt and line: index, prompt, text,"
              + " tokens, ending, logprobs, sampling. Default: ${DEFAULT-VALUE}.")
  private WrittenOutput.Format format = WrittenOutput.Format.TEXT;

  @Option(names = "--no-cache", description = "Compute the whole sequence anew for every token.")
  private boolean noCache;

  RunCommand(Console console) {
    this.console = console;
    this.reports = new Reports(console);
  }

  @Override
  public Integer call() {
    model.adapters = adapters.choices();
    long begin = System.nanoTime();
    requireRanges();
    boolean boxed = model.model.isEmpty() && model.weights.isEmpty();
    List<Prompt> texts = prompts(boxed ? "\n" : "");
    ModelOptions.Machine.warmUp();
    if (boxed) {
      model.weights = Optional.of(BoxedModel.unpack());
      // Its text is there sooner than fusing so small a model would pay.
      if (model.level.isEmpty()) model.level = Optional.of(Optimization.O1);
    }
    Optional<Loadable> found = model.loadable(noCache ? Use.EVERYTHING : Use.WRITING, reports);
    if (found.isEmpty()) return ExitStatus.MISTAKES.code();
    Loadable loadable = found.get();
    SamplingSettings settings = sampling.settings(loadable.folder());
    if (!noCache) {
      loadable
          .reasons()
          .forEach(reason -> console.say("every token is computed from the beginning: " + reason));
    }
    try (Tokenizer tokenizer = Tokenizers.of(loadable.folder())) {
      int context = loadable.limits().context();
      List<Request> requests =
          texts.stream().map(text -> request(text, settings, tokenizer, context)).toList();
      machine.apply();
      try (TorchModel ready = loadable.load(machine.device, mode())) {
        double load = (System.nanoTime() - begin) * 1e-9;
        List<Written> written = write(new Generator(ready, tokenizer), texts, requests, tokenizer);
        report(written, load, ready, settings);
      }
    }
    return ExitStatus.OK.code();
  }

  private void requireRanges() {
    if (limit < 0) throw new UsageFailure("--max-tokens must be 0 or more, not " + limit);
    if (batch < 1) throw new UsageFailure("--batch must be 1 or more, not " + batch);
    if (logprobs.orElse(0) < 0) {
      throw new UsageFailure("--logprobs must be 0 or more, not " + logprobs.orElse(0));
    }
    if (prompt.isPresent() && prompts.isPresent()) {
      throw new ParameterException(
          spec.commandLine(), "--prompt and --prompts exclude each other; give one of them");
    }
    sampling.stops();
  }

  /// @param otherwise what to continue if nobody says
  private List<Prompt> prompts(String otherwise) {
    if (prompts.isPresent()) {
      TextInput input = TextInput.read(prompts.get(), console);
      return PromptFile.parse(input.name(), input.text());
    }
    String text = prompt.orElse(otherwise);
    return List.of(Prompt.of(text.equals("-") ? TextInput.read(text, console).text() : text));
  }

  private Request request(
      Prompt prompt, SamplingSettings settings, Tokenizer tokenizer, int context) {
    try {
      int[] ids = tokenizer.encodePrompt(prompt.text());
      Generator.requireRoom(ids.length, context);
      return new Request(
          Arrays.stream(ids).boxed().toList(),
          limit,
          settings,
          sampling.stops(),
          logprobs.map(OptionalInt::of).orElse(OptionalInt.empty()));
    } catch (InputFailure e) {
      throw new InputFailure(prompt.about(e.getMessage()));
    }
  }

  private TorchModel.Mode mode() {
    return noCache ? TorchModel.Mode.RECOMPUTED : TorchModel.Mode.CACHED;
  }

  private List<Written> write(
      Generator generator, List<Prompt> prompts, List<Request> requests, Tokenizer tokenizer) {
    var output = new WrittenOutput(console, format, prompts.size(), tokenizer);
    var progress = new Progress(console, "writing", prompts.size(), Progress.Unit.PROMPTS);
    var all = new ArrayList<Written>();
    while (all.size() < requests.size()) {
      int begin = all.size();
      List<Request> group = requests.subList(begin, Math.min(begin + batch, requests.size()));
      var texts = new ArrayList<StringBuilder>();
      group.forEach(_ -> texts.add(new StringBuilder()));
      List<Generated> generated =
          generator.run(
              group,
              (row, piece) -> {
                texts.get(row).append(piece);
                output.piece(piece);
              });
      for (int row = 0; row < group.size(); row++) {
        int index = begin + row;
        String text = texts.get(row).toString();
        all.add(new Written(index, prompts.get(index), group.get(row), generated.get(row), text));
        output.show(all.getLast());
      }
      progress.reached(all.size());
    }
    progress.end();
    return all;
  }

  private void report(
      List<Written> written, double load, TorchModel ready, SamplingSettings settings) {
    console.say(
        String.format(
            Locale.ROOT,
            "ready in %.2f s on %s; %s; %s",
            load,
            ready.device(),
            written.size() == 1 ? one(written.getFirst()) : several(written),
            settings.summary()));
  }

  private static String one(Written written) {
    Generated generated = written.generated();
    return String.format(
        Locale.ROOT,
        "prompt of %d tokens in %.3f s; %d tokens at %.1f tokens/s (%s)",
        written.request().prompt().size(),
        generated.prefill().toNanos() * 1e-9,
        generated.tokens().size(),
        generated.decodeSpeed(),
        switch (generated.ending()) {
          case END_TOKEN -> "the model ended it";
          case STOP_TEXT -> "stop text";
          case LIMIT -> "limit of --max-tokens";
          case CONTEXT -> "context is full";
        });
  }

  private String several(List<Written> written) {
    double seconds = 0;
    for (int first = 0; first < written.size(); first += batch) {
      // Those of one batch are written at the same time.
      seconds +=
          written.subList(first, Math.min(first + batch, written.size())).stream()
                  .map(Written::generated)
                  .mapToLong(one -> one.prefill().plus(one.decode()).toNanos())
                  .max()
                  .orElse(0)
              * 1e-9;
    }
    int tokens = written.stream().mapToInt(one -> one.generated().tokens().size()).sum();
    return String.format(
        Locale.ROOT,
        "%d prompts of %d tokens; %d tokens in %.3f s, %.1f tokens/s together",
        written.size(),
        written.stream().mapToInt(one -> one.request().prompt().size()).sum(),
        tokens,
        seconds,
        seconds == 0 ? 0 : tokens / seconds);
  }
}
