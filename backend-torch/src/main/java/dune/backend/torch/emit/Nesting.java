package dune.backend.torch.emit;

import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Takes calls of torch, and of helper methods, out of the arguments of others.
///
/// @param let gives a call, whose arguments hold none, a variable
record Nesting(UnaryOperator<String> let) {
  private static final Pattern CALL = Pattern.compile("(?:torch|\\(self\\))\\.\\w+\\(");

  /// The expression, with variables for the calls within: `torch.mul(torch.silu(x), y)` becomes
  /// `torch.mul(part, y)`.
  String flatten(String expression) {
    Matcher first = CALL.matcher(expression);
    if (!first.lookingAt()) return within(expression);
    int open = first.end() - 1;
    boolean isCall = close(expression, open) == expression.length() - 1;
    return isCall ? call(expression, open) : within(expression);
  }

  private String call(String text, int open) {
    return text.substring(0, open + 1) + within(text.substring(open + 1, text.length() - 1)) + ")";
  }

  private String within(String text) {
    var flat = new StringBuilder();
    int at = 0;
    Matcher next = CALL.matcher(text);
    while (next.find(at)) {
      int begin = next.start();
      int open = next.end() - 1;
      int end = close(text, open) + 1;
      flat.append(text, at, begin)
          .append(let.apply(call(text.substring(begin, end), open - begin)));
      at = end;
    }
    return flat.append(text.substring(at)).toString();
  }

  /// Where the bracket that opens at `open` closes.
  private static int close(String text, int open) {
    int depth = 0;
    for (int at = open; at < text.length(); at++) {
      char letter = text.charAt(at);
      if (letter == '(') depth++;
      if (letter == ')' && --depth == 0) return at;
    }
    throw new IllegalStateException("a bracket stays open in " + text);
  }
}
