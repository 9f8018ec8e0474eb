package dune.passes.join;

import dune.ir.Contraction.Dot;
import dune.ir.Function;
import dune.ir.FunctionBuilder;
import dune.ir.Layout;
import dune.ir.Node;
import dune.ir.Op;
import dune.ir.Origin;
import dune.ir.Program;
import dune.ir.Source;
import dune.ir.Value;
import dune.ir.Weight;
import dune.ir.dim.Dim;
import dune.passes.lora.Adapter;
import dune.passes.pass.Observer;
import dune.passes.pass.Remark;
import dune.passes.rewrite.FunctionCopy;
import dune.passes.rewrite.Substitution;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Joins products of one input. Weights are joined that all functions multiply with one input each,
/// and that nothing else reads, since a joined weight would then lie in memory twice. A product
/// whose place an activation takes stays apart: of a slice it would be a copy.
public final class Join {
  public static final String PASS = "join";

  /// As observers are told that products became one.
  public static final String RULE = "projections of one input";

  private final Program program;
  private final Observer observer;
  private final Set<String> tied = new HashSet<>();
  private final List<Projections> projections;

  private Join(Program program, Observer observer) {
    this.program = program;
    this.observer = observer;
    for (Weight weight : program.weights()) {
      weight.tiedTo().ifPresent(other -> tied.addAll(List.of(weight.path(), other)));
    }
    projections = program.functions().stream().map(Projections::new).toList();
  }

  public static Program apply(Program program, Observer observer) {
    return new Join(program, observer).run();
  }

  private Program run() {
    List<List<String>> families = families();
    var functions = new ArrayList<Function>();
    for (int i = 0; i < projections.size(); i++) {
      functions.add(joined(program.functions().get(i), projections.get(i), families));
    }
    return new Program(program.name(), program.weights(), program.states(), functions);
  }

  /// What a weight is multiplied with, function by function.
  ///
  /// @param inputs empty where a function does not read the weight
  /// @param adapts whether it is the weight of an adapter, which leaves the product that it adds to
  ///   as it is, to the bit
  private record Use(List<Optional<Value>> inputs, boolean biased, boolean adapts) {}

  /// The weights that can be joined, in the order of the program.
  private List<List<String>> families() {
    var families = new LinkedHashMap<Use, List<String>>();
    var refused = new LinkedHashMap<Use, String>();
    for (Weight weight : program.weights()) {
      Optional<Use> use = use(weight.path());
      if (use.isEmpty()) continue;
      Optional<String> obstacle = obstacle(weight.path());
      if (obstacle.isPresent()) refused.putIfAbsent(use.get(), obstacle.get());
      else families.computeIfAbsent(use.get(), _ -> new ArrayList<>()).add(weight.path());
    }
    refused.forEach(
        (use, obstacle) -> {
          if (families.containsKey(use)) refuse(families.get(use), obstacle);
        });
    return families.values().stream().filter(family -> family.size() > 1).toList();
  }

  private void refuse(List<String> siblings, String obstacle) {
    Projection beside =
        projections.stream()
            .flatMap(each -> each.of(siblings.getFirst()).stream())
            .findFirst()
            .orElseThrow();
    String text = "not joined with %s: %s".formatted(Projection.names(siblings), obstacle);
    observer.remarked(new Remark(PASS, beside.node().origin(), text));
  }

  private Optional<Use> use(String weight) {
    List<Optional<Projection>> all = projections.stream().map(each -> each.of(weight)).toList();
    return all.stream()
        .flatMap(Optional::stream)
        .findFirst()
        .map(
            any ->
                new Use(
                    all.stream().map(each -> each.map(Projection::input)).toList(),
                    any.bias().isPresent(),
                    Adapter.isOf(weight)));
  }

  /// Why a weight that is multiplied is not joined with others.
  private Optional<String> obstacle(String weight) {
    for (Projections each : projections) {
      if (each.isActivated(weight)) return Optional.of("an activation takes its place");
      Optional<Projection> projection = each.of(weight);
      for (String path : projection.map(Projection::paths).orElse(Set.of(weight))) {
        if (tied.contains(path)) return Optional.of("`" + path + "` is tied to another weight");
        if (each.uses(path) != (projection.isPresent() ? 1 : 0))
          return Optional.of("`" + path + "` is also read by itself");
      }
    }
    return Optional.empty();
  }

  private Function joined(Function function, Projections products, List<List<String>> families) {
    var joined = new HashMap<Node, List<Projection>>();
    for (List<String> family : families) {
      List<Projection> members =
          family.stream().flatMap(path -> products.of(path).stream()).toList();
      if (members.isEmpty()) continue;
      members.forEach(each -> joined.put(each.node(), members));
      Origin origin = members.getFirst().node().origin();
      observer.fired(RULE, origin);
      String text =
          "joined %d products of one input (%s)".formatted(family.size(), Projection.names(family));
      observer.remarked(new Remark(PASS, origin, text));
    }
    if (joined.isEmpty()) return function;
    return FunctionCopy.copy(function, Substitution.NONE, new Rewrite(joined));
  }

  /// Puts one product where the first of a family was, and slices of it where each was.
  private static final class Rewrite implements FunctionCopy.Emitter {
    private final Map<Node, List<Projection>> families;
    private final Map<List<Projection>, Value> products = new HashMap<>();

    Rewrite(Map<Node, List<Projection>> families) {
      this.families = families;
    }

    @Override
    public List<Value> emit(Op op, Node before, FunctionBuilder into) {
      List<Projection> family = families.get(before);
      if (family == null) return into.emitAll(op, before.origin());
      Value product = products.computeIfAbsent(family, _ -> product((Dot) op, family, into));
      Dim start = Dim.ZERO;
      for (Projection each : family) {
        Dim width = each.weight().type().dim(0);
        if (each.node().equals(before)) {
          int last = into.of(product).rank() - 1;
          return into.emitAll(new Layout.Slice(product, last, start, width, 1), before.origin());
        }
        start = start.plus(width);
      }
      throw new IllegalStateException(before + " is not of its own family");
    }

    /// @param like any of the family, with the operands of the copy
    private static Value product(Dot like, List<Projection> family, FunctionBuilder into) {
      Origin origin = family.getFirst().node().origin();
      Value weight = behind(family.stream().map(Projection::weight).toList(), origin, into);
      Optional<Value> bias =
          like.plus()
              .map(_ -> family.stream().map(each -> each.bias().orElseThrow()).toList())
              .map(parts -> behind(parts, origin, into));
      return into.emit(
          new Dot(like.lhs(), weight, List.of(), List.of(), like.lhsSum(), like.rhsSum(), bias),
          origin);
    }

    private static Value behind(List<Source.Weight> weights, Origin origin, FunctionBuilder into) {
      List<Value> parts = weights.stream().map(weight -> into.emit(weight, origin)).toList();
      return into.emit(new Layout.Concat(parts, 0), origin);
    }
  }
}
