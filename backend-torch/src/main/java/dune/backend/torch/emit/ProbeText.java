package dune.backend.torch.emit;

import dune.ir.Node;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The text by which one method observes itself.
final class ProbeText {
  private static final Pattern ASSIGNMENT = Pattern.compile("(\\w+(?:, \\w+)*) = (.+)");
  private static final Pattern ATTRIBUTE = Pattern.compile("self\\.([A-Za-z_]\\w*)");
  private static final Pattern CALL = Pattern.compile("(torch\\.\\w+)\\(.*");

  /// Functions that give no tensor.
  private static final Set<String> OTHERS = Set.of("torch.append", "torch.size");

  private static final int BEFORE = -1;

  private final Probe probe;
  private final MethodText method;
  private final String notes;
  private final String tensors;
  private final List<Place> places = new ArrayList<>();

  /// The nodes whose text is being written, the innermost first.
  private final Deque<Node> open = new ArrayDeque<>();

  /// Those of them that have a body with places of its own.
  private final Set<Node> around = Collections.newSetFromMap(new IdentityHashMap<>());

  private int noted;

  ProbeText(Probe probe, MethodText method, PythonNames names) {
    this.probe = probe;
    this.method = method;
    notes = probe == Probe.NONE ? "" : names.claim("notes");
    tensors = probe == Probe.TENSORS ? names.claim("tensors") : "";
  }

  List<Place> places() {
    return List.copyOf(places);
  }

  /// A node's text begins.
  void begin(Node node) {
    open.push(node);
  }

  /// A node's text ends.
  void end() {
    clock();
    open.pop();
  }

  /// The text of a body begins.
  void beginBody() {
    if (open.isEmpty()) return;
    around.add(open.peek());
    clock();
  }

  /// All text is written.
  void clock() {
    if (probe != Probe.CLOCK || method.lines().size() == noted) return;
    note(place(""), "ops.prim.TimePoint()");
    noted = method.lines().size();
  }

  private int place(String call) {
    Optional<Node> node = Optional.ofNullable(open.peek());
    boolean outside = node.filter(around::contains).isPresent();
    places.add(new Place(node, outside ? Place.Kind.AROUND_BODY : Place.Kind.WHOLE, call));
    return places.size() - 1;
  }

  private void note(int place, String... more) {
    method.raw(noting(notes, Integer.toString(place)));
    for (String each : more) method.raw(noting(notes, each));
  }

  private String noting(String list, String what) {
    return "%s = torch.append(%s, %s)".formatted(method.fresh("noted"), list, what);
  }

  /// A line of the method; calls within it get lines of their own where tensors are noted down.
  void line(String text) {
    Matcher assignment = ASSIGNMENT.matcher(text);
    if (probe != Probe.TENSORS || !assignment.matches()) {
      method.raw(text);
      return;
    }
    String expression = assignment.group(2);
    // What is chosen by a condition must not be computed before it.
    boolean chosen = expression.contains(" if ");
    String flat = chosen ? expression : new Nesting(this::inner).flatten(expression);
    method.raw(assignment.group(1) + " = " + flat);
    for (String name : assignment.group(1).split(", ")) noteTensor(name, flat);
  }

  private String inner(String call) {
    String name = method.fresh("part");
    method.raw(name + " = " + call);
    noteTensor(name, call);
    return name;
  }

  private void noteTensor(String name, String expression) {
    Matcher call = CALL.matcher(expression);
    if (!call.matches() || OTHERS.contains(call.group(1))) return;
    method.raw(noting(tensors, name));
    note(place(call.group(1)));
  }

  /// What stands before all other text.
  ///
  /// @param inputs the tensors that the caller hands in
  List<String> head(List<String> inputs) {
    var head = new ArrayList<String>();
    if (probe == Probe.NONE) return head;
    head.add(notes + " = annotate(List[int], [])");
    if (probe == Probe.CLOCK) {
      head.add(noting(notes, Integer.toString(BEFORE)));
      head.add(noting(notes, "ops.prim.TimePoint()"));
      return head;
    }
    head.add(tensors + " = annotate(List[Tensor], [])");
    var before = new LinkedHashSet<>(inputs);
    for (String line : method.lines()) {
      ATTRIBUTE.matcher(line).results().forEach(found -> before.add(found.group()));
    }
    for (String each : before) {
      head.add(noting(tensors, each));
      head.add(noting(notes, Integer.toString(BEFORE)));
    }
    return head;
  }

  /// What the method gives behind its outputs, by its type.
  List<Result> results() {
    String all = "torch.tensor(%s, dtype=4)".formatted(notes);
    return switch (probe) {
      case NONE -> List.of();
      case CLOCK -> List.of(new Result("torch.reshape(%s, [-1, 2])".formatted(all), "Tensor"));
      case TENSORS -> List.of(new Result(tensors, "List[Tensor]"), new Result(all, "Tensor"));
    };
  }

  /// A result of a method.
  record Result(String text, String type) {}
}
