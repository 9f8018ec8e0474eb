package dune.runtime.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dune.runtime.chat.Message.Role;
import dune.runtime.generate.Generated.Ending;
import dune.runtime.generate.LanguageModel;
import dune.runtime.sample.SamplingSettings;
import dune.runtime.tokenize.Letters;
import dune.weights.InputFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ChatTest {
  /// Repeats the last message in small letters, and notes what it was given to read.
  private static final class Parrot implements LanguageModel {
    private final int context;
    private final List<String> reading = new ArrayList<>();
    private final StringBuilder heard = new StringBuilder();
    private Runnable atEveryStep = () -> {};
    private int chunk;

    Parrot(int context) {
      this.context = context;
      this.chunk = context;
    }

    @Override
    public int context() {
      return context;
    }

    @Override
    public int chunk() {
      return chunk;
    }

    @Override
    public Sequence begin() {
      reading.add("|");
      heard.setLength(0);
      return new Sequence() {
        @Override
        public int length() {
          return heard.length();
        }

        @Override
        public float[] append(int... tokens) {
          String text = new String(tokens, 0, tokens.length);
          if (tokens.length > 1) reading.add(text);
          heard.append(text);
          atEveryStep.run();
          float[] logits = new float[128];
          if (heard.indexOf("A(") >= 0) logits[next()] = 1;
          return logits;
        }
      };
    }

    /// After `U(Hello)A(he` comes `l`, and after `U(Hello)A(hello` the end.
    private int next() {
      int answer = heard.lastIndexOf("A(");
      String said = heard.substring(heard.lastIndexOf("U(") + 2, answer - 1);
      int at = heard.length() - answer - 2;
      return at < said.length() ? Character.toLowerCase(said.charAt(at)) : Letters.END;
    }

    @Override
    public void close() {}
  }

  @TempDir Path folder;

  private final StringBuilder shown = new StringBuilder();

  @BeforeEach
  void template() throws IOException {
    Files.writeString(
        folder.resolve("chat_template.jinja"),
        "{% for m in messages %}{{ {'user': 'U', 'assistant': 'A', 'system': 'S'}[m.role] ~ '(' ~"
            + " m.content ~ ('$' if m.role == 'assistant') ~ ')' }}{% endfor %}"
            + "{% if add_generation_prompt %}A({% endif %}");
  }

  private Chat chat(Parrot model, int limit) {
    var manner = new Chat.Manner(limit, _ -> SamplingSettings.GREEDY, List.of());
    return new Chat(model, new Letters(), ChatTemplate.of(folder), manner);
  }

  @Test
  void readsOnlyWhatIsNew() {
    var model = new Parrot(1000);
    Chat chat = chat(model, 100);
    Answer first = chat.say("Hello", shown::append);
    assertThat(shown).hasToString("hello");
    assertThat(first).isEqualTo(new Answer("hello", Optional.of(Ending.END_TOKEN), 10, 0, 0));

    Answer second = chat.say("You", shown::append);
    assertThat(second.text()).isEqualTo("you");
    assertThat(second.reused()).isEqualTo(15);
    // The end token was chosen, but not read yet.
    assertThat(model.reading).containsExactly("|", "U(Hello)A(", "$)U(You)A(");
    assertThat(chat.said())
        .containsExactly(
            new Message(Role.USER, "Hello"),
            new Message(Role.ASSISTANT, "hello"),
            new Message(Role.USER, "You"),
            new Message(Role.ASSISTANT, "you"));
  }

  @Test
  void readsAllWhereTheTemplateChangesWhatWasSaid() throws IOException {
    Path template = folder.resolve("chat_template.jinja");
    String changing =
        Files.readString(template).replace("m.content", "(m.content | replace('h','H'))");
    Files.writeString(template, changing);
    var model = new Parrot(1000);
    Chat chat = chat(model, 100);
    chat.say("Hello", shown::append);
    assertThat(chat.say("You", shown::append).reused()).isZero();
    assertThat(model.reading).containsExactly("|", "U(Hello)A(", "|", "U(Hello)A(Hello$)U(You)A(");
  }

  @Test
  void instructionsComeFirstAndStay() {
    var model = new Parrot(1000);
    Chat chat = chat(model, 100);
    chat.tell(Optional.of("Be kind"));
    chat.say("Hi", shown::append);
    chat.reset();
    assertThat(chat.said()).isEmpty();
    chat.say("Ho", shown::append);
    chat.tell(Optional.empty());
    chat.say("No", shown::append);
    assertThat(model.reading)
        .containsExactly(
            "|", "S(Be kind)U(Hi)A(", "|", "S(Be kind)U(Ho)A(", "|", "U(Ho)A(ho$)U(No)A(");
  }

  @Test
  void theOldestIsForgottenWhereItDoesNotFit() {
    var model = new Parrot(40);
    Chat chat = chat(model, 100);
    chat.tell(Optional.of("S"));
    chat.say("Hello", shown::append);
    assertThat(chat.say("World", shown::append).forgotten()).isEqualTo(2);
    assertThat(chat.said()).hasSize(2);
    assertThat(model.reading.getLast()).isEqualTo("S(S)U(World)A(");
  }

  @Test
  void whatDoesNotFitAloneIsRefusedAndNotRemembered() {
    var model = new Parrot(20);
    Chat chat = chat(model, 100);
    chat.say("Hi", shown::append);
    assertThatExceptionOfType(InputFailure.class)
        .isThrownBy(() -> chat.say("a".repeat(20), shown::append))
        .withMessageContaining("leaves no room to continue");
    assertThat(chat.said()).hasSize(2);
  }

  @Test
  void aRefusalLeavesTheConversationAsItWas() throws IOException {
    Files.writeString(
        folder.resolve("chat_template.jinja"),
        "{% if messages[0].content == 'bad' %}{{ raise_exception('not that') }}{% endif %}"
            + "U({{ messages[0].content }})A(");
    Chat chat = chat(new Parrot(100), 100);
    assertThatExceptionOfType(InputFailure.class)
        .isThrownBy(() -> chat.say("bad", shown::append))
        .withMessageContaining("line 1: not that");
    assertThat(chat.said()).isEmpty();
    assertThat(chat.say("good", shown::append).text()).isEqualTo("good");
  }

  @Test
  void answersCanBeStopped() {
    var model = new Parrot(1000);
    Chat chat = chat(model, 100);
    model.atEveryStep =
        () -> {
          if (model.heard.toString().endsWith("A(abc")) chat.stop();
        };
    Answer answer = chat.say("abcdefgh", shown::append);
    assertThat(answer.ending()).isEmpty();
    assertThat(answer.text()).isEqualTo("abcd");
    assertThat(shown).hasToString("abcd");
    // What was said stays, and the next answer is not stopped.
    model.atEveryStep = () -> {};
    assertThat(chat.say("Go", shown::append).text()).isEqualTo("go");
    assertThat(model.reading.getLast()).endsWith("d$)U(Go)A(");
  }

  @Test
  void aFailingModelBeginsAnew() {
    var model = new Parrot(1000);
    Chat chat = chat(model, 100);
    chat.say("One", shown::append);
    model.atEveryStep =
        () -> {
          throw new InputFailure("broken");
        };
    assertThatExceptionOfType(InputFailure.class).isThrownBy(() -> chat.say("Two", shown::append));
    model.atEveryStep = () -> {};
    assertThat(chat.say("Two", shown::append).reused()).isZero();
  }

  @Test
  void limitsCutAnswers() {
    Chat chat = chat(new Parrot(1000), 3);
    Answer answer = chat.say("Hello", shown::append);
    assertThat(answer.text()).isEqualTo("hel");
    assertThat(answer.ending()).contains(Ending.LIMIT);
  }

  @Test
  void readingStopsBetweenChunks() {
    var parrot = new Parrot(1000);
    parrot.chunk = 4;
    Chat chat = chat(parrot, 50);
    parrot.atEveryStep = chat::stop;
    Answer answer = chat.say("Hello there", shown::append);
    assertThat(answer.ending()).isEmpty();
    assertThat(answer.text()).isEmpty();
    assertThat(parrot.reading).containsExactly("|", "U(He");

    parrot.atEveryStep = () -> {};
    chat.reset();
    answer = chat.say("Hello there", shown::append);
    assertThat(answer.text()).isEqualTo("hello there");
    assertThat(answer.reused()).isEqualTo(4);
    assertThat(parrot.reading).containsExactly("|", "U(He", "llo ", "ther", "e)A(");
  }
}
