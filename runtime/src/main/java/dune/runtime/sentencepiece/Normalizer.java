package dune.runtime.sentencepiece;

import dune.runtime.sentencepiece.Model.Rules;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// Rewrites a text before it is cut: characters by the model's map, spaces by its rules. Symbols
/// that the user defined stay as they are.
final class Normalizer {
  private static final byte[] SPACE = Model.SPACE.getBytes(StandardCharsets.UTF_8);

  private final Rules rules;
  private final boolean spaceIsSuffix;
  private final Optional<Charsmap> map;
  private final Trie symbols;

  Normalizer(Model model, Trie symbols) {
    this.rules = model.rules();
    this.spaceIsSuffix = model.spaceIsSuffix();
    this.symbols = symbols;
    this.map =
        rules.map().hasRemaining() ? Optional.of(Charsmap.of(rules.map())) : Optional.empty();
  }

  /// Whether a text begins with a space that was not in it.
  enum Start {
    AS_THE_RULES_SAY,
    /// Something stands before.
    WITHOUT_SPACE
  }

  String normalize(String text, Start start) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    var out = new Output(rules.marksSpaces());
    boolean addsSpace = rules.addsSpace() && start == Start.AS_THE_RULES_SAY;
    boolean afterSpace = rules.dropsSpaces();
    boolean begun = false;
    // Places in the text and in its bytes go side by side.
    int at = 0;
    int character = 0;
    while (at < bytes.length) {
      Piece piece = piece(text, character, bytes, at);
      at += piece.bytes();
      character += characters(bytes, at - piece.bytes(), at);
      byte[] becomes = piece.becomes();
      boolean isSpace = becomes.length == 1 && becomes[0] == ' ';
      if (!begun && rules.dropsSpaces() && isSpace) continue;
      if (!begun && addsSpace && !spaceIsSuffix) out.space();
      begun = true;
      int from = 0;
      while (afterSpace && from < becomes.length && becomes[from] == ' ') from++;
      if (from < becomes.length) {
        out.add(becomes, from);
        afterSpace = becomes[becomes.length - 1] == ' ';
      }
      if (!rules.dropsSpaces()) afterSpace = false;
    }
    if (!begun) return "";
    if (rules.dropsSpaces()) out.dropSpacesAtEnd();
    if (addsSpace && spaceIsSuffix) out.space();
    return out.toString();
  }

  /// What stands at a place.
  ///
  /// @param bytes how long it is
  private record Piece(int bytes, byte[] becomes) {}

  private Piece piece(String text, int character, byte[] bytes, int at) {
    int symbol = symbols.longest(text, character);
    if (symbol > 0) {
      byte[] same = text.substring(character, character + symbol).getBytes(StandardCharsets.UTF_8);
      return new Piece(same.length, same);
    }
    if (map.isPresent()) {
      Charsmap.Match match = map.get().find(bytes, at);
      if (match.length() > 0) return new Piece(match.length(), match.text());
    }
    int length = length(bytes[at]);
    byte[] same = new byte[length];
    System.arraycopy(bytes, at, same, 0, length);
    return new Piece(length, same);
  }

  /// How many bytes a character has that begins with this one.
  private static int length(byte first) {
    if (first >= 0) return 1;
    return (first & 0xE0) == 0xC0 ? 2 : (first & 0xF0) == 0xE0 ? 3 : 4;
  }

  private static int characters(byte[] bytes, int begin, int end) {
    int count = 0;
    for (int i = begin; i < end; i += length(bytes[i])) count += length(bytes[i]) == 4 ? 2 : 1;
    return count;
  }

  private static final class Output {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final boolean marks;

    Output(boolean marks) {
      this.marks = marks;
    }

    void space() {
      if (marks) bytes.writeBytes(SPACE);
      else bytes.write(' ');
    }

    void add(byte[] text, int from) {
      for (int i = from; i < text.length; i++) {
        if (text[i] == ' ') space();
        else bytes.write(text[i]);
      }
    }

    void dropSpacesAtEnd() {
      String text = bytes.toString(StandardCharsets.UTF_8);
      String space = marks ? Model.SPACE : " ";
      while (text.endsWith(space)) text = text.substring(0, text.length() - 1);
      bytes.reset();
      bytes.writeBytes(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String toString() {
      return bytes.toString(StandardCharsets.UTF_8);
    }
  }
}
