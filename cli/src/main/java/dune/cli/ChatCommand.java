package dune.cli;

import dune.passes.Use;
import dune.runtime.chat.Chat;
import dune.runtime.chat.ChatTemplate;
import dune.runtime.model.Loadable;
import dune.runtime.model.TorchModel;
import dune.runtime.sample.SamplingSettings;
import dune.runtime.tokenize.Tokenizer;
import dune.runtime.tokenize.Tokenizers;
import dune.weights.UsageFailure;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "chat",
    description = {
      "Talks with a model, in the words of its chat template.",
      "Each line is a message; one that ends with a backslash goes on in the next. Ctrl-C stops an"
          + " answer, Ctrl-D ends the conversation, /help lists what else there is.",
      "Without a terminal, messages are the lines of standard input, and standard output gets the"
          + " answers alone."
    })
final class ChatCommand implements Callable<Integer> {
  private final Console console;
  private final Reports reports;

  @Mixin private ModelOptions model;
  @Mixin private AdapterOption adapters;
  @Mixin private ModelOptions.Machine machine;
  @Mixin private SamplingOptions sampling;

  @Option(
      names = "--system",
      paramLabel = "TEXT",
      description = "What the model is told first. Default: what its template says by itself.")
  private Optional<String> system = Optional.empty();

  @Option(
      names = {"-n", "--max-tokens"},
      paramLabel = "N",
      defaultValue = "1024",
      description = "An answer has at most N tokens. Default: ${DEFAULT-VALUE}.")
  private int limit;

  ChatCommand(Console console) {
    this.console = console;
    this.reports = new Reports(console);
  }

  @Override
  public Integer call() {
    model.adapters = adapters.choices();
    long begin = System.nanoTime();
    if (limit < 0) throw new UsageFailure("--max-tokens must be 0 or more, not " + limit);
    sampling.stops();
    ModelOptions.Machine.warmUp();
    Optional<Loadable> found = model.loadable(Use.WRITING, reports);
    if (found.isEmpty()) return ExitStatus.MISTAKES.code();
    Loadable loadable = found.get();
    ChatTemplate template = ChatTemplate.of(loadable.folder());
    SamplingSettings settings = sampling.settings(loadable.folder());
    var manner =
        new Chat.Manner(
            limit, answer -> settings.withSeed(settings.seed() + answer), sampling.stops());
    loadable
        .reasons()
        .forEach(reason -> console.say("every token is computed from the beginning: " + reason));
    try (Tokenizer tokenizer = Tokenizers.of(loadable.folder());
        ChatInput input = ChatInput.of(console)) {
      machine.apply();
      try (TorchModel ready = loadable.load(machine.device, TorchModel.Mode.CACHED)) {
        console.say(
            String.format(
                Locale.ROOT,
                "ready in %.2f s on %s; %s; a context of %d tokens; /help says what can be typed",
                (System.nanoTime() - begin) * 1e-9,
                ready.device(),
                settings.summary(),
                ready.context()));
        var chat = new Chat(ready, tokenizer, template, manner);
        chat.tell(system);
        var switching = new ChatAdapters(ready, loadable.adaptation());
        new ChatLoop(console, chat, switching, input).run();
      }
    }
    return ExitStatus.OK.code();
  }
}
