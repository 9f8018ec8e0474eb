package dune.runtime.sample;

import java.util.List;

/// Ends a text at the first stop string, wherever the borders between its pieces lie.
///
/// Text that may be the beginning of a stop string is held back until it is known. The stop string
/// that is complete first wins, and of those complete at once the longest; it is not part of the
/// text.
public final class StopMatcher {
  private final List<String> stops;
  private final StringBuilder held = new StringBuilder();
  private boolean stopped;

  public StopMatcher(List<String> stops) {
    if (stops.contains("")) throw new IllegalArgumentException("a stop text must not be empty");
    this.stops = List.copyOf(stops);
  }

  /// Adds a piece of text; gives what is certain to be part of the result.
  public String next(String piece) {
    if (stopped) return "";
    StringBuilder certain = new StringBuilder();
    for (int i = 0; i < piece.length() && !stopped; i++) {
      held.append(piece.charAt(i));
      int complete = longestComplete();
      if (complete > 0) {
        stopped = true;
        certain.append(held, 0, held.length() - complete);
        held.setLength(0);
      } else {
        int open = longestOpen();
        certain.append(held, 0, held.length() - open);
        held.delete(0, held.length() - open);
      }
    }
    return certain.toString();
  }

  /// Ends the text; gives what was held back and turned out to be no stop string.
  public String end() {
    String rest = held.toString();
    held.setLength(0);
    return rest;
  }

  /// True once a stop string was met.
  public boolean stopped() {
    return stopped;
  }

  private int longestComplete() {
    int longest = 0;
    for (String stop : stops) {
      if (endsWith(stop, stop.length())) longest = Math.max(longest, stop.length());
    }
    return longest;
  }

  private int longestOpen() {
    int longest = 0;
    for (String stop : stops) {
      for (int length = Math.min(held.length(), stop.length() - 1); length > longest; length--) {
        if (endsWith(stop, length)) longest = length;
      }
    }
    return longest;
  }

  private boolean endsWith(String stop, int length) {
    int start = held.length() - length;
    return start >= 0 && held.indexOf(stop.substring(0, length), start) == start;
  }
}
