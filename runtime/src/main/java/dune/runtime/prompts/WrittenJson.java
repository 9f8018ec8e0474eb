package dune.runtime.prompts;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dune.runtime.generate.Generated.Choice;
import dune.runtime.generate.Generated.Ending;
import dune.runtime.sample.LogProbabilities.Likely;
import dune.runtime.sample.SamplingSettings;
import dune.runtime.tokenize.Tokenizer;
import java.util.List;

/// Writes what was generated for programs, as one JSON object on one line:
///
///     { "index": from 0, "prompt": TEXT, "text": TEXT, "tokens": [ ID ],
///       "ending": "end_token" | "stop_text" | "limit" | "context",
///       "prompt_tokens": COUNT,
///       "logprobs": [ { LIKELY, "top": [ { LIKELY } ] } ],
///       "sampling": { "temperature": .., "top_k": .., "top_p": .., "min_p": ..,
///                     "repetition_penalty": .., "presence_penalty": .., "frequency_penalty": ..,
///                     "seed": .. } }
///
/// LIKELY is `"token": ID, "text": TEXT, "logprob": NUMBER`: a natural logarithm of what the model
/// gave the token, penalties and temperature aside; `null` for one that is impossible. `logprobs` is
/// there if asked for, with an entry per token. `tokens` has the end token too. Members may be added
/// in later versions, none is removed or changes its meaning.
public final class WrittenJson {
  private static final JsonMapper JSON = new JsonMapper();

  private final TokenTexts texts;

  public WrittenJson(Tokenizer tokenizer) {
    this.texts = new TokenTexts(tokenizer);
  }

  public String line(Written written) {
    ObjectNode root = JSON.createObjectNode();
    root.put("index", written.index());
    root.put("prompt", written.prompt().text());
    root.put("text", written.text());
    ArrayNode tokens = root.putArray("tokens");
    written.generated().tokens().forEach(tokens::add);
    root.put("ending", word(written.generated().ending()));
    root.put("prompt_tokens", written.request().prompt().size());
    if (written.request().alternatives().isPresent()) choices(root.putArray("logprobs"), written);
    sampling(root.putObject("sampling"), written.request().sampling());
    return root.toString();
  }

  private static String word(Ending ending) {
    return switch (ending) {
      case END_TOKEN -> "end_token";
      case STOP_TEXT -> "stop_text";
      case LIMIT -> "limit";
      case CONTEXT -> "context";
    };
  }

  private void choices(ArrayNode list, Written written) {
    List<Choice> choices = written.generated().choices();
    for (int step = 0; step < choices.size(); step++) {
      int before = written.before(step);
      ObjectNode one = likely(list.addObject(), before, choices.get(step).drawn());
      ArrayNode top = one.putArray("top");
      choices.get(step).first().forEach(other -> likely(top.addObject(), before, other));
    }
  }

  private ObjectNode likely(ObjectNode node, int before, Likely likely) {
    node.put("token", likely.token());
    node.put("text", texts.of(before, likely.token()));
    if (Double.isFinite(likely.logProbability())) node.put("logprob", likely.logProbability());
    else node.putNull("logprob");
    return node;
  }

  private static void sampling(ObjectNode node, SamplingSettings sampling) {
    node.put("temperature", sampling.temperature());
    node.put("top_k", sampling.topK());
    node.put("top_p", sampling.topP());
    node.put("min_p", sampling.minP());
    node.put("repetition_penalty", sampling.penalties().repetition());
    node.put("presence_penalty", sampling.penalties().presence());
    node.put("frequency_penalty", sampling.penalties().frequency());
    node.put("seed", sampling.seed());
  }
}
