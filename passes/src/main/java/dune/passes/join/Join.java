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
import dune.passes.pass.Observer;
import dune.passes.pass.Remark;
import dune.passes.rewrite.FunctionCopy;
import dune.passes.rewrite.Substitution;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Joins products of one input. A weight that something else reads too is left alone, since it
/// would then lie in memory twice; so is one whose products differ from function to function.
public final class Join {
  public static final String PASS = "join";

  private final Program program;
  private final Observer observer;
  private final Map<String, Integer> order = new HashMap<>();
  private final Set<String> tied = new HashSet<>();
  private final Map<Function, Projections> projections = new LinkedHashMap<>();

  private Join(Program program, Observer observer) {
    this.program = program;
    this.observer = observer;
    for (Weight weight : program.weights()) {
      order.put(weight.path(), order.size());
      weight.tiedTo().ifPresent(other -> tied.addAll(List.of(weight.path(), other)));
    }
    for (Function function : program.functions())
      projections.put(function, new Projections(function));
  }

  public static Program apply(Program program, Observer observer) {
    return new Join(program, observer).run();
  }

  private Program run() {
    return new Program(
        program.name(),
        program.weights(),
        program.states(),
        program.functions().stream().map(this::joined).toList());
  }

  private Function joined(Function function) {
    var families = new HashMap<Node, List<Projection>>();
    for (List<Projection> family : projections.get(function).families()) {
      List<Projection> ordered =
          family.stream()
              .sorted(Comparator.comparing(each -> order.get(each.weight().path())))
              .toList();
      Origin origin = family.getFirst().node().origin();
      Optional<String> obstacle = obstacle(ordered);
      if (obstacle.isPresent()) {
        String text = "not joined (%s): %s".formatted(Projection.names(ordered), obstacle.get());
        observer.remarked(new Remark(PASS, origin, text));
        continue;
      }
      ordered.forEach(each -> families.put(each.node(), ordered));
      observer.fired("projections of one input", origin);
      String text =
          "joined %d products of one input (%s)"
              .formatted(ordered.size(), Projection.names(ordered));
      observer.remarked(new Remark(PASS, origin, text));
    }
    if (families.isEmpty()) return function;
    return FunctionCopy.copy(function, Substitution.NONE, new Rewrite(families));
  }

  /// Why a family is not joined.
  private Optional<String> obstacle(List<Projection> family) {
    Set<String> paths =
        family.stream().flatMap(each -> each.paths().stream()).collect(Collectors.toSet());
    for (String path : paths) {
      if (tied.contains(path)) return Optional.of("`" + path + "` is tied to another weight");
    }
    for (Projections each : projections.values()) {
      int expected = each.hasFamily(family) ? 1 : 0;
      for (String path : paths) {
        if (each.uses(path) != expected)
          return Optional.of("`" + path + "` is also read by itself");
      }
    }
    return Optional.empty();
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
