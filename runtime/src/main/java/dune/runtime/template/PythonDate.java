package dune.runtime.template;

import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;

/// Dates in the notation of `strftime`, in English as Python has them without a locale.
final class PythonDate {
  private static final Map<Character, String> PATTERNS =
      Map.ofEntries(
          Map.entry('a', "EEE"),
          Map.entry('A', "EEEE"),
          Map.entry('b', "MMM"),
          Map.entry('h', "MMM"),
          Map.entry('B', "MMMM"),
          Map.entry('d', "dd"),
          Map.entry('H', "HH"),
          Map.entry('I', "hh"),
          Map.entry('j', "DDD"),
          Map.entry('m', "MM"),
          Map.entry('M', "mm"),
          Map.entry('p', "a"),
          Map.entry('S', "ss"),
          Map.entry('y', "yy"),
          Map.entry('Y', "yyyy"),
          Map.entry('f', "SSSSSS"),
          Map.entry('D', "MM/dd/yy"),
          Map.entry('F', "yyyy-MM-dd"),
          Map.entry('R', "HH:mm"),
          Map.entry('T', "HH:mm:ss"),
          Map.entry('x', "MM/dd/yy"),
          Map.entry('X', "HH:mm:ss"));

  /// `%-d` leaves out leading zeros.
  private static final Map<Character, String> SHORT =
      Map.of('d', "d", 'H', "H", 'I', "h", 'j', "D", 'm', "M", 'M', "m", 'S', "s");

  private PythonDate() {}

  static String format(ZonedDateTime time, String format) {
    var result = new StringBuilder();
    for (int i = 0; i < format.length(); i++) {
      char c = format.charAt(i);
      if (c != '%' || i + 1 == format.length()) {
        result.append(c);
        continue;
      }
      char kind = format.charAt(++i);
      Map<Character, String> patterns = PATTERNS;
      if (kind == '-' && i + 1 < format.length()) {
        patterns = SHORT;
        kind = format.charAt(++i);
      }
      result.append(field(time, kind, patterns));
    }
    return result.toString();
  }

  private static String field(ZonedDateTime time, char kind, Map<Character, String> patterns) {
    return switch (kind) {
      case '%' -> "%";
      case 'n' -> "\n";
      case 't' -> "\t";
      case 'e' -> "%2d".formatted(time.getDayOfMonth());
      case 'u' -> String.valueOf(time.getDayOfWeek().getValue());
      case 'w' -> String.valueOf(time.getDayOfWeek().getValue() % 7);
      case 's' -> String.valueOf(time.toEpochSecond());
      // A local time without its zone: Python prints nothing for these.
      case 'z', 'Z' -> "";
      case 'c' -> format(time, "%a %b %e %H:%M:%S %Y");
      default -> {
        String pattern = patterns.get(kind);
        if (pattern == null) throw new TemplateFailure("`%" + kind + "` is no part of a date");
        yield time.format(DateTimeFormatter.ofPattern(pattern, Locale.US));
      }
    };
  }
}
