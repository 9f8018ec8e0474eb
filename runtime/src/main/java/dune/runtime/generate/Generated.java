package dune.runtime.generate;

import dune.runtime.sample.LogProbabilities.Likely;
import java.time.Duration;
import java.util.List;

/// What was written.
///
/// @param tokens everything generated, the end token included
/// @param choices how likely each of these was, if asked for; else empty
/// @param ending why it ended
/// @param prefill how long the prompt took, until the first token was known
/// @param decode how long the tokens after the first took
public record Generated(
    List<Integer> tokens, List<Choice> choices, Ending ending, Duration prefill, Duration decode) {
  public Generated {
    tokens = List.copyOf(tokens);
    choices = List.copyOf(choices);
  }

  /// What the model thought of a token before it was drawn, penalties and temperature aside.
  ///
  /// @param first the likeliest tokens, likeliest first
  public record Choice(Likely drawn, List<Likely> first) {
    public Choice {
      first = List.copyOf(first);
    }
  }

  /// Why a text ends.
  public enum Ending {
    /// The model said so.
    END_TOKEN,
    STOP_TEXT,
    LIMIT,
    /// The sequence fills the context.
    CONTEXT
  }

  /// Tokens per second after the first; 0 where there are none.
  public double decodeSpeed() {
    if (tokens.size() < 2 || decode.isZero()) return 0;
    return (tokens.size() - 1) / (decode.toNanos() * 1e-9);
  }
}
