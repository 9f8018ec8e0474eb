package dune.cli;

import dune.passes.Use;
import dune.runtime.model.Loadable;
import dune.runtime.model.TorchModel;
import dune.runtime.score.Score;
import dune.runtime.score.ScoreReport;
import dune.runtime.score.Scorer;
import dune.runtime.tokenize.Tokenizer;
import dune.runtime.tokenize.Tokenizers;
import dune.weights.InputFailure;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "score",
    description = {
      "Tells how well a model predicts a text: perplexity with a sliding window.",
      "The model reads windows of --ctx-size tokens, --stride apart, and predicts in each what the"
          + " one before has not: every token once, from at least --ctx-size less --stride tokens"
          + " before it, except in the first window."
    })
final class ScoreCommand implements Callable<Integer> {
  private final Console console;
  private final Reports reports;

  @Mixin private ModelOptions model;
  @Mixin private AdapterOption adapters;
  @Mixin private ModelOptions.Machine machine;

  /// How the result is printed.
  enum Format {
    TEXT,
    JSON
  }

  @Option(
      names = "--text",
      required = true,
      paramLabel = "FILE",
      description = "The text to predict, in UTF-8; - reads it from standard input.")
  private String text = "";

  @Option(
      names = "--stride",
      paramLabel = "N",
      description =
          "How far each window is ahead of the one before. Small is slow and gives every token"
              + " more context; the whole context gives windows without overlap. Default: half of"
              + " the context.")
  private Optional<Integer> stride = Optional.empty();

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "text",
      description = "text for people, json for programs. Default: ${DEFAULT-VALUE}.")
  private Format format = Format.TEXT;

  @Option(names = "--no-cache", description = "Compute each window in one go, without caches.")
  private boolean noCache;

  ScoreCommand(Console console) {
    this.console = console;
    this.reports = new Reports(console);
  }

  @Override
  public Integer call() {
    model.adapters = adapters.choices();
    TextInput input = TextInput.read(text, console);
    if (input.text().isEmpty()) throw new InputFailure(input.name() + ": there is no text");
    ModelOptions.Machine.warmUp();
    Optional<Loadable> found = model.loadable(Use.EVERYTHING, reports);
    if (found.isEmpty()) return ExitStatus.MISTAKES.code();
    Loadable loadable = found.get();
    int context = loadable.limits().context();
    int ahead = stride.orElse(Math.max(1, context / 2));
    Scorer.requireStride(ahead, context);
    try (Tokenizer tokenizer = Tokenizers.of(loadable.folder())) {
      int[] tokens = tokenizer.encodePrompt(input.text());
      Scorer.requireLength(tokens.length);
      machine.apply();
      try (TorchModel ready = loadable.load(machine.device, mode())) {
        Score score = score(new Scorer(ready, ahead), tokens, ready);
        int begins = tokenizer.special().beginsPrompts() ? 1 : 0;
        var report = new ScoreReport(score, context, ahead, input.text(), tokens.length - begins);
        console
            .out()
            .println(
                switch (format) {
                  case TEXT -> report.text();
                  case JSON -> report.json();
                });
      }
    }
    return ExitStatus.OK.code();
  }

  private TorchModel.Mode mode() {
    return noCache ? TorchModel.Mode.RECOMPUTED : TorchModel.Mode.CACHED;
  }

  private Score score(Scorer scorer, int[] tokens, TorchModel ready) {
    var progress = new Progress(console, "scoring", tokens.length - 1, Progress.Unit.TOKENS);
    long begin = System.nanoTime();
    Score score = scorer.run(tokens, progress::reached);
    double seconds = (System.nanoTime() - begin) * 1e-9;
    progress.end();
    console.say(
        String.format(
            Locale.ROOT,
            "%d tokens scored on %s in %.2f s, %.1f tokens/s",
            score.predicted(),
            ready.device(),
            seconds,
            score.predicted() / seconds));
    return score;
  }
}
