package dune.backend.torch.emit;

import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Text that keeps every tensor it computes. Calls within calls get lines of their own.
///
/// @param raw takes a line that nobody observes
/// @param fresh a variable that resembles a wish
/// @param tensors the list that keeps tensors
/// @param notes the list that keeps their places
/// @param place the number of a place, as text, by the function that is called there
record TensorNotes(
    Consumer<String> raw,
    UnaryOperator<String> fresh,
    String tensors,
    String notes,
    UnaryOperator<String> place) {
  private static final Pattern ASSIGNMENT = Pattern.compile("(\\w+(?:, \\w+)*) = (.+)");
  private static final Pattern CALL =
      Pattern.compile("(?:torch\\.reshape\\()?(?:(torch\\.\\w+)|\\(self\\)\\.(\\w+))\\(.*");

  /// Functions that give no tensor.
  private static final Set<String> OTHERS = Set.of("torch.append", "torch.size");

  void line(String text) {
    Matcher assignment = ASSIGNMENT.matcher(text);
    if (!assignment.matches()) {
      raw.accept(text);
      return;
    }
    String expression = assignment.group(2);
    // What is chosen by a condition must not be computed before it.
    boolean chosen = expression.contains(" if ");
    String flat = chosen ? expression : new Nesting(this::inner).flatten(expression);
    raw.accept(assignment.group(1) + " = " + flat);
    for (String name : assignment.group(1).split(", ")) note(name, flat);
  }

  private String inner(String call) {
    String name = fresh.apply("part");
    raw.accept(name + " = " + call);
    note(name, call);
    return name;
  }

  private void note(String name, String expression) {
    Matcher call = CALL.matcher(expression);
    if (!call.matches()) return;
    String function = call.group(1) == null ? call.group(2) : call.group(1);
    if (OTHERS.contains(function)) return;
    append(tensors, name);
    append(notes, place.apply(function));
  }

  void append(String list, String what) {
    raw.accept("%s = torch.append(%s, %s)".formatted(fresh.apply("noted"), list, what));
  }
}
