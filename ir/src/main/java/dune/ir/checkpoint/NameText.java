package dune.ir.checkpoint;

import dune.ir.checkpoint.TensorSource.Part;
import java.util.ArrayList;
import java.util.List;

/// Reads a tensor name of the `weights` clause: `{*}` and `{e}` are replaced, `[...]` may be
/// absent, all else is text.
public sealed interface NameText {

  record Read(TensorSource.Name name) implements NameText {}

  /// @param at offset of the first character that cannot be read
  record Malformed(int at, String message) implements NameText {}

  /// More would mean a search over hundreds of spellings for every weight.
  int MOST_OPTIONAL_PARTS = 4;

  static NameText read(String text) {
    var parts = new ArrayList<Part>();
    int at = 0;
    while (at < text.length()) {
      char first = text.charAt(at);
      switch (first) {
        case '{', '[' -> {
          int end = text.indexOf(first == '{' ? '}' : ']', at);
          if (end < 0) return new Malformed(at, "`" + first + "` is never closed");
          var inner = text.substring(at + 1, end);
          if (inner.isEmpty() || inner.matches(".*[{}\\[\\]].*")) {
            return new Malformed(at, "`" + text.substring(at, end + 1) + "` is not part of a name");
          }
          parts.add(first == '[' ? new Part.Perhaps(inner) : placeholder(inner));
          at = end + 1;
        }
        case '}', ']' -> {
          return new Malformed(at, "`" + first + "` was never opened");
        }
        default -> {
          int end = at;
          while (end < text.length() && "{}[]".indexOf(text.charAt(end)) < 0) end++;
          parts.add(new Part.Text(text.substring(at, end)));
          at = end;
        }
      }
    }
    return finished(parts);
  }

  private static NameText finished(List<Part> parts) {
    if (parts.isEmpty()) return new Malformed(0, "the name of a tensor is empty");
    if (parts.stream().filter(Part.Perhaps.class::isInstance).count() > MOST_OPTIONAL_PARTS) {
      return new Malformed(0, "more than " + MOST_OPTIONAL_PARTS + " optional parts in one name");
    }
    return new Read(new TensorSource.Name(parts));
  }

  private static Part placeholder(String inner) {
    return inner.equals("*") ? new Part.Star() : new Part.Index(inner);
  }
}
