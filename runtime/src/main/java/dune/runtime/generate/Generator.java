package dune.runtime.generate;

import dune.runtime.tokenize.Tokenizer;
import dune.weights.InputFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// Lets a model continue prompts, token by token.
public final class Generator {
  private final LanguageModel model;
  private final Tokenizer tokenizer;

  public Generator(LanguageModel model, Tokenizer tokenizer) {
    this.model = model;
    this.tokenizer = tokenizer;
  }

  /// Gets the pieces of several texts as they become certain.
  @FunctionalInterface
  public interface Texts {
    void accept(int row, String piece);
  }

  /// Writes what follows the prompt.
  ///
  /// @param text gets the pieces as they become certain; their concatenation is the whole text
  /// @throws InputFailure if the prompt leaves no room in the context, or the model gives no
  ///   numbers
  public Generated run(Request request, Consumer<String> text) {
    return run(List.of(request), (_, piece) -> text.accept(piece)).getFirst();
  }

  /// Writes what follows several prompts, all at once: each as if it were alone. A text that has
  /// ended waits for the longest.
  ///
  /// @throws InputFailure as for one
  public List<Generated> run(List<Request> requests, Texts texts) {
    for (Request request : requests) requireRoom(request.prompt().size(), model.context());
    var writings = new ArrayList<Writing>();
    for (Request request : requests) {
      int row = writings.size();
      writings.add(
          new Writing(request, tokenizer, model.context(), piece -> texts.accept(row, piece)));
    }
    if (!writings.stream().allMatch(Writing::isOver)) write(writings);
    return writings.stream().map(Writing::generated).toList();
  }

  private void write(List<Writing> writings) {
    LanguageModel.Batch batch = model.batch(writings.size());
    while (!writings.stream().allMatch(Writing::isOver)) {
      List<float[]> logits = batch.append(writings.stream().map(Writing::unread).toList());
      for (int row = 0; row < writings.size(); row++) {
        Writing writing = writings.get(row);
        if (!writing.isOver()) writing.next(logits.get(row), batch.length(row));
      }
    }
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
}
