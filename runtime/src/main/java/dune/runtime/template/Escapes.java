package dune.runtime.template;

import java.util.Map;
import java.util.Optional;

/// What stands behind backslashes in string literals. Where Python knows no meaning, the backslash
/// stays.
final class Escapes {
  private static final Map<Character, String> PLAIN =
      Map.ofEntries(
          Map.entry('\\', "\\"),
          Map.entry('\'', "'"),
          Map.entry('"', "\""),
          Map.entry('a', "\u0007"),
          Map.entry('b', "\b"),
          Map.entry('f', "\f"),
          Map.entry('n', "\n"),
          Map.entry('r', "\r"),
          Map.entry('t', "\t"),
          Map.entry('v', "\u000B"),
          Map.entry('\n', ""));

  private static final Map<Character, Integer> HEX_DIGITS = Map.of('x', 2, 'u', 4, 'U', 8);

  private Escapes() {}

  static String resolve(String text) {
    if (text.indexOf('\\') < 0) return text;
    var result = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != '\\' || i + 1 == text.length()) {
        result.append(c);
        continue;
      }
      char kind = text.charAt(++i);
      int octal = octalDigits(text, i);
      if (PLAIN.containsKey(kind)) {
        result.append(PLAIN.get(kind));
      } else if (HEX_DIGITS.containsKey(kind)) {
        int digits = HEX_DIGITS.get(kind);
        result.appendCodePoint(
            hex(text, i + 1, digits)
                .orElseThrow(
                    () ->
                        new TemplateFailure(
                            "`\\%c` needs %d hexadecimal digits of a character"
                                .formatted(kind, digits))));
        i += digits;
      } else if (octal > 0) {
        result.appendCodePoint(Integer.parseInt(text, i, i + octal, 8));
        i += octal - 1;
      } else {
        result.append('\\').append(kind);
      }
    }
    return result.toString();
  }

  private static int octalDigits(String text, int at) {
    int count = 0;
    while (count < 3 && at + count < text.length() && isOctal(text.charAt(at + count))) count++;
    return count;
  }

  private static boolean isOctal(char c) {
    return c >= '0' && c <= '7';
  }

  private static Optional<Integer> hex(String text, int begin, int digits) {
    if (begin + digits > text.length()) return Optional.empty();
    String number = text.substring(begin, begin + digits);
    if (!number.matches("[0-9a-fA-F]+")) return Optional.empty();
    long point = Long.parseLong(number, 16);
    return point <= Character.MAX_CODE_POINT ? Optional.of((int) point) : Optional.empty();
  }
}
