package dune.runtime.data;

import dune.runtime.chat.ChatTemplate;
import dune.runtime.tokenize.SpecialTokens;
import dune.runtime.tokenize.Tokenizer;
import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import dune.weights.Quoted;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Reads data for a model: a file, or a folder of files in the order of their names. By their
/// endings, `.jsonl` has a JSON object a line, `.bin` and `.npy` have token ids, and all others are
/// texts in UTF-8.
public final class DataReader {
  private final Tokenizer tokenizer;
  private final Supplier<ChatTemplate> template;
  private final Form form;
  private final Consumer<String> listener;

  /// How data is understood.
  ///
  /// @param tokens how `.bin` files keep ids
  public record Form(TokenType tokens, Documents documents) {
    public static final Form DEFAULT = new Form(TokenType.U16, Documents.JOINED);
  }

  /// @param tokenizer of the model
  /// @param template how conversations are written, asked when there is one
  /// @param listener hears what is left out, and why
  public DataReader(
      Tokenizer tokenizer, Supplier<ChatTemplate> template, Form form, Consumer<String> listener) {
    this.tokenizer = tokenizer;
    this.template = template;
    this.form = form;
    this.listener = listener;
  }

  /// Whether there are only token ids, which need no tokenizer.
  ///
  /// @throws EnvironmentFailure if a folder cannot be read
  /// @throws InputFailure if it has no data
  public static boolean isTokens(Path data) {
    return DataFiles.of(data).stream().allMatch(DataFiles::isTokens);
  }

  /// All texts, for an alphabet.
  ///
  /// @throws EnvironmentFailure if a file cannot be read
  /// @throws InputFailure if there is something else among them
  public static String characters(Path data) {
    List<Numbered> entries =
        DataFiles.read(DataFiles.of(data), TokenType.U16, new Problems(_ -> {}));
    return entries.stream()
        .map(
            numbered ->
                switch (numbered.entry()) {
                  case Entry.Text(var text) -> text;
                  case Entry.Task(var prompt, var answer) -> prompt + answer;
                  case Entry.Tokens _ ->
                      throw new InputFailure(
                          numbered.file(), "token ids have no characters to make an alphabet of");
                  case Entry.Talk _ ->
                      throw new InputFailure(
                          numbered.file(),
                          "conversations are written with the chat template of a checkpoint; name"
                              + " one with --weights");
                })
        .collect(Collectors.joining("\n"));
  }

  /// @param most the longest sequence; examples are cut there, and what has no answer then is left
  ///   out
  /// @throws EnvironmentFailure if a file cannot be read
  /// @throws InputFailure if there is nothing to learn, or both texts and tasks
  public Dataset read(Path data, int most) {
    var problems = new Problems(listener);
    List<Numbered> entries = DataFiles.read(DataFiles.of(data), form.tokens(), problems);
    List<Numbered> tasks = entries.stream().filter(DataReader::isTask).toList();
    Dataset found;
    if (tasks.isEmpty()) found = documents(entries, most);
    else if (tasks.size() == entries.size()) found = tasks(data, tasks, most, problems);
    else {
      Numbered text = entries.stream().filter(entry -> !isTask(entry)).findFirst().orElseThrow();
      throw new InputFailure(
          "%s:%d is a text and %s:%d a task; learn from one kind at a time"
              .formatted(
                  Quoted.path(text.file()),
                  text.line(),
                  Quoted.path(tasks.getFirst().file()),
                  tasks.getFirst().line()));
    }
    problems.end();
    if (entries.isEmpty()) throw new InputFailure(data, "there is nothing to learn from");
    return found;
  }

  private static boolean isTask(Numbered entry) {
    return switch (entry.entry()) {
      case Entry.Task _, Entry.Talk _ -> true;
      case Entry.Text _, Entry.Tokens _ -> false;
    };
  }

  private Dataset documents(List<Numbered> entries, int most) {
    return switch (form.documents()) {
      case JOINED -> new Dataset.Stream(joined(entries));
      case APART, PACKED ->
          new Dataset.Tasks(
              entries.stream().flatMap(each -> windows(document(each, true), most)).toList());
    };
  }

  private int[] joined(List<Numbered> entries) {
    if (entries.size() == 1) return document(entries.getFirst(), false);
    return entries.stream().flatMapToInt(each -> Arrays.stream(document(each, true))).toArray();
  }

  /// @param apart whether it has a beginning and an end
  private int[] document(Numbered numbered, boolean apart) {
    return switch (numbered.entry()) {
      case Entry.Tokens(var ids) -> ids;
      case Entry.Text(var text) when apart -> bounded(tokenizer.encode(text));
      case Entry.Text(var text) -> tokenizer.encode(text);
      case Entry.Task _, Entry.Talk _ -> throw new IllegalArgumentException("a task");
    };
  }

  /// Where the tokenizer has no end, a line feed is one.
  private int[] bounded(int[] text) {
    SpecialTokens special = tokenizer.special();
    IntStream begin =
        special.beginsPrompts() && special.beginning().isPresent()
            ? IntStream.of(special.beginning().getAsInt())
            : IntStream.empty();
    int[] end =
        special.ends().isEmpty() ? tokenizer.encode("\n") : new int[] {special.ends().first()};
    return IntStream.concat(begin, IntStream.concat(Arrays.stream(text), Arrays.stream(end)))
        .toArray();
  }

  /// Each begins with the last token of the one before, so that every token but the first is
  /// learned once.
  private static Stream<Example> windows(int[] document, int most) {
    return IntStream.range(0, Math.ceilDiv(Math.max(0, document.length - 1), most - 1))
        .mapToObj(
            i -> {
              int from = i * (most - 1);
              int[] tokens =
                  Arrays.copyOfRange(document, from, Math.min(document.length, from + most));
              var learned = new boolean[tokens.length];
              Arrays.fill(learned, 1, learned.length, true);
              return new Example(tokens, learned);
            });
  }

  private Dataset tasks(Path data, List<Numbered> entries, int most, Problems problems) {
    boolean talks = entries.stream().anyMatch(each -> each.entry() instanceof Entry.Talk);
    // Read here: without one, all of them fail, and not each by itself.
    Optional<ChatTemplate> read = talks ? Optional.of(template.get()) : Optional.empty();
    var examples = new Examples(tokenizer, read::orElseThrow);
    var found = new ArrayList<Example>();
    int cut = 0;
    for (Numbered numbered : entries) {
      Example whole;
      try {
        whole =
            switch (numbered.entry()) {
              case Entry.Task task -> examples.of(task);
              case Entry.Talk talk -> examples.of(talk);
              case Entry.Text _, Entry.Tokens _ -> throw new IllegalArgumentException("a text");
            };
      } catch (InputFailure refused) {
        problems.leftOut(numbered.file(), numbered.line(), refused.getMessage());
        continue;
      }
      Example kept = whole.cut(most);
      if (kept.count() == 0) {
        problems.leftOut(
            numbered.file(),
            numbered.line(),
            "the answer begins behind %d tokens; --ctx-size makes room".formatted(most));
        continue;
      }
      if (kept != whole) cut++;
      found.add(kept);
    }
    if (cut > 0) {
      listener.accept(
          "%d answers are cut off at %d tokens; --ctx-size makes room".formatted(cut, most));
    }
    if (found.isEmpty()) {
      problems.end();
      throw new InputFailure(data, "there is nothing to learn from");
    }
    return new Dataset.Tasks(found);
  }
}
