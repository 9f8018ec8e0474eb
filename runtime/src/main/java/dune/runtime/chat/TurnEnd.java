package dune.runtime.chat;

import dune.runtime.chat.Message.Role;
import dune.runtime.tokenize.SpecialTokens;
import dune.runtime.tokenize.Tokenizer;
import dune.weights.InputFailure;
import java.time.ZonedDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableSet;
import java.util.OptionalInt;
import java.util.TreeSet;

/// A tokenizer that also ends a text where the template ends an answer.
///
/// Checkpoints often name only the token after a whole text as their end. What the template writes
/// behind an answer, `<|im_end|>` or `<end_of_turn>`, is what the model learnt to say there.
record TurnEnd(Tokenizer tokenizer, SpecialTokens special) implements Tokenizer {
  /// Something that no template writes by itself.
  private static final String ANSWER = "x8c1q";

  static Tokenizer of(Tokenizer tokenizer, ChatTemplate template) {
    OptionalInt end = end(tokenizer, template);
    SpecialTokens special = tokenizer.special();
    if (end.isEmpty() || special.ends().contains(end.getAsInt())) return tokenizer;
    NavigableSet<Integer> ends = new TreeSet<>(special.ends());
    ends.add(end.getAsInt());
    return new TurnEnd(
        tokenizer, new SpecialTokens(special.beginning(), special.beginsPrompts(), ends));
  }

  /// The first token after an answer, if it is one that is no text.
  private static OptionalInt end(Tokenizer tokenizer, ChatTemplate template) {
    var answered = List.of(new Message(Role.USER, "a"), new Message(Role.ASSISTANT, ANSWER));
    String text;
    try {
      text = template.render(answered, ChatTemplate.Ending.NOTHING, ZonedDateTime.now());
    } catch (InputFailure refused) {
      return OptionalInt.empty();
    }
    int at = text.lastIndexOf(ANSWER);
    if (at < 0) return OptionalInt.empty();
    String behind = text.substring(at + ANSWER.length()).strip();
    int[] ids = tokenizer.encodeMarked(behind);
    return ids.length > 0 && isNoText(ids[0], tokenizer)
        ? OptionalInt.of(ids[0])
        : OptionalInt.empty();
  }

  /// Asked behind other text: alone, a space would decode to nothing as well.
  private static boolean isNoText(int id, Tokenizer tokenizer) {
    int[] before = tokenizer.encode(ANSWER);
    int[] both = Arrays.copyOf(before, before.length + 1);
    both[before.length] = id;
    return tokenizer.decode(both).equals(tokenizer.decode(before));
  }

  @Override
  public int[] encode(String text) {
    return tokenizer.encode(text);
  }

  @Override
  public int[] encodeMarked(String text) {
    return tokenizer.encodeMarked(text);
  }

  @Override
  public String decode(int[] ids) {
    return tokenizer.decode(ids);
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
