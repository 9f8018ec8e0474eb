package dune.runtime.generate;

import dune.runtime.generate.Generated.Choice;
import dune.runtime.generate.Generated.Ending;
import dune.runtime.sample.LogProbabilities;
import dune.runtime.sample.Sampler;
import dune.runtime.sample.StopMatcher;
import dune.runtime.tokenize.TokenStream;
import dune.runtime.tokenize.Tokenizer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// One text while it is written.
final class Writing {
  private final Request request;
  private final Tokenizer tokenizer;
  private final int context;
  private final Sampler sampler;
  private final TokenStream stream;
  private final StopMatcher stops;
  private final Consumer<String> text;
  private final List<Integer> tokens = new ArrayList<>();
  private final List<Choice> choices = new ArrayList<>();
  private final long began = System.nanoTime();
  private long first = began;
  private long last = began;
  private Optional<Ending> ending;

  Writing(Request request, Tokenizer tokenizer, int context, Consumer<String> text) {
    this.request = request;
    this.tokenizer = tokenizer;
    this.context = context;
    this.sampler = new Sampler(request.sampling(), request.prompt());
    this.stream = tokenizer.stream(prompt());
    this.stops = new StopMatcher(request.stops());
    this.text = text;
    this.ending = request.limit() == 0 ? Optional.of(Ending.LIMIT) : Optional.empty();
  }

  boolean isOver() {
    return ending.isPresent();
  }

  /// What the model has to read next: at first the prompt, then the last token, and nothing once it
  /// is over.
  int[] unread() {
    if (isOver()) return new int[0];
    return tokens.isEmpty() ? prompt() : new int[] {tokens.getLast()};
  }

  private int[] prompt() {
    return request.prompt().stream().mapToInt(Integer::intValue).toArray();
  }

  /// Chooses a token and shows its text.
  ///
  /// @param length how many tokens the model has read
  void next(float[] logits, int length) {
    int token = sampler.next(logits);
    if (request.alternatives().isPresent()) {
      var likely = LogProbabilities.of(logits);
      choices.add(
          new Choice(likely.likely(token), likely.first(request.alternatives().getAsInt())));
    }
    last = System.nanoTime();
    if (tokens.isEmpty()) first = last;
    tokens.add(token);
    ending = ending(token, length);
    if (isOver()) finish();
  }

  private Optional<Ending> ending(int token, int length) {
    if (tokenizer.special().ends().contains(token)) return Optional.of(Ending.END_TOKEN);
    show(stops.next(stream.next(token)));
    if (stops.stopped()) return Optional.of(Ending.STOP_TEXT);
    if (tokens.size() == request.limit()) return Optional.of(Ending.LIMIT);
    return length == context ? Optional.of(Ending.CONTEXT) : Optional.empty();
  }

  private void finish() {
    show(stops.next(stream.end()));
    show(stops.end());
  }

  private void show(String piece) {
    if (!piece.isEmpty()) text.accept(piece);
  }

  Generated generated() {
    return new Generated(
        tokens,
        choices,
        ending.orElseThrow(),
        Duration.ofNanos(first - began),
        Duration.ofNanos(last - first));
  }
}
