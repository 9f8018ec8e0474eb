package dune.runtime.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dune.runtime.tokenize.Tokenizer;
import dune.runtime.tokenize.Tokenizers;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TurnEndTest {
  @TempDir Path folder;

  private Tokenizer tokenizer(String template) throws IOException {
    try (InputStream in = TurnEndTest.class.getResourceAsStream("/tokenizer/bpe_llama.model")) {
      Files.write(folder.resolve("tokenizer.model"), in.readAllBytes());
    }
    Files.writeString(folder.resolve("added_tokens.json"), "{\"<|im_end|>\": 801}");
    Files.writeString(folder.resolve("chat_template.jinja"), template);
    return TurnEnd.of(Tokenizers.of(folder), ChatTemplate.of(folder));
  }

  private static String turns(String behind) {
    return "{% for m in messages %}{{ m.role }}: {{ m.content }}" + behind + "{% endfor %}";
  }

  @Test
  void whatTheTemplateWritesBehindAnAnswerEndsIt() throws IOException {
    Tokenizer tokenizer = tokenizer(turns("\n<|im_end|>\n"));
    assertThat(tokenizer.special().ends()).containsExactly(2, 801);
    assertThat(tokenizer.special().beginning()).hasValue(1);
    assertThat(tokenizer.decode(tokenizer.encode("a b"))).isEqualTo("a b");
    assertThat(tokenizer.encodeMarked("<s>")).containsExactly(1);
  }

  @Test
  void whatIsKnownTextOrNothingChangesNothing() throws IOException {
    for (String template :
        new String[] {
          turns("</s>"),
          turns("\n\n### Next"),
          turns(""),
          "no messages",
          "{{ raise_exception('never') }}"
        }) {
      assertThat(tokenizer(template).special().ends()).as(template).containsExactly(2);
    }
  }
}
