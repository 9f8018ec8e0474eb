package dune.runtime.chat;

import dune.ir.checkpoint.Config;
import dune.ir.checkpoint.Json;
import dune.runtime.template.Template;
import dune.runtime.template.TemplateFailure;
import dune.runtime.template.Value;
import dune.runtime.tokenize.TokenizerSettings;
import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import dune.weights.Quoted;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZonedDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// How a model wants conversations written: the template that comes with it.
public final class ChatTemplate {
  private static final String FILE = "chat_template.jinja";
  private static final String SETTINGS = "tokenizer_config.json";
  private static final String TOKENS = "special_tokens_map.json";
  private static final String KEY = "chat_template";

  /// What templates know by these names is the token's text.
  private static final List<String> NAMED_TOKENS =
      List.of(
          "bos_token",
          "eos_token",
          "unk_token",
          "sep_token",
          "pad_token",
          "cls_token",
          "mask_token");

  private final String origin;
  private final Template template;
  private final Map<String, Value> tokens;

  private ChatTemplate(String origin, Template template, Map<String, Value> tokens) {
    this.origin = origin;
    this.template = template;
    this.tokens = tokens;
  }

  /// Whether the template ends with the words that begin an answer.
  public enum Ending {
    ANSWER,
    NOTHING
  }

  /// Reads the template of a checkpoint folder: `chat_template.jinja`, else `chat_template` of
  /// `tokenizer_config.json`; of several with names, the one called `default`.
  ///
  /// @throws EnvironmentFailure if there is none, or a file cannot be read
  /// @throws InputFailure if it is no valid template
  public static ChatTemplate of(Path folder) {
    Config settings = TokenizerSettings.of(folder);
    Map<String, Value> tokens = tokens(settings, TokenizerSettings.read(folder.resolve(TOKENS)));
    Path file = folder.resolve(FILE);
    if (Files.isRegularFile(file)) return parse(Quoted.path(file), read(file), tokens);
    String text =
        inSettings(settings)
            .orElseThrow(
                () ->
                    new EnvironmentFailure(
                        "%s has no chat template: neither %s nor `%s` in %s; `dunec run` continues"
                                .formatted(Quoted.path(folder), FILE, KEY, SETTINGS)
                            + " texts without one"));
    return parse(Quoted.path(folder.resolve(SETTINGS)) + ": " + KEY, text, tokens);
  }

  private static ChatTemplate parse(String origin, String text, Map<String, Value> tokens) {
    try {
      return new ChatTemplate(origin, Template.parse(text), tokens);
    } catch (TemplateFailure failure) {
      throw refused(origin, failure);
    }
  }

  private static InputFailure refused(String origin, TemplateFailure failure) {
    return new InputFailure(
        "%s: line %d: %s".formatted(origin, failure.line(), Quoted.plain(failure.getMessage())));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (CharacterCodingException e) {
      throw new InputFailure(file, "it is not valid UTF-8");
    } catch (IOException e) {
      throw EnvironmentFailure.reading(file, e);
    }
  }

  private static Optional<String> inSettings(Config settings) {
    Config found = settings.get(KEY);
    if (found.value() instanceof Json.Text(String text, _)) return Optional.of(text);
    if (!(found.value() instanceof Json.Items(var items, _))) return Optional.empty();
    Map<String, String> named = new LinkedHashMap<>();
    for (int i = 0; i < items.size(); i++) {
      if (found.get(i).get("name").value() instanceof Json.Text(String name, _)
          && found.get(i).get("template").value() instanceof Json.Text(String text, _)) {
        named.put(name, text);
      }
    }
    if (named.isEmpty()) return Optional.empty();
    if (named.size() == 1) return Optional.of(named.values().iterator().next());
    return Optional.of(
        Optional.ofNullable(named.get("default"))
            .orElseThrow(
                () ->
                    new InputFailure(
                        Path.of(settings.file()),
                        "of its chat templates %s none is called `default`; copy one into %s"
                            .formatted(String.join(", ", named.keySet()), FILE))));
  }

  private static Map<String, Value> tokens(Config settings, Config map) {
    Map<String, Value> tokens = new LinkedHashMap<>();
    for (String name : NAMED_TOKENS) {
      text(settings.get(name))
          .or(() -> text(map.get(name)))
          .ifPresent(text -> tokens.put(name, Value.of(text)));
    }
    return tokens;
  }

  /// A token given as its text, or as an object with `content`.
  private static Optional<String> text(Config token) {
    Json text = token.value() instanceof Json.Fields ? token.get("content").value() : token.value();
    return text instanceof Json.Text(String value, _) ? Optional.of(value) : Optional.empty();
  }

  /// The conversation as the model reads it, special tokens spelled out.
  ///
  /// @param now what a template says that mentions the date
  /// @throws InputFailure if the template refuses the conversation, or fails
  public String render(List<Message> messages, Ending ending, ZonedDateTime now) {
    Map<String, Value> values = new LinkedHashMap<>(tokens);
    values.put("messages", Value.list(messages.stream().map(ChatTemplate::value).toList()));
    values.put("tools", Value.NONE);
    values.put("documents", Value.NONE);
    values.put("add_generation_prompt", Value.of(ending == Ending.ANSWER));
    try {
      return template.render(values, now);
    } catch (TemplateFailure failure) {
      throw refused(origin, failure);
    }
  }

  private static Value value(Message message) {
    Map<String, Value> entries = new LinkedHashMap<>();
    entries.put("role", Value.of(message.role().word()));
    entries.put("content", Value.of(message.text()));
    return Value.dict(entries);
  }
}
