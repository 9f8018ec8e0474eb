package dune.runtime.tokenize;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SequencedMap;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/// What holds for every tokenizer, whatever the text and whatever the ids.
final class TokenizerPropertyTest {
  private static final SequencedMap<String, Tokenizer> ALL = new TreeMap<>();

  @BeforeContainer
  static void load() throws IOException {
    Path folder = Files.createTempDirectory("tokenizers");
    for (String name :
        List.of(
            "bpe_gemma",
            "bpe_llama",
            "bpe_plain",
            "sp_bpe",
            "sp_unigram",
            "uni_raw",
            "uni_suffix",
            "uni_user")) {
      SentencePieceTokenizerTest.writeTo(folder, name);
      ALL.put(name, Tokenizers.of(folder));
      Files.delete(folder.resolve("tokenizer.model"));
    }
    SmallTokenizer.writeTo(folder, "{}");
    ALL.put("hugging face", Tokenizers.of(folder));
    ALL.put("byte", SmallAlphabet.bytes());
    ALL.put("char", SmallAlphabet.of("abc éÉ\n日🙂"));
  }

  @AfterContainer
  static void close() {
    ALL.values().forEach(Tokenizer::close);
    ALL.clear();
  }

  @Provide
  Arbitrary<List<Integer>> ids() {
    // Bytes begin at 3 in most of them, and lone ones are what is difficult.
    Arbitrary<Integer> id =
        Arbitraries.oneOf(
            Arbitraries.integers().between(0, 10),
            Arbitraries.integers().between(0, 260),
            Arbitraries.integers().between(190, 260),
            Arbitraries.integers().between(260, 700));
    return id.list().ofMaxSize(30);
  }

  @Provide
  Arbitrary<String> texts() {
    Arbitrary<Integer> character =
        Arbitraries.oneOf(
            Arbitraries.of((int) ' ', (int) '\n', (int) 'a', (int) 'e', 0x301, 0x200D),
            Arbitraries.integers().between(0x20, 0x7E),
            Arbitraries.integers().between(1, 0xD7FF),
            Arbitraries.integers().between(0xE000, 0x10FFFF));
    return character
        .filter(c -> c != '\u2581')
        .list()
        .ofMaxSize(40)
        .map(
            list ->
                list.stream()
                    .collect(
                        StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                    .toString());
  }

  @Property(tries = 300)
  void streamedPiecesMakeUpTheText(@ForAll("ids") List<Integer> ids) {
    ALL.forEach(
        (name, tokenizer) -> {
          int[] all = ids.stream().mapToInt(Integer::intValue).toArray();
          if (name.equals("hugging face") || name.equals("byte") || name.equals("char")) {
            int size = name.equals("char") ? 9 : name.equals("byte") ? 256 : 265;
            for (int i = 0; i < all.length; i++) all[i] %= size;
          }
          TokenStream stream = tokenizer.stream(new int[0]);
          var text = new StringBuilder();
          for (int id : all) {
            String piece = stream.next(id);
            assertWhole(name, piece);
            text.append(piece);
          }
          text.append(stream.end());
          String whole = tokenizer.decode(all);
          // Hugging Face's fallback to bytes takes back what it gave: one bad byte makes U+FFFD of
          // all that stand beside it, also of those that were characters.
          if (name.equals("hugging face") && whole.contains("\uFFFD")) return;
          assertThat(text.toString()).as(name).isEqualTo(whole);
        });
  }

  /// No half of a surrogate pair, and no end that the next token could still make a character of.
  private static void assertWhole(String name, String piece) {
    assertThat(piece.endsWith("\uFFFD")).as(name).isFalse();
    for (int i = 0; i < piece.length(); ) {
      int character = piece.codePointAt(i);
      assertThat(Character.getType(character)).as(name).isNotEqualTo(Character.SURROGATE);
      i += Character.charCount(character);
    }
  }

  /// For those that fall back to bytes, change no character and keep all spaces, as long as the
  /// text has none of their marks.
  @Property(tries = 300)
  void decodingUndoesEncoding(@ForAll("texts") String text) {
    for (String name : List.of("bpe_gemma", "bpe_llama", "byte", "hugging face")) {
      Tokenizer tokenizer = ALL.get(name);
      assertThat(tokenizer.decode(tokenizer.encode(text))).as(name).isEqualTo(text);
    }
    Tokenizer own = SmallAlphabet.of(text + " ");
    assertThat(own.decode(own.encode(text))).isEqualTo(text);
  }

  /// Models that drop spaces keep texts in which every space stands between two words.
  @Property(tries = 300)
  void decodingUndoesEncodingBetweenSpaces(@ForAll("texts") String text) {
    String single = String.join(" ", List.of(text.split(" +"))).strip();
    Tokenizer tokenizer = ALL.get("sp_bpe");
    assertThat(tokenizer.decode(tokenizer.encode(single))).isEqualTo(single);
  }
}
