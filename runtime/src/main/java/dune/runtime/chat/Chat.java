package dune.runtime.chat;

import dune.runtime.chat.Message.Role;
import dune.runtime.generate.Generated;
import dune.runtime.generate.Generated.Ending;
import dune.runtime.generate.Generator;
import dune.runtime.generate.LanguageModel;
import dune.runtime.generate.Request;
import dune.runtime.sample.SamplingSettings;
import dune.runtime.tokenize.Tokenizer;
import dune.weights.InputFailure;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongFunction;

/// One conversation. Not for use by two threads, except to stop an answer.
public final class Chat {
  private final ReadingOn model;
  private final Tokenizer tokenizer;
  private final ChatTemplate template;
  private final Manner manner;
  private final List<Message> said = new ArrayList<>();
  private Optional<String> system = Optional.empty();
  private long answers;

  /// How answers are made.
  ///
  /// @param limit the most tokens of an answer
  /// @param sampling how tokens are drawn for the answer of this number, from 0
  /// @param stops texts that end an answer
  public record Manner(int limit, LongFunction<SamplingSettings> sampling, List<String> stops) {
    public Manner {
      stops = List.copyOf(stops);
      if (limit < 1) throw new InputFailure("--max-tokens must be 1 or more, not " + limit);
    }
  }

  public Chat(LanguageModel model, Tokenizer tokenizer, ChatTemplate template, Manner manner) {
    this.model = new ReadingOn(model);
    this.tokenizer = TurnEnd.of(tokenizer, template);
    this.template = template;
    this.manner = manner;
  }

  /// What the model is told before everything else; empty for nothing.
  public void tell(Optional<String> instructions) {
    system = instructions;
  }

  /// Forgets what was said, but not the instructions.
  public void reset() {
    said.clear();
  }

  /// The model is another one from here on: what was said is read again.
  public void readAnew() {
    model.forget();
  }

  /// What was said, instructions apart.
  public List<Message> said() {
    return List.copyOf(said);
  }

  /// Ends the answer that another thread waits for, after the token it is at.
  public void stop() {
    model.stop();
  }

  /// Says something, and lets the model answer. If the conversation does not fit the context, its
  /// oldest exchanges are forgotten.
  ///
  /// @param pieces gets the answer as it comes
  /// @throws InputFailure if the template refuses the conversation, or this alone is longer than
  ///   the context; the conversation is as before then
  public Answer say(String text, Consumer<String> pieces) {
    List<Message> next = new ArrayList<>(said);
    next.add(new Message(Role.USER, text));
    int before = next.size();
    int[] prompt = prompt(next);
    while (prompt.length > longest() && next.size() > 1) {
      forgetOldest(next);
      prompt = prompt(next);
    }
    Generator.requireRoom(prompt.length, model.context());
    int forgotten = before - next.size();

    var answer = new StringBuilder();
    Optional<Ending> ending = write(prompt, answer, pieces);
    next.add(new Message(Role.ASSISTANT, answer.toString()));
    said.clear();
    said.addAll(next);
    return new Answer(answer.toString(), ending, prompt.length, model.reused(), forgotten);
  }

  /// So long that a quarter of the context is left for the answer, if it may become as long.
  private int longest() {
    return model.context() - Math.max(1, Math.min(manner.limit(), model.context() / 4));
  }

  private static void forgetOldest(List<Message> messages) {
    do {
      messages.removeFirst();
    } while (messages.getFirst().role() != Role.USER);
  }

  private int[] prompt(List<Message> messages) {
    List<Message> all = new ArrayList<>();
    system.ifPresent(instructions -> all.add(new Message(Role.SYSTEM, instructions)));
    all.addAll(messages);
    // The template writes the beginning token where it wants one.
    int[] ids =
        tokenizer.encodeMarked(
            template.render(all, ChatTemplate.Ending.ANSWER, ZonedDateTime.now()));
    if (ids.length == 0) throw new InputFailure("the chat template writes nothing");
    return ids;
  }

  private Optional<Ending> write(int[] prompt, StringBuilder answer, Consumer<String> pieces) {
    var request =
        new Request(
            Arrays.stream(prompt).boxed().toList(),
            manner.limit(),
            manner.sampling().apply(answers++),
            manner.stops());
    Consumer<String> text =
        piece -> {
          answer.append(piece);
          pieces.accept(piece);
        };
    try {
      Generated generated = new Generator(model, tokenizer).run(request, text);
      return Optional.of(generated.ending());
    } catch (ReadingOn.Stopped stopped) {
      return Optional.empty();
    }
  }
}
