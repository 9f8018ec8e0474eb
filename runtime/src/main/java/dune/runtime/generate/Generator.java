package dune.runtime.generate;

import dune.runtime.generate.Generated.Ending;
import dune.runtime.sample.Sampler;
import dune.runtime.sample.StopMatcher;
import dune.runtime.tokenize.TokenStream;
import dune.runtime.tokenize.Tokenizer;
import dune.weights.InputFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Lets a model continue a prompt, token by token.
public final class Generator {
  private final LanguageModel model;
  private final Tokenizer tokenizer;

  public Generator(LanguageModel model, Tokenizer tokenizer) {
    this.model = model;
    this.tokenizer = tokenizer;
  }

  /// Writes what follows the prompt.
  ///
  /// @param text gets the pieces as they become certain; their concatenation is the whole text
  /// @throws InputFailure if the prompt leaves no room in the context, or the model gives no
  ///   numbers
  public Generated run(Request request, Consumer<String> text) {
    int[] prompt = request.prompt().stream().mapToInt(Integer::intValue).toArray();
    requireRoom(prompt.length, model.context());
    if (request.limit() == 0) {
      return new Generated(List.of(), Ending.LIMIT, Duration.ZERO, Duration.ZERO);
    }
    long begin = System.nanoTime();
    var writing = new Writing(request, prompt, text);
    LanguageModel.Sequence sequence = model.begin();
    Optional<Ending> ending = writing.next(sequence.append(prompt), sequence.length());
    long first = System.nanoTime();
    while (ending.isEmpty()) {
      ending = writing.next(sequence.append(writing.last()), sequence.length());
    }
    writing.finish();
    long end = System.nanoTime();
    return new Generated(
        writing.tokens,
        ending.get(),
        Duration.ofNanos(first - begin),
        Duration.ofNanos(end - first));
  }

  /// Callers can ask before they load a model.
  ///
  /// @throws InputFailure if a prompt of this length leaves no room in the context
  public static void requireRoom(int length, int context) {
    if (length < context) return;
    throw new InputFailure(
        "the prompt has %d tokens, and a context of %d leaves no room to continue"
            .formatted(length, context));
  }

  /// The state of one run.
  private final class Writing {
    private final Request request;
    private final Sampler sampler;
    private final TokenStream stream;
    private final StopMatcher stops;
    private final Consumer<String> text;
    private final List<Integer> tokens = new ArrayList<>();

    Writing(Request request, int[] prompt, Consumer<String> text) {
      this.request = request;
      this.sampler = new Sampler(request.sampling());
      this.stream = tokenizer.stream(prompt);
      this.stops = new StopMatcher(request.stops());
      this.text = text;
    }

    int last() {
      return tokens.getLast();
    }

    /// Chooses a token and shows its text; says whether it is the last.
    Optional<Ending> next(float[] logits, int length) {
      int token = sampler.next(logits);
      tokens.add(token);
      if (tokenizer.special().ends().contains(token)) return Optional.of(Ending.END_TOKEN);
      show(stops.next(stream.next(token)));
      if (stops.stopped()) return Optional.of(Ending.STOP_TEXT);
      if (tokens.size() == request.limit()) return Optional.of(Ending.LIMIT);
      return length == model.context() ? Optional.of(Ending.CONTEXT) : Optional.empty();
    }

    void finish() {
      show(stops.next(stream.end()));
      show(stops.end());
    }

    private void show(String piece) {
      if (!piece.isEmpty()) text.accept(piece);
    }
  }
}
