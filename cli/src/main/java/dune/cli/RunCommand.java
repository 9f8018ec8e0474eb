package dune.cli;

import dune.runtime.generate.Generated;
import dune.runtime.generate.Generator;
import dune.runtime.generate.Request;
import dune.runtime.model.Loadable;
import dune.runtime.model.TorchModel;
import dune.runtime.sample.SamplingSettings;
import dune.runtime.tokenize.HuggingFaceTokenizer;
import dune.runtime.tokenize.Tokenizer;
import dune.weights.InputFailure;
import dune.weights.checkpoint.Checkpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "run",
    description = {
      "Continues a prompt.",
      "The text goes to standard output as it comes, and nothing else does; speed goes to standard"
          + " error."
    })
final class RunCommand implements Callable<Integer> {
  private final Console console;
  private final Reports reports;

  @Mixin private ModelOptions model;
  @Mixin private ModelOptions.Machine machine;
  @Mixin private SamplingOptions sampling;

  @Option(
      names = {"-p", "--prompt"},
      paramLabel = "TEXT",
      defaultValue = "",
      description =
          "What to continue; - reads it from standard input. Default: nothing, the model begins.")
  private String prompt = "";

  @Option(
      names = {"-n", "--max-tokens"},
      paramLabel = "N",
      defaultValue = "256",
      description = "Generate at most N tokens. Default: ${DEFAULT-VALUE}.")
  private int limit;

  @Option(names = "--no-cache", description = "Compute the whole sequence anew for every token.")
  private boolean noCache;

  RunCommand(Console console) {
    this.console = console;
    this.reports = new Reports(console);
  }

  @Override
  public Integer call() {
    long begin = System.nanoTime();
    if (limit < 0) throw new InputFailure("--max-tokens must be 0 or more, not " + limit);
    List<String> stops = sampling.stops();
    ModelOptions.Machine.warmUp();
    Optional<Loadable> found = model.loadable(reports);
    if (found.isEmpty()) return ExitStatus.MISTAKES.code();
    Loadable loadable = found.get();
    SamplingSettings settings = sampling.settings(loadable.folder());
    if (!noCache) {
      loadable
          .reasons()
          .forEach(reason -> console.say("every token is computed from the beginning: " + reason));
    }
    try (Tokenizer tokenizer = tokenizer(loadable.folder())) {
      int[] ids = tokenizer.encodePrompt(prompt());
      Generator.requireRoom(ids.length, loadable.limits().context());
      var request = new Request(Arrays.stream(ids).boxed().toList(), limit, settings, stops);
      machine.apply();
      try (TorchModel ready = loadable.load(machine.device, mode())) {
        long load = System.nanoTime() - begin;
        Generated generated = new Generator(ready, tokenizer).run(request, this::show);
        console.out().println();
        console.out().flush();
        report(generated, ids.length, load * 1e-9, ready);
      }
    }
    return ExitStatus.OK.code();
  }

  private TorchModel.Mode mode() {
    return noCache ? TorchModel.Mode.RECOMPUTED : TorchModel.Mode.CACHED;
  }

  private static Tokenizer tokenizer(Path folder) {
    return HuggingFaceTokenizer.of(folder, Checkpoint.generation(folder));
  }

  private String prompt() {
    if (!prompt.equals("-")) return prompt;
    try {
      return new String(console.in().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void show(String text) {
    console.out().print(text);
    console.requireOutput();
  }

  private void report(Generated generated, int prompted, double load, TorchModel ready) {
    double prefill = generated.prefill().toNanos() * 1e-9;
    console.say(
        String.format(
            Locale.ROOT,
            "ready in %.2f s on %s; prompt of %d tokens in %.3f s; %d tokens at %.1f tokens/s (%s)",
            load,
            ready.device(),
            prompted,
            prefill,
            generated.tokens().size(),
            generated.decodeSpeed(),
            switch (generated.ending()) {
              case END_TOKEN -> "the model ended it";
              case STOP_TEXT -> "stop text";
              case LIMIT -> "limit of --max-tokens";
              case CONTEXT -> "context is full";
            }));
  }
}
