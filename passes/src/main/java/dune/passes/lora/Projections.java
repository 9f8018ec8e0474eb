package dune.passes.lora;

import dune.ir.Contraction.Dot;
import dune.ir.Contraction.Top;
import dune.ir.Elementwise;
import dune.ir.Elementwise.Binary;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Elementwise.Select;
import dune.ir.Elementwise.Unary;
import dune.ir.Elementwise.UnaryKind;
import dune.ir.Function;
import dune.ir.Indexing.Gather;
import dune.ir.Layout;
import dune.ir.Node;
import dune.ir.Operands;
import dune.ir.Program;
import dune.ir.Source;
import dune.ir.Value;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Finds the products of `forward` with weights, and what each is for.
///
/// - Queries and keys are what a product of something with the past (`history`) comes from; values
///   are the past that such scores weigh, and the output is the product that reads what was
///   weighed.
/// - Down is a product that reads what one product or two of one input give; of two, the gate is
///   the one that goes through a function that is not linear.
/// - A writer is added to the residual stream, which begins where a table is looked up.
///
/// Left out are products inside of bodies (experts that are chosen by token), those by which
/// experts are chosen, and the one that gives the logits.
public final class Projections {
  private final Function function;
  private final Map<Value, Source.Weight> weights = new HashMap<>();
  private final Map<Value, Flow> flows = new HashMap<>();
  private final List<Node> products = new ArrayList<>();
  private final List<Set<Role>> roles = new ArrayList<>();
  private final Set<Integer> excluded = new HashSet<>();

  private Projections(Function function) {
    this.function = function;
    function.inputs().forEach(input -> flows.put(input.value(), Flow.OTHER));
    for (Node node : function.nodes()) {
      Flow flow = flow(node);
      node.results().forEach(result -> flows.put(result, flow));
    }
    excluded.addAll(flow(function.outputs().getFirst().value()).products());
    for (Node node : products) feedForward(node);
  }

  /// In the order of the text.
  ///
  /// @param program with the function `forward`
  public static List<Projection> of(Program program) {
    var found = new Projections(program.require("forward"));
    var all = new ArrayList<Projection>();
    for (int i = 0; i < found.products.size(); i++) {
      if (found.excluded.contains(i)) continue;
      Node node = found.products.get(i);
      String path = found.weights.get(((Dot) node.op()).rhs()).path();
      all.add(new Projection(node.result(), path, found.roles.get(i)));
    }
    return all;
  }

  private Flow flow(Value value) {
    return flows.get(value);
  }

  private Flow flow(Node node) {
    return switch (node.op()) {
      case Source.Weight weight -> {
        weights.put(node.result(), weight);
        yield Flow.OTHER;
      }
      case Source _ -> Flow.KNOWN;
      case Dot dot when isProjection(dot) -> projected(node, dot);
      case Dot dot -> product(dot);
      case Top top -> {
        excluded.addAll(flow(top.x()).products());
        yield all(node).withoutStream();
      }
      case Gather gather when weights.containsKey(gather.x()) -> Flow.STREAM;
      case Layout.History _ -> all(node).kept();
      case Layout _ -> all(node);
      case Elementwise.Cast _ -> all(node);
      case Binary binary -> binary(binary);
      case Unary(UnaryKind kind, _) ->
          kind == UnaryKind.NEG || kind == UnaryKind.STOP_GRADIENT
              ? all(node)
              : all(node).curved().withoutStream();
      case Select(var condition, _, _) -> flow(condition).known() ? all(node) : all(node).curved();
      default -> all(node).withoutStream();
    };
  }

  private Flow all(Node node) {
    return Operands.of(node.op()).stream().map(this::flow).reduce(Flow.KNOWN, Flow::and);
  }

  private boolean isProjection(Dot dot) {
    return weights.containsKey(dot.rhs()) && dot.isLinear(function);
  }

  private Flow projected(Node node, Dot dot) {
    int number = products.size();
    products.add(node);
    roles.add(EnumSet.noneOf(Role.class));
    if (flow(dot.lhs()).attended()) roles.get(number).add(Role.ATTENTION_O);
    return Flow.of(number);
  }

  private Flow product(Dot dot) {
    Flow left = flow(dot.lhs());
    Flow right = flow(dot.rhs());
    if (left.past() == right.past() && !left.scores() && !right.scores()) {
      return left.and(right).curved().withoutStream();
    }
    if (left.scores() || right.scores()) {
      give(left.scores() ? right : left, Role.ATTENTION_V);
      return Flow.ATTENDED;
    }
    give(left.past() ? right : left, Role.ATTENTION_Q);
    give(left.past() ? left : right, Role.ATTENTION_K);
    return Flow.SCORES;
  }

  private void give(Flow to, Role role) {
    to.products().forEach(product -> roles.get(product).add(role));
  }

  private Flow binary(Binary binary) {
    Flow left = flow(binary.lhs());
    Flow right = flow(binary.rhs());
    Flow both = left.and(right);
    if (binary.kind() == BinaryKind.ADD) {
      if (left.stream() != right.stream() && !both.known()) {
        give(left.stream() ? right : left, Role.WRITER);
      }
      return both.stream() ? Flow.STREAM : both;
    }
    boolean scaled = left.known() || right.known();
    boolean linear =
        binary.kind() == BinaryKind.SUB
            || ((binary.kind() == BinaryKind.MUL || binary.kind() == BinaryKind.DIV)
                && (scaled || left.products().stream().noneMatch(right.products()::contains)));
    Flow flow = linear ? both : both.curved();
    return scaled && linear ? flow : flow.withoutStream();
  }

  private void feedForward(Node node) {
    int down = products.indexOf(node);
    Flow input = flow(((Dot) node.op()).lhs());
    List<Integer> before = List.copyOf(input.products());
    if (before.isEmpty() || before.size() > 2 || input.attended() || excluded.contains(down)) {
      return;
    }
    boolean attends = before.stream().anyMatch(this::attends) || attends(down);
    long inputs =
        before.stream().map(each -> ((Dot) products.get(each).op()).lhs()).distinct().count();
    if (attends || inputs > 1) return;
    roles.get(down).add(Role.MLP_DOWN);
    for (int each : before) {
      boolean gates = before.size() == 2 && !input.straight().contains(each);
      roles.get(each).add(gates ? Role.MLP_GATE : Role.MLP_UP);
    }
  }

  private boolean attends(int product) {
    return roles.get(product).stream()
        .anyMatch(
            role ->
                switch (role) {
                  case ATTENTION_Q, ATTENTION_K, ATTENTION_V, ATTENTION_O -> true;
                  case MLP_GATE, MLP_UP, MLP_DOWN, WRITER -> false;
                });
  }
}
