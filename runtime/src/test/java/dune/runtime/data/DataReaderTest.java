package dune.runtime.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dune.runtime.chat.ChatTemplate;
import dune.runtime.tokenize.SmallAlphabet;
import dune.runtime.tokenize.SpecialTokens;
import dune.runtime.tokenize.TokenStream;
import dune.runtime.tokenize.Tokenizer;
import dune.runtime.tokenize.Tokenizers;
import dune.weights.InputFailure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DataReaderTest {
  private static final int BEGIN = 1000;
  private static final int END = 1001;
  private static final int PAIR = 1002;

  @TempDir Path folder;
  private DataReader.Form form = DataReader.Form.DEFAULT;
  private final List<String> told = new ArrayList<>();

  /// Bytes, with a beginning and an end, and one token for `:a`, as learned vocabularies have.
  private record Pairs() implements Tokenizer {
    @Override
    public int[] encode(String text) {
      var ids = new ArrayList<Integer>();
      for (int i = 0; i < text.length(); i++) {
        boolean pair = text.startsWith(":a", i);
        ids.add(pair ? PAIR : (int) text.charAt(i));
        if (pair) i++;
      }
      return ids.stream().mapToInt(Integer::intValue).toArray();
    }

    @Override
    public String decode(int[] ids) {
      var text = new StringBuilder();
      for (int id : ids) {
        switch (id) {
          case BEGIN -> text.append("^");
          case END -> text.append("$");
          case PAIR -> text.append("(:a)");
          default -> text.append((char) id);
        }
      }
      return text.toString();
    }

    @Override
    public SpecialTokens special() {
      return new SpecialTokens(OptionalInt.of(BEGIN), true, new TreeSet<>(List.of(END)));
    }

    @Override
    public void close() {}
  }

  private DataReader reader(Tokenizer tokenizer) {
    return new DataReader(tokenizer, () -> ChatTemplate.of(folder), form, told::add);
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private String stream(Path data) {
    return new Pairs().decode(((Dataset.Stream) reader(new Pairs()).read(data, 9)).tokens());
  }

  private List<Example> tasks(Path data, int most) {
    return ((Dataset.Tasks) reader(new Pairs()).read(data, most)).examples();
  }

  /// What is read, and in brackets what is learned.
  private static String shown(Example example) {
    var text = new StringBuilder();
    for (int i = 0; i < example.tokens().length; i++) {
      if (example.learned()[i] != (i > 0 && example.learned()[i - 1])) {
        text.append(example.learned()[i] ? "[" : "]");
      }
      text.append(new Pairs().decode(new int[] {example.tokens()[i]}));
    }
    return text + (example.learned()[example.tokens().length - 1] ? "]" : "");
  }

  @Test
  void oneTextIsAsItIs() throws IOException {
    assertThat(stream(write("a.md", "one\ntwo"))).isEqualTo("one\ntwo");
  }

  @Test
  void documentsHaveEndsBetweenThem() throws IOException {
    write("b.txt", "bb");
    write("a.jsonl", "{\"text\": \"x\"}\n\n{\"text\": \"y\", \"id\": 1}\n");
    write("c.md", "is not looked at");
    assertThat(stream(folder)).isEqualTo("^x$^y$^bb$");
    // Where nothing ends a text, a line feed does.
    var bytes = SmallAlphabet.bytes();
    var read = (Dataset.Stream) reader(bytes).read(folder, 9);
    assertThat(bytes.decode(read.tokens())).isEqualTo("x\ny\nbb\n");
    assertThat(DataReader.characters(folder)).isEqualTo("x\ny\nbb");
  }

  @Test
  void documentsCanBeApart() throws IOException {
    form = new DataReader.Form(TokenType.U16, Documents.APART);
    write("a.jsonl", "{\"text\": \"abcdef\"}\n{\"text\": \"x\"}\n");
    assertThat(tasks(folder, 4).stream().map(DataReaderTest::shown))
        .containsExactly("^[abc]", "c[def]", "f[$]", "^[x$]");
    write("a.jsonl", "{\"text\": \"abcde\"}\n");
    assertThat(tasks(folder, 4).stream().map(DataReaderTest::shown))
        .containsExactly("^[abc]", "c[de$]");
  }

  @Test
  void badLinesAreToldAndLeftOut() throws IOException {
    Path file = folder.resolve("a.jsonl");
    byte[] lines =
        """
        {"text": "good"}
        {"text": 7}
        {"text": "cut
        [1]
        {"title": "x"}
        {"text": "?"}
        {"text": "too"} {"text": "much"}
        {"text": "fine"}
        """
            .getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < lines.length; i++) if (lines[i] == '?') lines[i] = (byte) 0xff;
    Files.write(file, lines);
    assertThat(stream(file)).isEqualTo("^good$^fine$");
    assertThat(told).hasSize(6);
    assertThat(told.get(0)).contains("a.jsonl:2: left out: `text` must be a text");
    assertThat(told.get(1)).contains("a.jsonl:3: left out: it is no JSON");
    assertThat(told.get(2)).contains("a.jsonl:4: left out: it is no JSON object");
    assertThat(told.get(3)).contains("a.jsonl:5: left out: it has neither `text` nor `messages`");
    assertThat(told.get(4)).contains("a.jsonl:6: left out: it is not valid UTF-8");
    assertThat(told.get(5)).contains("a.jsonl:7: left out: it is no JSON");
  }

  @Test
  void ofManyBadLinesTheFirstAreTold() throws IOException {
    Path file = write("a.jsonl", "x\n".repeat(25) + "{\"text\": \"y\"}\n");
    stream(file);
    assertThat(told).hasSize(11).last().asString().endsWith("a.jsonl: 25 lines are left out");
    assertThatThrownBy(() -> stream(write("b.jsonl", "x\n")))
        .isInstanceOf(InputFailure.class)
        .hasMessageContaining("there is nothing to learn from");
  }

  @Test
  void instructionsAreWrittenAsAlpacaDoes() throws IOException {
    Path file =
        write(
            "a.jsonl",
            """
            {"instruction": "Add.", "input": "1 2", "output": "3"}
            {"instruction": "Greet.", "input": "", "output": "Hello"}
            """);
    List<Example> examples = tasks(file, 999);
    assertThat(shown(examples.get(0)))
        .isEqualTo(
            """
            ^Below is an instruction that describes a task, paired with an input that provides \
            further context. Write a response that appropriately completes the request.

            ### Instruction:
            Add.

            ### Input:
            1 2

            ### Response:
            [3$]\
            """);
    assertThat(shown(examples.get(1)))
        .startsWith("^Below is an instruction that describes a task. Write a response")
        .endsWith("### Instruction:\nGreet.\n\n### Response:\n[Hello$]");
  }

  /// A token that would reach over the border is not there when the model is asked.
  @Test
  void theBorderIsWhereThePromptEnds() throws IOException {
    Path file =
        write(
            "a.jsonl",
            """
            {"prompt": "q:", "completion": "a:a"}
            {"prompt": "q: ", "completion": "a:a"}
            {"prompt": ":a", "completion": ":a"}
            """);
    assertThat(tasks(file, 999).stream().map(DataReaderTest::shown))
        .containsExactly("^q:[a(:a)$]", "^q: [a(:a)$]", "^(:a)[(:a)$]");
  }

  @Test
  void longAnswersAreCutAndLongQuestionsLeftOut() throws IOException {
    Path file =
        write(
            "a.jsonl",
            """
            {"prompt": "qq", "completion": "abcd"}
            {"prompt": "long question", "completion": "b"}
            {"prompt": "q", "completion": "b"}
            """);
    assertThat(tasks(file, 5).stream().map(DataReaderTest::shown))
        .containsExactly("^qq[ab]", "^q[b$]");
    assertThat(told).hasSize(2);
    assertThat(told.get(0)).contains("a.jsonl:2: left out: the answer begins behind 5 tokens");
    assertThat(told.get(1)).contains("1 answers are cut off at 5 tokens");
  }

  @Test
  void ofConversationsWhatTheAssistantSaysIsLearned() throws IOException {
    write(
        "chat_template.jinja",
        "{% for m in messages %}<{{ m.role }}>{{ m.content }}</>\n{% endfor %}"
            + "{% if add_generation_prompt %}<assistant>{% endif %}");
    Path file =
        write(
            "a.jsonl",
            """
            {"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}, \
            {"role": "assistant", "content": "a"}, {"role": "user", "content": "v"}, \
            {"role": "assistant", "content": "b"}]}
            {"messages": [{"role": "user", "content": "u"}]}
            {"messages": [{"role": "tool", "content": "u"}]}
            """);
    assertThat(tasks(file, 999).stream().map(DataReaderTest::shown))
        .containsExactly(
            "<system>s</>\n<user>u</>\n<assistant>[a</>]\n<user>v</>\n<assistant>[b</>]");
    assertThat(told.get(0)).contains("a.jsonl:2: left out: the assistant says nothing");
    assertThat(told.get(1)).contains("role `tool`; it must be system, user or assistant");
  }

  @Test
  void answersThatNothingEndsAreEnded() throws IOException {
    write(
        "chat_template.jinja",
        "{% for m in messages %}{{ m.role[0] }}: {{ m.content }}\n{% endfor %}"
            + "{% if add_generation_prompt %}a: {% endif %}");
    Path file =
        write(
            "a.jsonl",
            """
            {"messages": [{"role": "user", "content": "u"}, {"role": "assistant", "content": "x"}]}
            """);
    assertThat(shown(tasks(file, 99).getFirst())).isEqualTo("u: u\na: [x\n$]");
  }

  @Test
  void templatesThatChangeWhatWasSaidAreRefused() throws IOException {
    write(
        "chat_template.jinja",
        "{{ messages | length }}{% for m in messages %}{{ m.content }}{% endfor %}");
    Path file =
        write(
            "a.jsonl",
            """
            {"messages": [{"role": "user", "content": "u"}, {"role": "assistant", "content": "x"}]}
            """);
    assertThatThrownBy(() -> tasks(file, 99)).hasMessageContaining("nothing to learn");
    assertThat(told.getFirst()).contains("writes earlier messages anew");
  }

  @Test
  void textsAndTasksDoNotMix() throws IOException {
    write("a.txt", "text");
    write("b.jsonl", "{\"prompt\": \"q\", \"completion\": \"a\"}\n");
    assertThatThrownBy(() -> tasks(folder, 9))
        .isInstanceOf(InputFailure.class)
        .hasMessageContaining("a.txt:1 is a text and")
        .hasMessageContaining("b.jsonl:1 a task");
    Files.createDirectory(folder.resolve("none"));
    assertThatThrownBy(() -> tasks(folder.resolve("none"), 9))
        .hasMessageContaining("none of its files ends with .txt, .jsonl");
  }

  @Test
  void tokenIdsAreRead() throws IOException {
    ByteBuffer ids = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    ids.putShort((short) 5).putShort((short) 50256).putShort((short) 0).putShort((short) 7);
    Path bin = Files.write(folder.resolve("a.bin"), ids.array());
    assertThat(TokenFile.read(bin, TokenType.U16)).containsExactly(5, 50256, 0, 7);
    assertThatThrownBy(() -> TokenFile.read(bin, TokenType.U32)).hasMessageContaining("no token");
    assertThat(DataReader.isTokens(bin)).isTrue();
    Files.write(bin, new byte[] {0, 0, 1, 0, 2, 0, 0, 0});
    assertThat(TokenFile.read(bin, TokenType.U32)).containsExactly(65536, 2);
    Files.write(bin, Arrays.copyOf(ids.array(), 7));
    assertThatThrownBy(() -> TokenFile.read(bin, TokenType.U16))
        .hasMessageContaining("its 7 bytes are no whole number of ids of 2 bytes; --token-type");

    Path npy = folder.resolve("a.npy");
    Files.write(npy, npy("'<i8', 'fortran_order': False, 'shape': (2,)", 3, 9));
    assertThat(TokenFile.read(npy, TokenType.U16)).containsExactly(3, 9);
    Files.write(npy, npy("'<i8', 'fortran_order': False, 'shape': (2,)", 3, -1));
    assertThatThrownBy(() -> TokenFile.read(npy, TokenType.U16)).hasMessageContaining("no token");
    Files.write(npy, npy("'<f8', 'fortran_order': False, 'shape': (2,)", 3, 9));
    assertThatThrownBy(() -> TokenFile.read(npy, TokenType.U16)).hasMessageContaining("type `f8`");
    Files.write(npy, npy("'<i8', 'fortran_order': False, 'shape': (1, 2)", 3, 9));
    assertThatThrownBy(() -> TokenFile.read(npy, TokenType.U16)).hasMessageContaining("one axis");
    Files.write(npy, npy("'<i8', 'fortran_order': False, 'shape': (3,)", 3, 9));
    assertThatThrownBy(() -> TokenFile.read(npy, TokenType.U16)).hasMessageContaining("has 2");
  }

  private static byte[] npy(String header, long... ids) {
    byte[] text = ("{'descr': " + header + ", }\n").getBytes(StandardCharsets.ISO_8859_1);
    ByteBuffer file =
        ByteBuffer.allocate(10 + text.length + 8 * ids.length).order(ByteOrder.LITTLE_ENDIAN);
    file.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    file.putShort((short) text.length).put(text);
    for (long id : ids) file.putLong(id);
    return file.array();
  }

  /// With a tokenizer that learned its vocabulary and puts a space before every text.
  @Test
  void theBorderHoldsForALearnedVocabulary() throws IOException {
    Path stories =
        Path.of(System.getProperty("dune.shared", "../../shared")).resolve("models/stories260K");
    assumeTrue(Files.isDirectory(stories), stories + " is not there");
    Path file =
        write(
            "a.jsonl",
            """
            {"prompt": "Tim saw a", "completion": " big dog."}
            {"prompt": "Tim saw a ", "completion": "big dog."}
            {"prompt": "Tim saw a do", "completion": "g. He ran."}
            {"instruction": "Name a pet.", "output": "a dog"}
            """);
    try (Tokenizer tokenizer = Tokenizers.of(stories)) {
      var read = (Dataset.Tasks) reader(tokenizer).read(file, 999);
      int end = tokenizer.special().ends().first();
      String[] prompts = {
        "Tim saw a", "Tim saw a ", "Tim saw a do", Alpaca.prompt("Name a pet.", "")
      };
      String[] answers = {" big dog.", "big dog.", "g. He ran.", "a dog"};
      for (int i = 0; i < answers.length; i++) {
        Example example = read.examples().get(i);
        int[] asked = tokenizer.encodePrompt(prompts[i]);
        int size = example.tokens().length;
        // What the model sees when it is asked, then what it is to say, then the end.
        assertThat(example.tokens()).startsWith(asked).endsWith(end);
        assertThat(example.count()).isEqualTo(size - asked.length);
        assertThat(example.learned()[asked.length]).isTrue();
        assertThat(example.learned()[asked.length - 1]).isFalse();
        TokenStream writing = tokenizer.stream(asked);
        var text = new StringBuilder();
        for (int at = asked.length; at < size - 1; at++)
          text.append(writing.next(example.tokens()[at]));
        assertThat(text.append(writing.end()).toString()).isEqualTo(answers[i]);
      }
    }
  }
}
