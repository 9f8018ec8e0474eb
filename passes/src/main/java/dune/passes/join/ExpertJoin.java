package dune.passes.join;

import dune.ir.Contraction.Dot;
import dune.ir.Control;
import dune.ir.Control.Dispatch;
import dune.ir.Function;
import dune.ir.FunctionBuilder;
import dune.ir.Layout;
import dune.ir.Node;
import dune.ir.Op;
import dune.ir.Operands;
import dune.ir.Origin;
import dune.ir.Source;
import dune.ir.Value;
import dune.ir.dim.Dim;
import dune.passes.rewrite.FunctionCopy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// The products of experts that share an input and can be one, function by function.
///
/// All experts share a body, and hand in their own weights; so the weights of each expert are
/// joined where it is chosen, and the body has one product and slices of it.
final class ExpertJoin {
  /// A product in the body of a dispatch with what each expert has of its own.
  ///
  /// @param weight the place of the weight among what an expert captures
  /// @param bias likewise; empty if nothing is added
  private record Product(Node node, Dot dot, int weight, OptionalInt bias) {
    IntStream places() {
      return IntStream.concat(IntStream.of(weight), bias.stream());
    }
  }

  /// Products that can be one.
  ///
  /// @param weights by expert, the paths of all weights that are joined
  /// @param names of the first expert's weights
  private record Family(List<Product> products, List<List<String>> weights, List<String> names) {}

  private final Map<Value, Source.Weight> weights = new HashMap<>();
  private final Map<Node, List<Family>> families = new LinkedHashMap<>();

  /// @param joinable whether this weight is read once here, and may lie beside another
  /// @param adapts whether a weight is that of an adapter
  ExpertJoin(Function function, Predicate<String> joinable, Predicate<String> adapts) {
    for (Node node : function.nodes()) {
      if (node.op() instanceof Source.Weight weight) weights.put(node.result(), weight);
    }
    for (Node node : function.nodes()) {
      if (!(node.op() instanceof Dispatch dispatch)) continue;
      List<Family> found = families(dispatch, function, joinable, adapts);
      if (!found.isEmpty()) families.put(node, found);
    }
  }

  /// The weights of all experts that can be joined, in order.
  Stream<List<List<String>>> all() {
    return families.values().stream().flatMap(List::stream).map(Family::weights);
  }

  /// Leaves out what not all functions can join.
  void retain(Predicate<List<List<String>>> everywhere) {
    families.replaceAll(
        (_, each) -> each.stream().filter(family -> everywhere.test(family.weights())).toList());
    families.values().removeIf(List::isEmpty);
  }

  boolean isEmpty() {
    return families.isEmpty();
  }

  /// What is joined, by the node of the first product.
  Map<Node, String> said() {
    var said = new LinkedHashMap<Node, String>();
    for (List<Family> each : families.values()) {
      for (Family family : each) {
        said.put(
            family.products().getFirst().node(),
            "joined %d products of each expert (%s)"
                .formatted(family.products().size(), Projection.names(family.names())));
      }
    }
    return said;
  }

  private List<Family> families(
      Dispatch dispatch, Function function, Predicate<String> joinable, Predicate<String> adapts) {
    // Bodies within the body are fused later; none has products that could be joined now.
    if (dispatch.body().nodes().stream().anyMatch(node -> node.op() instanceof Control)) {
      return List.of();
    }
    record Key(Value input, boolean biased, boolean adapts) {}
    var products = new LinkedHashMap<Key, List<Product>>();
    for (Node node : dispatch.body().nodes()) {
      Optional<Product> product = product(node, dispatch, function);
      if (product.isEmpty() || !isJoinable(product.get(), dispatch, joinable)) continue;
      String first = path(dispatch, 0, product.get().weight());
      var key =
          new Key(product.get().dot().lhs(), product.get().bias().isPresent(), adapts.test(first));
      products.computeIfAbsent(key, _ -> new ArrayList<>()).add(product.get());
    }
    return products.values().stream()
        .filter(each -> each.size() > 1)
        .map(each -> family(each, dispatch))
        .toList();
  }

  private Family family(List<Product> products, Dispatch dispatch) {
    List<List<String>> paths =
        IntStream.range(0, dispatch.captures().size())
            .mapToObj(
                expert ->
                    products.stream()
                        .flatMapToInt(Product::places)
                        .mapToObj(place -> path(dispatch, expert, place))
                        .toList())
            .toList();
    List<String> names =
        products.stream().map(product -> path(dispatch, 0, product.weight())).toList();
    return new Family(products, paths, names);
  }

  private static Optional<Product> product(Node node, Dispatch dispatch, Function function) {
    if (!(node.op() instanceof Dot dot) || !dot.isLinear(function)) return Optional.empty();
    OptionalInt weight = place(dot.rhs(), dispatch);
    if (weight.isEmpty()) return Optional.empty();
    if (dot.plus().isEmpty()) {
      return Optional.of(new Product(node, dot, weight.getAsInt(), OptionalInt.empty()));
    }
    OptionalInt bias = place(dot.plus().get(), dispatch);
    return bias.isPresent() && function.of(dot.plus().get()).rank() == 1
        ? Optional.of(new Product(node, dot, weight.getAsInt(), bias))
        : Optional.empty();
  }

