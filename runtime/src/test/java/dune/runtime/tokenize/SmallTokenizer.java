package dune.runtime.tokenize;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Writes a checkpoint folder with a byte-falling-back BPE tokenizer of a few letters, in the
/// manner of LLaMA 2: ids 0 to 2 are `<unk>`, `<s>` and `</s>`, then come the 256 bytes, then
/// letters.
final class SmallTokenizer {
  static final int FIRST_BYTE = 3;

  private static final JsonMapper JSON = new JsonMapper();

  private SmallTokenizer() {}

  /// A file that asks to cut texts at four tokens, as some on the Hub do.
  static void writeTo(Path folder, String config) throws IOException {
    ObjectNode root = JSON.createObjectNode();
    root.put("version", "1.0");
    root.putObject("truncation")
        .put("direction", "Right")
        .put("max_length", 4)
        .put("strategy", "LongestFirst")
        .put("stride", 0);
    root.putNull("padding");
    ArrayNode added = root.putArray("added_tokens");
    String[] special = {"<unk>", "<s>", "</s>"};
    for (int id = 0; id < special.length; id++) {
      added
          .addObject()
          .put("id", id)
          .put("content", special[id])
          .put("single_word", false)
          .put("lstrip", false)
          .put("rstrip", false)
          .put("normalized", false)
          .put("special", true);
    }
    ObjectNode normalizer = root.putObject("normalizer").put("type", "Sequence");
    ArrayNode steps = normalizer.putArray("normalizers");
    steps.addObject().put("type", "Prepend").put("prepend", "▁");
    steps
        .addObject()
        .put("type", "Replace")
        .put("content", "▁")
        .putObject("pattern")
        .put("String", " ");
    root.putNull("pre_tokenizer");
    ObjectNode processor = root.putObject("post_processor").put("type", "TemplateProcessing");
    ArrayNode single = processor.putArray("single");
    single.addObject().putObject("SpecialToken").put("id", "<s>").put("type_id", 0);
    single.addObject().putObject("Sequence").put("id", "A").put("type_id", 0);
    processor.putArray("pair").add(single.get(1).deepCopy());
    ObjectNode begin = processor.putObject("special_tokens").putObject("<s>").put("id", "<s>");
    begin.putArray("ids").add(1);
    begin.putArray("tokens").add("<s>");
    ArrayNode decoders = root.putObject("decoder").put("type", "Sequence").putArray("decoders");
    decoders
        .addObject()
        .put("type", "Replace")
        .put("content", " ")
        .putObject("pattern")
        .put("String", "▁");
    decoders.addObject().put("type", "ByteFallback");
    decoders.addObject().put("type", "Fuse");
    decoders.addObject().put("type", "Strip").put("content", " ").put("start", 1).put("stop", 0);
    ObjectNode model = root.putObject("model").put("type", "BPE");
    model.put("unk_token", "<unk>").put("fuse_unk", true).put("byte_fallback", true);
    ObjectNode vocabulary = model.putObject("vocab");
    for (String token : special) vocabulary.put(token, vocabulary.size());
    for (int value = 0; value < 256; value++) {
      vocabulary.put("<0x%02X>".formatted(value), vocabulary.size());
    }
    for (String letter : "▁ a b c d e".split(" ")) vocabulary.put(letter, vocabulary.size());
    model.putArray("merges");
    JSON.writeValue(folder.resolve("tokenizer.json").toFile(), root);
    Files.writeString(folder.resolve("tokenizer_config.json"), config);
  }
}
