package dune.runtime.tokenize;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dune.ir.checkpoint.Config;
import dune.ir.checkpoint.Json;
import dune.weights.AtomicFile;
import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import dune.weights.Quoted;
import dune.weights.json.JsonFile;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Tokenizers without a learned vocabulary, for models that are trained here: every byte, or every
/// character of an alphabet, is a token. They have no special tokens.
///
/// They lie beside the weights as `dune_tokenizer.json`: `{"type": "byte"}`, or `{"type": "char",
/// "alphabet": "..."}` with the characters in the order of their ids.
public sealed interface SmallAlphabet extends Tokenizer {
  String FILE = "dune_tokenizer.json";

  /// How many tokens there are.
  int size();

  /// What [#FILE] holds.
  String json();

  /// Every byte of UTF-8.
  static SmallAlphabet bytes() {
    return new Bytes();
  }

  /// The characters of a text, in the order of their code points, as nanoGPT numbers them.
  ///
  /// @throws InputFailure if there are none, or half a character is among them
  static SmallAlphabet of(String text) {
    if (text.isEmpty()) throw new InputFailure("a text without characters makes no alphabet");
    return Characters.of(
        text.codePoints().sorted().distinct().toArray(), "the text to make an alphabet of");
  }

  /// @throws EnvironmentFailure if the file cannot be read
  /// @throws InputFailure if it does not describe such a tokenizer
  static SmallAlphabet read(Path file) {
    Config config = Config.of(file.toString(), JsonFile.read(file));
    String type = config.get("type").value() instanceof Json.Text(String text, _) ? text : "";
    return switch (type) {
      case "byte" -> new Bytes();
      case "char" -> {
        if (!(config.get("alphabet").value() instanceof Json.Text(String alphabet, _))) {
          throw new InputFailure(file, "it has no text `alphabet`, which says what its tokens are");
        }
        yield Characters.of(alphabet.codePoints().toArray(), Quoted.path(file));
      }
      default -> throw new InputFailure(file, "its `type` is neither `byte` nor `char`");
    };
  }

  /// @throws EnvironmentFailure if the file cannot be written
  default void write(Path folder) {
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(json() + "\n");
    AtomicFile.write(folder.resolve(FILE), channel -> channel.write(bytes));
  }

  /// The same tokenizer as Hugging Face's library reads it.
  String huggingFace();

  /// Writes `tokenizer.json` and the settings that belong to it, so that others can use the folder.
  ///
  /// @throws EnvironmentFailure if a file cannot be written
  default void writeHuggingFace(Path folder) {
    AtomicFile.write(
        folder.resolve(HuggingFaceTokenizer.FILE), huggingFace().getBytes(StandardCharsets.UTF_8));
    AtomicFile.write(
        folder.resolve("tokenizer_config.json"),
        "{\"tokenizer_class\": \"PreTrainedTokenizerFast\", \"clean_up_tokenization_spaces\": false}\n"
            .getBytes(StandardCharsets.UTF_8));
  }

  @Override
  default SpecialTokens special() {
    return new SpecialTokens(OptionalInt.empty(), false, new TreeSet<>());
  }

  @Override
  default void close() {}

  private static String huggingFace(ObjectNode model, ObjectNode before, ObjectNode after) {
    var mapper = new JsonMapper();
    ObjectNode file = mapper.createObjectNode();
    file.put("version", "1.0");
    for (String none : List.of("truncation", "padding")) file.putNull(none);
    file.putArray("added_tokens");
    file.putNull("normalizer");
    file.set("pre_tokenizer", before);
    file.putNull("post_processor");
    file.set("decoder", after);
    file.set("model", model);
    return file.toPrettyString() + "\n";
  }

  /// Ids are the values of bytes.
  record Bytes() implements SmallAlphabet {
    @Override
    public int size() {
      return 256;
    }

    @Override
    public String json() {
      return "{\"type\": \"byte\"}";
    }

