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
import java.util.function.Consumer;
import java.util.regex.Pattern;

/// The text by which one method observes itself.
final class ProbeText {
  private static final Pattern ATTRIBUTE = Pattern.compile("self\\.([A-Za-z_]\\w*)");

  private static final int BEFORE = -1;
  private static final String CLOCK = "ops.prim.TimePoint()";

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
    note(method::raw, place(""), CLOCK);
    noted = method.lines().size();
  }

  private int place(String call) {
    Optional<Node> node = Optional.ofNullable(open.peek());
    boolean outside = node.filter(around::contains).isPresent();
    places.add(new Place(node, outside ? Place.Kind.AROUND_BODY : Place.Kind.WHOLE, call));
    return places.size() - 1;
  }

  private void note(Consumer<String> raw, int place, String what) {
    TensorNotes both = tensorNotes(raw);
    both.append(notes, Integer.toString(place));
    both.append(notes, what);
  }

  /// A line of the method; calls within it get lines of their own where tensors are noted down.
  void line(String text) {
    if (probe == Probe.TENSORS) tensorNotes(method::raw).line(text);
    else method.raw(text);
  }

  private TensorNotes tensorNotes(Consumer<String> raw) {
    return new TensorNotes(
        raw, method::fresh, tensors, notes, call -> Integer.toString(place(call)));
  }

  /// A helper method that methods call with {@link #arguments}.
  String helper(String text) {
    return probe == Probe.TENSORS ? ProbedHelper.of(text) : text;
  }

  /// What a call of a helper hands in behind its other arguments.
  String arguments(String helper) {
    return probe == Probe.TENSORS ? ", %s, %s, %d".formatted(tensors, notes, place(helper)) : "";
  }

  /// What a helper hands on to another behind its other arguments.
  String handedOn() {
    return probe == Probe.TENSORS ? ", tensors, notes, place" : "";
  }

  /// What stands before all other text.
  ///
  /// @param inputs the tensors that the caller hands in
  List<String> head(List<String> inputs) {
    var head = new ArrayList<String>();
    if (probe == Probe.NONE) return head;
    head.add(notes + " = annotate(List[int], [])");
    if (probe == Probe.CLOCK) {
      note(head::add, BEFORE, CLOCK);
      return head;
    }
    head.add(tensors + " = annotate(List[Tensor], [])");
    var before = new LinkedHashSet<>(inputs);
    for (String line : method.lines()) {
      ATTRIBUTE.matcher(line).results().forEach(found -> before.add(found.group()));
    }
    TensorNotes kept = tensorNotes(head::add);
    for (String each : before) {
      kept.append(tensors, each);
      kept.append(notes, Integer.toString(BEFORE));
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
