package dune.runtime.tokenize;

import java.util.Collections;
import java.util.NavigableSet;
import java.util.OptionalInt;
import java.util.TreeSet;

/// The tokens that begin and end a sequence.
///
/// @param beginning the token before the first one, if the checkpoint has one
/// @param beginsPrompts whether prompts start with it
/// @param ends the tokens after which nothing follows
public record SpecialTokens(
    OptionalInt beginning, boolean beginsPrompts, NavigableSet<Integer> ends) {
  public SpecialTokens {
    ends = Collections.unmodifiableNavigableSet(new TreeSet<>(ends));
  }
}
