package dune.runtime.score;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// A score and what it is a score of.
///
/// @param text what was predicted
/// @param tokensOfText in how many tokens, without one that begins every text
public record ScoreReport(Score score, int context, int stride, String text, int tokensOfText) {

  /// For people.
  public String text() {
    return String.format(
        Locale.ROOT,
        """
        tokens              %d, of which %d were predicted
        windows             %d of %d tokens, %d apart
        mean negative log   %.6f nats per token
        perplexity          %.4f
        bits per byte       %.4f
        bits per character  %.4f\
        """,
        score.tokens(),
        score.predicted(),
        score.windows(),
        context,
        stride,
        score.mean(),
        score.perplexity(),
        bitsPerByte(),
        bitsPerCharacter());
  }

  /// For programs, on one line:
  ///
  ///     { "tokens": COUNT, "predicted": COUNT, "windows": COUNT, "context": COUNT,
  ///       "stride": COUNT, "bytes": COUNT, "characters": COUNT, "nll": NATS PER TOKEN,
  ///       "perplexity": NUMBER, "bits_per_byte": NUMBER, "bits_per_character": NUMBER }
  ///
  /// Numbers that are infinite are `null`. Members may be added in later versions, none is removed
  /// or changes its meaning.
  public String json() {
    ObjectNode root = new JsonMapper().createObjectNode();
    root.put("tokens", score.tokens());
    root.put("predicted", score.predicted());
    root.put("windows", score.windows());
    root.put("context", context);
    root.put("stride", stride);
    root.put("bytes", bytes());
    root.put("characters", characters());
    put(root, "nll", score.mean());
    put(root, "perplexity", score.perplexity());
    put(root, "bits_per_byte", bitsPerByte());
    put(root, "bits_per_character", bitsPerCharacter());
    return root.toString();
  }

  private static void put(ObjectNode node, String name, double number) {
    if (Double.isFinite(number)) node.put(name, number);
    else node.putNull(name);
  }

  private long bytes() {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  /// Unicode characters, not UTF-16 units.
  private long characters() {
    return text.codePointCount(0, text.length());
  }

  private double bitsPerByte() {
    return score.bitsPer(bytes(), tokensOfText);
  }

  private double bitsPerCharacter() {
    return score.bitsPer(characters(), tokensOfText);
  }
}