    /// Byte-pair encoding without pairs. Of its characters for bytes, those that print stand for
    /// themselves, and the others are numbered from U+0100 on.
    @Override
    public String huggingFace() {
      var mapper = new JsonMapper();
      ObjectNode model = mapper.createObjectNode().put("type", "BPE");
      ObjectNode vocabulary = model.putObject("vocab");
      int others = 0x100;
      for (int value = 0; value < size(); value++) {
        boolean prints =
            (value >= '!' && value <= '~') || (value >= 0xA1 && value <= 0xFF && value != 0xAD);
        vocabulary.put(Character.toString(prints ? value : others++), value);
      }
      model.putArray("merges");
      ObjectNode before = mapper.createObjectNode().put("type", "ByteLevel");
      before.put("add_prefix_space", false).put("trim_offsets", false).put("use_regex", false);
      return SmallAlphabet.huggingFace(model, before, before);
    }

    @Override
    public int[] encode(String text) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      var ids = new int[bytes.length];
      for (int i = 0; i < ids.length; i++) ids[i] = Byte.toUnsignedInt(bytes[i]);
      return ids;
    }

    @Override
    public String decode(int[] ids) {
      var bytes = new ByteArrayOutputStream();
      for (int id : ids) if (id >= 0 && id < size()) bytes.write(id);
      return bytes.toString(StandardCharsets.UTF_8);
    }
  }

  /// Ids are places in an alphabet.
  record Characters(List<Integer> alphabet, Map<Integer, Integer> ids) implements SmallAlphabet {
    public Characters {
      alphabet = List.copyOf(alphabet);
      ids = Collections.unmodifiableMap(new HashMap<>(ids));
    }

    private static Characters of(int[] characters, String origin) {
      Map<Integer, Integer> ids = new HashMap<>();
      for (int character : characters) {
        if (character >= Character.MIN_SURROGATE && character <= Character.MAX_SURROGATE) {
          throw new InputFailure(origin + ": half a character is in it");
        }
        if (ids.putIfAbsent(character, ids.size()) != null) {
          throw new InputFailure(
              "%s: %s stands twice in the alphabet".formatted(origin, named(character)));
        }
      }
      if (ids.isEmpty()) throw new InputFailure(origin + ": the alphabet is empty");
      return new Characters(Arrays.stream(characters).boxed().toList(), ids);
    }

    private static String named(int character) {
      return Quoted.name(Character.toString(character));
    }

    @Override
    public int size() {
      return ids.size();
    }

    @Override
    public String json() {
      ObjectNode file = new JsonMapper().createObjectNode();
      return file.put("type", "char").put("alphabet", text(alphabet.stream())).toString();
    }

    @Override
    public String huggingFace() {
      var mapper = new JsonMapper();
      ObjectNode model = mapper.createObjectNode().put("type", "WordLevel");
      ObjectNode vocabulary = model.putObject("vocab");
      for (int id = 0; id < size(); id++) {
        vocabulary.put(Character.toString(alphabet.get(id)), id);
      }
      // Which is not among them: what is in no alphabet is refused.
      model.put("unk_token", "[UNK]");
      ObjectNode before = mapper.createObjectNode().put("type", "Split");
      before.putObject("pattern").put("Regex", "[\\s\\S]");
      before.put("behavior", "Isolated").put("invert", false);
      return SmallAlphabet.huggingFace(
          model, before, mapper.createObjectNode().put("type", "Fuse"));
    }

    /// @throws InputFailure if a character is not in the alphabet
    @Override
    public int[] encode(String text) {
      return text.codePoints()
          .map(
              character -> {
                Integer id = ids.get(character);
                if (id != null) return id;
                throw new InputFailure(
                    "the character %s is not among the %d that this model was trained on"
                        .formatted(named(character), size()));
              })
          .toArray();
    }

    @Override
    public String decode(int[] ids) {
      return text(Arrays.stream(ids).filter(id -> id >= 0 && id < size()).mapToObj(alphabet::get));
    }

    private static String text(Stream<Integer> characters) {
      return characters.map(Character::toString).collect(Collectors.joining());
    }
  }
}
