package dune.runtime.tokenize;

import dune.ir.checkpoint.Config;
import dune.ir.checkpoint.Json;
import dune.runtime.sentencepiece.SentencePiece;
import dune.runtime.sentencepiece.SentencePiece.Place;
import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import dune.weights.config.GenerationConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// The tokenizer of a `tokenizer.model`, with the tokens that were added beside it.
public final class SentencePieceTokenizer implements Tokenizer {
  static final String FILE = "tokenizer.model";

  private final SentencePiece model;
  private final SpecialTokens special;

  /// What is one token wherever it stands, by its text.
  private final Map<String, Integer> marks;

  /// The added tokens that are text as well, by their ids.
  private final Map<Integer, String> visible;

  private final Pattern anyMark;
  private final Place afterMarks;

  private SentencePieceTokenizer(
      SentencePiece model, SpecialTokens special, Added added, Place afterMarks) {
    this.model = model;
    this.special = special;
    this.marks = new LinkedHashMap<>(model.special());
    this.marks.putAll(added.ids());
    this.visible = added.visible();
    this.anyMark =
        Pattern.compile(
            this.marks.keySet().stream()
                .sorted(Comparator.comparing(String::length).reversed())
                .map(Pattern::quote)
                .collect(Collectors.joining("|")));
    this.afterMarks = afterMarks;
  }

  /// Loads the tokenizer of a checkpoint folder.
  ///
  /// @param generation where texts begin and end, as the checkpoint's model says
  /// @throws EnvironmentFailure if a file cannot be read
  /// @throws InputFailure if a file does not say what it should
  public static Tokenizer of(Path folder, GenerationConfig generation) {
    var model = SentencePiece.read(folder.resolve(FILE));
    Config settings = TokenizerSettings.of(folder);
    Added added =
        Added.read(settings, TokenizerSettings.read(folder.resolve("added_tokens.json")), model);
    // Before a setting said otherwise, every stretch of text began with a space.
    boolean spaced = !(settings.get("legacy").value() instanceof Json.Bool(boolean old, _)) || old;
    return new SentencePieceTokenizer(
        model,
        special(settings, generation, model, added),
        added,
        spaced ? Place.BEGINNING : Place.INSIDE);
  }

  private static SpecialTokens special(
      Config settings, GenerationConfig generation, SentencePiece model, Added added) {
    Map<String, Integer> ids = new LinkedHashMap<>(model.special());
    ids.putAll(added.ids());
    var reader =
        new SpecialTokensReader(
            text -> ids.containsKey(text) ? OptionalInt.of(ids.get(text)) : OptionalInt.empty(),
            model.beginning());
    SpecialTokens said = reader.read(settings, generation);
    OptionalInt beginning = said.beginning().isPresent() ? said.beginning() : model.beginning();
    boolean begins =
        settings.get("add_bos_token").value() instanceof Json.Bool
            ? said.beginsPrompts()
            : beginning.isPresent() && beginning.equals(model.beginning());
    NavigableSet<Integer> ends = new TreeSet<>(said.ends());
    if (ends.isEmpty()) model.end().ifPresent(ends::add);
    return new SpecialTokens(beginning, begins, ends);
  }

  /// Tokens that are not in the model's file.
  ///
  /// @param visible those that are text, by their ids
  private record Added(Map<String, Integer> ids, Map<Integer, String> visible) {
    /// From `added_tokens_decoder` of the settings, else from `added_tokens.json`.
    static Added read(Config settings, Config file, SentencePiece model) {
      Map<String, Integer> ids = new LinkedHashMap<>();
      Map<Integer, String> visible = new LinkedHashMap<>();
      if (file.value() instanceof Json.Fields(var texts, _)) {
        texts.forEach(
            (text, id) -> {
              if (id instanceof Json.Whole(long number, _) && !text.isEmpty()) {
                ids.put(text, id(file, number));
              }
            });
      }
      if (settings.get("added_tokens_decoder").value() instanceof Json.Fields(var tokens, _)) {
        for (String key : tokens.keySet()) {
          Config token = settings.get("added_tokens_decoder").get(key);
          if (!(token.get("content").value() instanceof Json.Text(String text, _))) continue;
          if (text.isEmpty() || !key.matches("\\d{1,9}")) continue;
          int id = Integer.parseInt(key);
          ids.put(text, id);
          boolean isText =
              token.get("special").value() instanceof Json.Bool(boolean said, _) && !said;
          if (isText && id >= model.size()) visible.put(id, text);
        }
      }
      return new Added(ids, visible);
    }

    private static int id(Config file, long number) {
      if (number >= 0 && number <= Integer.MAX_VALUE) return (int) number;
      throw new InputFailure(Path.of(file.file()), number + " is no id of a token");
    }
  }

  @Override
  public int[] encode(String text) {
    return model.encode(text, Place.BEGINNING);
  }

  @Override
  public int[] encodeMarked(String text) {
    IntStream.Builder ids = IntStream.builder();
    Matcher marked = anyMark.matcher(text);
    int at = 0;
    while (marked.find()) {
      between(text, at, marked.start()).forEach(ids::add);
      ids.add(marks.get(marked.group()));
      at = marked.end();
    }
    between(text, at, text.length()).forEach(ids::add);
    return ids.build().toArray();
  }

  private IntStream between(String text, int begin, int end) {
    if (begin == end) return IntStream.empty();
    Place place = begin == 0 ? Place.BEGINNING : afterMarks;
    return Arrays.stream(model.encode(text.substring(begin, end), place));
  }

  @Override
  public String decode(int[] ids) {
    var text = new StringBuilder();
    List<Integer> run = new ArrayList<>();
    for (int id : ids) {
      if (visible.containsKey(id)) {
        flush(run, text);
        text.append(visible.get(id));
      } else {
        run.add(id);
      }
    }
    flush(run, text);
    return text.toString();
  }

  private void flush(List<Integer> run, StringBuilder text) {
    int[] ids = run.stream().mapToInt(Integer::intValue).toArray();
    text.append(model.decode(ids, text.isEmpty() ? Place.BEGINNING : Place.INSIDE));
    run.clear();
  }

  @Override
  public SpecialTokens special() {
    return special;
  }

  @Override
  public void close() {}
}
