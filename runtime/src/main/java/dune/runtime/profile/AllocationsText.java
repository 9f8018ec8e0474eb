package dune.runtime.profile;

import dune.runtime.profile.Allocations.Allocation;
import dune.weights.Amount;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/// Allocations as a table: those of the same line, function and size in one row, the rows that take
/// most first.
public final class AllocationsText {
  private AllocationsText() {}

  private record Key(String line, String call, String type, long bytes) {
    static Key of(Allocation one) {
      String place = one.place().origin().place();
      String shape =
          one.shape().stream()
              .map(size -> Long.toString(size))
              .collect(Collectors.joining(", ", "[", "]"));
      return new Key(
          place.isEmpty() ? "no line" : place, one.place().call(), one.elem() + shape, one.bytes());
    }
  }

  public static String of(Allocations allocations) {
    Map<Key, Long> counts =
        allocations.all().stream()
            .collect(Collectors.groupingBy(Key::of, LinkedHashMap::new, Collectors.counting()));
    List<Map.Entry<Key, Long>> rows =
        counts.entrySet().stream().sorted((a, b) -> Long.compare(bytes(b), bytes(a))).toList();
    int lines = width(rows.stream().map(row -> row.getKey().line()).toList());
    int calls = width(rows.stream().map(row -> row.getKey().call()).toList());
    String form = "%12s  %7s  %14s  %-" + lines + "s  %-" + calls + "s  %s";
    var text = new StringBuilder();
    line(
        text,
        "%s allocates %d tensors, %s together",
        allocations.moment().text(),
        allocations.all().size(),
        Amount.ofBytes(allocations.bytes()));
    line(text, "");
    line(text, form, "bytes", "count", "all", "line", "by", "type");
    for (Map.Entry<Key, Long> row : rows) {
      Key key = row.getKey();
      line(
          text,
          form,
          Amount.grouped(key.bytes()),
          row.getValue(),
          Amount.grouped(bytes(row)),
          key.line(),
          key.call(),
          key.type());
    }
    return text.toString();
  }

  private static long bytes(Map.Entry<Key, Long> row) {
    return row.getKey().bytes() * row.getValue();
  }

  private static int width(List<String> cells) {
    return Math.max(4, cells.stream().mapToInt(String::length).max().orElse(0));
  }

  private static void line(StringBuilder text, String form, Object... values) {
    text.append(String.format(Locale.ROOT, form, values).stripTrailing()).append('\n');
  }
}
