package dune.runtime.sentencepiece;

import dune.runtime.sentencepiece.Wire.Broken;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/// What sequences of characters become: a table that the trainer compiled, for example from the
/// rules of NFKC.
///
/// It is a double-array trie as darts-clone writes it, over bytes of UTF-8, and a block of texts,
/// each ended by a zero. A unit of the trie has a label, the distance to its children, and whether
/// a value stands among them: where in the block the replacement begins.
final class Charsmap {
  private final int[] units;
  private final byte[] texts;

  /// A replacement.
  ///
  /// @param length how many bytes it stands for
  record Match(int length, byte[] text) {}

  private Charsmap(int[] units, byte[] texts) {
    this.units = units;
    this.texts = texts;
  }

  /// @throws Broken if the sizes are wrong
  static Charsmap of(ByteBuffer bytes) {
    ByteBuffer in = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    if (in.remaining() < 4) throw new Broken("its map of characters is cut off");
    long size = Integer.toUnsignedLong(in.getInt());
    if (size == 0 || size % 4 != 0 || size > in.remaining()) {
      throw new Broken("its map of characters is longer than what is there");
    }
    int[] units = new int[(int) size / 4];
    for (int i = 0; i < units.length; i++) units[i] = in.getInt();
    byte[] texts = new byte[in.remaining()];
    in.get(texts);
    if (texts.length == 0 || texts[texts.length - 1] != 0) {
      throw new Broken("the texts of its map of characters do not end");
    }
    return new Charsmap(units, texts);
  }

  /// The longest sequence at a place that becomes something else; the length 0 if there is none.
  Match find(byte[] text, int begin) {
    int longest = 0;
    int value = 0;
    int node = offset(unit(0));
    for (int i = begin; i < text.length; i++) {
      int label = Byte.toUnsignedInt(text[i]);
      node ^= label;
      int unit = unit(node);
      if ((unit & 0x800000FF) != label) break;
      node ^= offset(unit);
      if ((unit >>> 8 & 1) != 0) {
        longest = i + 1 - begin;
        value = unit(node) & 0x7FFFFFFF;
      }
    }
    return new Match(longest, longest == 0 ? new byte[0] : text(value));
  }

  private int unit(int at) {
    if (at < 0 || at >= units.length) throw new Broken("its map of characters points outside");
    return units[at];
  }

  private static int offset(int unit) {
    return unit >>> 10 << ((unit & 1 << 9) >>> 6);
  }

  private byte[] text(int begin) {
    if (begin >= texts.length) throw new Broken("its map of characters points outside");
    int end = begin;
    while (texts[end] != 0) end++;
    return Arrays.copyOfRange(texts, begin, end);
  }
}