  /// The place of an argument among what an expert captures, if the body takes it once.
  private static OptionalInt place(Value value, Dispatch dispatch) {
    int place = dispatch.body().arguments().indexOf(value) - 1;
    if (place < 0 || place >= dispatch.captures().getFirst().size()) return OptionalInt.empty();
    long uses =
        dispatch.body().nodes().stream()
            .flatMap(node -> Operands.of(node.op()).stream())
            .filter(value::equals)
            .count();
    return uses == 1 && !dispatch.body().results().contains(value)
        ? OptionalInt.of(place)
        : OptionalInt.empty();
  }

  private boolean isJoinable(Product product, Dispatch dispatch, Predicate<String> joinable) {
    return product
        .places()
        .allMatch(
            place ->
                dispatch.captures().stream()
                    .map(own -> own.get(place))
                    .allMatch(
                        value ->
                            weights.containsKey(value)
                                && joinable.test(weights.get(value).path())));
  }

  private String path(Dispatch dispatch, int expert, int place) {
    return weights.get(dispatch.captures().get(expert).get(place)).path();
  }

  /// Puts a dispatch with joined products into a copy; empty if `before` is none that is joined.
  Optional<List<Value>> rewrite(
      Node before, FunctionCopy.Copies copies, Function function, FunctionBuilder into) {
    if (!families.containsKey(before)) return Optional.empty();
    return Optional.of(
        new Rewrite((Dispatch) before.op(), families.get(before), before.origin(), function, into)
            .run(copies));
  }

  /// One dispatch on its way into a copy.
  private record Rewrite(
      Dispatch dispatch,
      List<Family> families,
      Origin origin,
      Function function,
      FunctionBuilder into) {

    List<Value> run(FunctionCopy.Copies copies) {
      List<List<Integer>> joins = joins();
      int own = dispatch.captures().getFirst().size();
      // What stays as it is, then what is joined.
      List<Integer> kept =
          IntStream.range(0, own)
              .boxed()
              .filter(place -> joins.stream().noneMatch(join -> join.contains(place)))
              .toList();
      var captures = new ArrayList<List<Value>>();
      for (List<Value> expert : dispatch.captures()) {
        var values = new ArrayList<Value>();
        for (int place : kept) values.add(copies.of(expert.get(place)));
        for (List<Integer> join : joins) {
          List<Value> parts = join.stream().map(place -> copies.of(expert.get(place))).toList();
          values.add(into.emit(new Layout.Concat(parts, 0), origin));
        }
        captures.add(values);
      }
      List<Value> arguments = dispatch.body().arguments();
      var types = new ArrayList<>(List.of(function.of(arguments.getFirst())));
      captures.getFirst().forEach(value -> types.add(into.of(value)));
      FunctionBuilder inner = into.region(types);
      var values = new HashMap<Value, Value>();
      values.put(arguments.getFirst(), inner.arguments().getFirst());
      for (int i = 0; i < kept.size(); i++) {
        values.put(arguments.get(1 + kept.get(i)), inner.arguments().get(1 + i));
      }
      for (int i = 0; i < dispatch.shared().size(); i++) {
        values.put(arguments.get(1 + own + i), copies.of(dispatch.shared().get(i)));
      }
      for (Node node : dispatch.body().nodes()) {
        Optional<Family> family = family(node);
        if (family.isEmpty()) {
          List<Value> results = inner.emitAll(Operands.map(node.op(), values::get), node.origin());
          for (int i = 0; i < results.size(); i++)
            values.put(node.results().get(i), results.get(i));
        } else if (!values.containsKey(node.result())) {
          cut(family.get(), joins, 1 + kept.size(), values, inner);
        }
      }
      Op op =
          new Dispatch(
              copies.of(dispatch.x()),
              copies.of(dispatch.choice()),
              captures,
              inner.captured(),
              inner.buildRegion(dispatch.body().results().stream().map(values::get).toList()));
      return into.emitAll(op, origin);
    }

    /// The places that are joined: the weights of each family, and its biases if it has some.
    private List<List<Integer>> joins() {
      var joins = new ArrayList<List<Integer>>();
      for (Family family : families) {
        joins.add(family.products().stream().map(Product::weight).toList());
        if (family.products().getFirst().bias().isPresent()) {
          joins.add(family.products().stream().map(one -> one.bias().getAsInt()).toList());
        }
      }
      return joins;
    }

    private Optional<Family> family(Node node) {
      return families.stream()
          .filter(family -> family.products().stream().anyMatch(one -> one.node().equals(node)))
          .findFirst();
    }

    /// The joined product, and a slice of it for each that it stands for.
    ///
    /// @param first the place of the first joined argument
    private void cut(
        Family family,
        List<List<Integer>> joins,
        int first,
        Map<Value, Value> values,
        FunctionBuilder inner) {
      Product like = family.products().getFirst();
      int at = first + joins.indexOf(family.products().stream().map(Product::weight).toList());
      Value weight = inner.arguments().get(at);
      Optional<Value> bias =
          like.bias().isPresent() ? Optional.of(inner.arguments().get(at + 1)) : Optional.empty();
      Origin where = like.node().origin();
      Value input = values.get(like.dot().lhs());
      Value product =
          inner.emit(
              new Dot(
                  input,
                  weight,
                  List.of(),
                  List.of(),
                  like.dot().lhsSum(),
                  like.dot().rhsSum(),
                  bias),
              where);
      int last = inner.of(product).rank() - 1;
      Dim start = Dim.ZERO;
      for (Product each : family.products()) {
        Dim width = function.of(each.dot().rhs()).dim(0);
        values.put(
            each.node().result(),
            inner.emit(new Layout.Slice(product, last, start, width, 1), each.node().origin()));
        start = start.plus(width);
      }
    }
  }
}
