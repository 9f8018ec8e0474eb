package dune.runtime.data;

import dune.runtime.chat.ChatTemplate;
import dune.runtime.chat.Message;
import dune.runtime.chat.Message.Role;
import dune.runtime.tokenize.Tokenizer;
import dune.weights.InputFailure;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.Supplier;

/// Turns what is asked and answered into tokens, of which the answers are learned, with what ends
/// them.
///
/// The border is where it is when the model is used: what comes before an answer has the tokens it
/// has when nothing follows.
final class Examples {
  /// What templates say that mention the date; the same whenever a run goes on.
  private static final ZonedDateTime DATE =
      ZonedDateTime.of(2025, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC);

  private final Tokenizer tokenizer;
  private final Supplier<ChatTemplate> template;

  /// @param template how conversations are written; asked when there is one
  Examples(Tokenizer tokenizer, Supplier<ChatTemplate> template) {
    this.tokenizer = tokenizer;
    this.template = template;
  }

  /// @throws InputFailure if the template refuses the conversation
  Example of(Entry.Talk talk) {
    ChatTemplate written = template.get();
    var pieces = new Pieces(tokenizer::encodeMarked, tokenizer::encodeMarked, tokenizer::decode);
    List<Message> messages = talk.messages();
    for (int i = 0; i < messages.size(); i++) {
      if (messages.get(i).role() != Role.ASSISTANT) continue;
      pieces.upTo(written.render(messages.subList(0, i), ChatTemplate.Ending.ANSWER, DATE), false);
      String answered =
          written.render(messages.subList(0, i + 1), ChatTemplate.Ending.NOTHING, DATE);
      // What stands behind the end of a turn is read, not written.
      boolean ends = !answered.strip().endsWith(messages.get(i).text().strip());
      pieces.upTo(ends ? answered.stripTrailing() : answered, true);
      if (!ends) end().ifPresent(pieces::add);
    }
    return pieces.example();
  }

  Example of(Entry.Task task) {
    var pieces = new Pieces(this::begun, tokenizer::encode, tokenizer::decode);
    pieces.upTo(task.prompt(), false);
    pieces.upTo(task.prompt() + task.answer(), true);
    end().ifPresent(pieces::add);
    return pieces.example();
  }

  private int[] begun(String text) {
    int[] ids = tokenizer.encode(text);
    return tokenizer.special().beginsPrompts() && tokenizer.special().beginning().isPresent()
        ? joined(new int[] {tokenizer.special().beginning().getAsInt()}, ids)
        : ids;
  }

  private OptionalInt end() {
    return tokenizer.special().ends().stream().mapToInt(Integer::intValue).findFirst();
  }

  private static int[] joined(int[] first, int[] second) {
    int[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  /// A text that grows, and its tokens.
  private static final class Pieces {
    private final Function<String, int[]> encode;
    private final Function<String, int[]> encodeMore;
    private final Function<int[], String> decode;
    private String text = "";
    private int[] ids = {};
    private boolean[] learned = {};

    /// @param encode from the beginning
    /// @param encodeMore what is not at the beginning
    Pieces(
        Function<String, int[]> encode,
        Function<String, int[]> encodeMore,
        Function<int[], String> decode) {
      this.encode = encode;
      this.encodeMore = encodeMore;
      this.decode = decode;
    }

    /// Goes on to a longer text. Where its tokens do not begin with those that are there, because a
    /// token would reach over the border, what is new is encoded by itself.
    ///
    /// @throws InputFailure if it does not begin with the text that is there
    void upTo(String longer, boolean isLearned) {
      if (!longer.startsWith(text)) {
        throw new InputFailure(
            "the chat template writes earlier messages anew when others follow, so that no answer"
                + " can be learned where it stands");
      }
      int[] all = encode.apply(longer);
      boolean goesOn = begins(all, ids);
      add(goesOn ? all : joined(ids, more(longer.substring(text.length()), all)), isLearned);
      text = longer;
    }

    /// The tokens of what is new. Some tokenizers put a space before every text; behind something
    /// that no token reaches over, they do not.
    ///
    /// @param all the tokens of the whole, to which these must add up as a text
    private int[] more(String rest, int[] all) {
      String whole = decode.apply(all);
      int[] alone = encodeMore.apply(rest);
      if (decode.apply(joined(ids, alone)).equals(whole)) return alone;
      for (String before : new String[] {"\n", "a", "."}) {
        int[] first = encodeMore.apply(before);
        int[] both = encodeMore.apply(before + rest);
        if (!begins(both, first)) continue;
        int[] more = Arrays.copyOfRange(both, first.length, both.length);
        if (decode.apply(joined(ids, more)).equals(whole)) return more;
      }
      return alone;
    }

    private static boolean begins(int[] all, int[] first) {
      return all.length >= first.length
          && Arrays.equals(all, 0, first.length, first, 0, first.length);
    }

    void add(int token) {
      add(joined(ids, new int[] {token}), true);
    }

    private void add(int[] all, boolean isLearned) {
      int before = ids.length;
      ids = all;
      learned = Arrays.copyOf(learned, all.length);
      Arrays.fill(learned, before, all.length, isLearned);
      if (all.length > 0) learned[0] = false;
    }

    Example example() {
      if (ids.length == 0) throw new InputFailure("there is nothing to learn");
      return new Example(ids, learned);
    }
  }
}
