package dune.runtime.prompts;

import dune.runtime.generate.Generated.Choice;
import dune.runtime.sample.LogProbabilities.Likely;
import dune.runtime.tokenize.Tokenizer;
import dune.weights.Quoted;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Shows people how likely tokens were: a line per token, the one that was drawn first, then the
/// likeliest.
///
///     -0.0312 " there"        -0.0312 " there"        -3.9120 " was"
public final class ChoiceTable {
  private final TokenTexts texts;

  public ChoiceTable(Tokenizer tokenizer) {
    this.texts = new TokenTexts(tokenizer);
  }

  public List<String> lines(Written written) {
    List<Choice> choices = written.generated().choices();
    return IntStream.range(0, choices.size())
        .mapToObj(step -> line(written.before(step), choices.get(step)))
        .toList();
  }

  private String line(int before, Choice choice) {
    return Stream.concat(Stream.of(choice.drawn()), choice.first().stream())
        .map(likely -> String.format("%-22s", likely(before, likely)))
        .collect(Collectors.joining("  "))
        .stripTrailing();
  }

  /// Special tokens have no text; their number stands for them.
  private String likely(int before, Likely likely) {
    String text = texts.of(before, likely.token());
    String shown = text.isEmpty() ? "<" + likely.token() + ">" : "\"" + Quoted.plain(text) + "\"";
    return String.format(Locale.ROOT, "%8.4f %s", likely.logProbability(), shown);
  }
}
