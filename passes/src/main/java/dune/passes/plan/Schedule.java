package dune.passes.plan;

import dune.ir.Function;
import dune.ir.Node;
import dune.ir.Program;
import dune.ir.Shape;
import dune.passes.pass.Observer;
import dune.passes.pass.Remark;
import dune.passes.time.StepOptions;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Orders the operations of a function so that less memory is needed where most is.
///
/// Whatever lies in memory at the busiest node and is not used there is computed later, with all
/// that only it needs, where that lowers what is needed. The order stays as it was written unless
/// the arena becomes smaller for some call and larger for none; operations on state never pass each
/// other.
public final class Schedule {
  public static final String PASS = "schedule";

  /// As observers are told.
  public static final String RULE = "later";

  private Schedule() {}

  /// @param options what is asked of the program: calls of a whole chunk and of one step count
  public static Program apply(StepOptions options, Program program, Observer observer) {
    return new Program(
        program.name(),
        program.weights(),
        program.states(),
        program.functions().stream().map(each -> ordered(each, options, observer)).toList());
  }

  private static Function ordered(Function function, StepOptions options, Observer observer) {
    if (function.nodes().isEmpty()) return function;
    Set<String> names = names(function);
    List<Map<String, Long>> calls =
        List.of(sizes(names, options.chunk(), options), sizes(names, 1, options));
    List<Node> order = function.nodes();
    for (Map<String, Long> call : calls) {
      order = new Reordering(function, order, call).run().orElse(order);
    }
    // As long as nothing has moved, it is the very same list.
    if (order == function.nodes()) return function;
    Function changed = with(function, order);
    long most = 0;
    long least = 0;
    for (Map<String, Long> call : calls) {
      for (Reuse reuse : Reuse.values()) {
        MemoryPlan before = MemoryPlan.of(function, call, reuse);
        MemoryPlan after = MemoryPlan.of(changed, call, reuse);
        if (after.arena() > before.arena() || after.needed() > before.needed()) return function;
        if (before.arena() - after.arena() > most - least) {
          most = before.arena();
          least = after.arena();
        }
      }
    }
    if (most == least) return function;
    Node first = firstMoved(function.nodes(), order);
    observer.fired(RULE, first.origin());
    observer.remarked(
        new Remark(
            PASS,
            first.origin(),
            "`%s` computes this later, and needs %d bytes in place of %d"
                .formatted(function.name(), least, most)));
    return changed;
  }

  /// The first node in whose place another one stands now.
  private static Node firstMoved(List<Node> before, List<Node> after) {
    int at = 0;
    while (before.get(at).equals(after.get(at))) at++;
    return before.get(at);
  }

  private static Function with(Function function, List<Node> nodes) {
    return new Function(
        function.name(),
        function.inputs(),
        function.dims(),
        nodes,
        function.outputs(),
        function.penalties(),
        function.types());
  }

  /// One row that takes in so many steps at the end of the context. Names that only the function
  /// knows are as large as the chunk.
  private static Map<String, Long> sizes(Set<String> names, long steps, StepOptions options) {
    var sizes = new HashMap<String, Long>();
    names.forEach(name -> sizes.put(name, options.chunk()));
    sizes.put("B", 1L);
    sizes.put("T", steps);
    sizes.put("S", options.capacity());
    return sizes;
  }

  private static Set<String> names(Function function) {
    var names = new HashSet<>(function.dims());
    // Most values are of a type that others have as well.
    Set<Shape> shapes = new HashSet<>();
    function.inputs().forEach(input -> shapes.add(input.type().shape()));
    for (Node node : function.nodes()) {
      node.results().forEach(result -> shapes.add(function.of(result).shape()));
    }
    for (Shape shape : shapes) shape.dims().forEach(dim -> names.addAll(dim.names()));
    return names;
  }
}
