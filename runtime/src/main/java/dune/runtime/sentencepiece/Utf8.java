package dune.runtime.sentencepiece;

/// Characters among bytes that need not be characters.
final class Utf8 {
  private Utf8() {}

  /// How many bytes the character at a place has; 0 if none is there.
  static int length(byte[] bytes, int at) {
    int first = Byte.toUnsignedInt(bytes[at]);
    if (first < 0x80) return 1;
    int length = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
    if (length == 0 || at + length > bytes.length) return 0;
    for (int i = at + 1; i < at + length; i++) {
      if ((bytes[i] & 0xC0) != 0x80) return 0;
    }
    int second = Byte.toUnsignedInt(bytes[at + 1]);
    // Overlong forms, halves of surrogate pairs, and what lies beyond Unicode.
    boolean valid =
        switch (first) {
          case 0xE0 -> second >= 0xA0;
          case 0xED -> second < 0xA0;
          case 0xF0 -> second >= 0x90;
          case 0xF4 -> second < 0x90;
          default -> true;
        };
    return valid ? length : 0;
  }
}
