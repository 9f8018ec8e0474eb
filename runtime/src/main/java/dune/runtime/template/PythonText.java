package dune.runtime.template;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/// Text as Python sees it: a sequence of code points, with Python's idea of whitespace.
final class PythonText {
  /// Longer text is not made: no prompt is as long, and a template could double it forever.
  private static final long LONGEST = 1 << 24;

  private static final long MOST_ITEMS = 1 << 20;

  private PythonText() {}

  /// Asks before text of that many characters is made.
  static void requireSize(long length) {
    if (length > LONGEST) {
      throw new TemplateFailure("the text grows beyond " + LONGEST + " characters");
    }
  }

  /// Asks before a list of that many items is made.
  static void requireItems(long count) {
    if (count > MOST_ITEMS) {
      throw new TemplateFailure("the list grows beyond " + MOST_ITEMS + " items");
    }
  }

  static boolean isSpace(int c) {
    return c == ' '
        || c >= 0x09 && c <= 0x0D
        || c >= 0x1C && c <= 0x1F
        || c == 0x85
        || c == 0xA0
        || c == 0x1680
        || c >= 0x2000 && c <= 0x200A
        || c == 0x2028
        || c == 0x2029
        || c == 0x202F
        || c == 0x205F
        || c == 0x3000;
  }

  static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  static List<Value> characters(String text) {
    return text.codePoints().mapToObj(Character::toString).map(Value::of).toList();
  }

  static String strip(String text) {
    return stripStart(stripEnd(text, PythonText::isSpace), PythonText::isSpace);
  }

  static String stripEnd(String text) {
    return stripEnd(text, PythonText::isSpace);
  }

  static String stripStart(String text, IntPredicate dropped) {
    int begin = 0;
    while (begin < text.length() && dropped.test(text.codePointAt(begin))) {
      begin = text.offsetByCodePoints(begin, 1);
    }
    return text.substring(begin);
  }

  static String stripEnd(String text, IntPredicate dropped) {
    int end = text.length();
    while (end > 0 && dropped.test(text.codePointBefore(end))) {
      end = text.offsetByCodePoints(end, -1);
    }
    return text.substring(0, end);
  }

  static String repeat(String text, long times) {
    if (times <= 0) return "";
    requireSize(Math.min(times, LONGEST + 1) * text.length());
    return text.repeat(text.isEmpty() ? 0 : (int) times);
  }

  /// @param most how many to replace; negative for all
  static String replace(String text, String old, String replacement, int most) {
    var result = new StringBuilder();
    int at = 0;
    int left = most < 0 ? Integer.MAX_VALUE : most;
    while (left-- > 0) {
      int found = text.indexOf(old, at);
      if (found < 0 || old.isEmpty() && found == text.length() && at > found) break;
      requireSize((long) result.length() + text.length() + replacement.length());
      result.append(text, at, found).append(replacement);
      at = found + old.length();
      if (old.isEmpty()) {
        if (found == text.length()) return result.toString();
        at = text.offsetByCodePoints(found, 1);
        result.append(text, found, at);
      }
    }
    return result.append(text, at, text.length()).toString();
  }

  /// Parts between runs of whitespace.
  ///
  /// @param most how many cuts to make; negative for all
  static List<String> words(String text, int most) {
    List<String> words = new ArrayList<>();
    String rest = stripStart(text, PythonText::isSpace);
    while (!rest.isEmpty()) {
      int end = 0;
      while (end < rest.length() && !isSpace(rest.charAt(end))) end++;
      if (words.size() == most) {
        words.add(stripEnd(rest));
        break;
      }
      words.add(rest.substring(0, end));
      rest = stripStart(rest.substring(end), PythonText::isSpace);
    }
    return words;
  }

  static List<String> split(String text, String separator, int most) {
    List<String> parts = new ArrayList<>();
    int at = 0;
    for (int found; parts.size() != most; at = found + separator.length()) {
      found = text.indexOf(separator, at);
      if (found < 0) break;
      parts.add(text.substring(at, found));
    }
    parts.add(text.substring(at));
    return parts;
  }

  /// Like [#split], but cuts at the last separators.
  static List<String> splitFromEnd(String text, String separator, int most) {
    List<String> parts = new ArrayList<>();
    int end = text.length();
    while (parts.size() != most) {
      int found =
          end < separator.length() ? -1 : text.lastIndexOf(separator, end - separator.length());
      if (found < 0) break;
      parts.addFirst(text.substring(found + separator.length(), end));
      end = found;
    }
    parts.addFirst(text.substring(0, end));
    return parts;
  }

  static List<String> lines(String text) {
    return text.lines().toList();
  }

  /// Every word with a capital first letter and small others.
  static String title(String text) {
    var result = new StringBuilder();
    boolean inside = false;
    for (int c : text.codePoints().toArray()) {
      result.appendCodePoint(inside ? Character.toLowerCase(c) : Character.toTitleCase(c));
      inside = Character.isLetter(c);
    }
    return result.toString();
  }

  static String capitalize(String text) {
    if (text.isEmpty()) return text;
    int first = text.offsetByCodePoints(0, 1);
    return Character.toString(Character.toTitleCase(text.codePointAt(0)))
        + text.substring(first).toLowerCase(java.util.Locale.ROOT);
  }
}
