package dune.passes.plan;

import dune.ir.Contraction;
import dune.ir.Control;
import dune.ir.Elementwise;
import dune.ir.Function;
import dune.ir.Indexing;
import dune.ir.JoinedWeights;
import dune.ir.Layout;
import dune.ir.Node;
import dune.ir.Operands;
import dune.ir.Source;
import dune.ir.Stateful;
import dune.ir.Type;
import dune.ir.Types;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Which values own memory, and whose memory the others are views of.
///
/// Weights, tables and state lie outside of the arena; numbers lie nowhere. A permutation, a
/// broadcast and a slice are views. A reshape is one unless the elements do not lie in order.
final class Storage {
  /// How the elements of a value lie in the memory that it is a view of.
  private sealed interface Form {
    /// One behind the other.
    record Whole() implements Form {}

    /// With gaps between the entries of the axes before `axis`.
    record Cut(int axis) implements Form {}

    record Scattered() implements Form {}
  }

  private static final Form WHOLE = new Form.Whole();
  private static final Form SCATTERED = new Form.Scattered();

  private final Types types;
  private final Map<Value, Value> owners = new HashMap<>();
  private final Map<Value, Form> forms = new HashMap<>();
  private final JoinedWeights joined;

  Storage(Function function) {
    this(function, function.nodes());
  }

  /// @param nodes of a body, whose arguments lie outside of what is planned
  Storage(Types types, Collection<Node> nodes) {
    this.types = types;
    this.joined = new JoinedWeights(nodes);
    for (Node node : nodes) {
      for (Value result : node.results()) place(result, node);
    }
  }

  /// The value in whose memory `value` lies, if that is in the arena.
  Optional<Value> owner(Value value) {
    return Optional.ofNullable(owners.get(value));
  }

  boolean owns(Value value) {
    return value.equals(owners.get(value));
  }

  /// Whether a value fills its memory in order, so that another of its size can take its place.
  boolean isWhole(Value value) {
    return forms.getOrDefault(value, WHOLE).equals(WHOLE);
  }

  private void place(Value value, Node node) {
    switch (node.op()) {
      case Source source -> {
        boolean computed =
            source instanceof Source.Iota
                || source instanceof Source.Position
                || source instanceof Source.Random;
        if (computed) own(value);
      }
      case Elementwise.Cast(Value x, var elem) when types.of(x).elem() == elem ->
          view(value, x, form(x));
      case Elementwise op -> {
        // Of numbers alone it is a number.
        if (types.of(value).rank() > 0
            || Operands.of(op).stream().anyMatch(x -> owners.containsKey(x))) own(value);
      }
      case Layout layout -> layout(value, layout);
      case Contraction _, Indexing _, Control _ -> own(value);
      case Stateful.ReadCache _ -> forms.put(value, new Form.Cut(1));
      case Stateful _ -> {
        // The memory is that of the state.
      }
    }
  }

  private void layout(Value value, Layout op) {
    switch (op) {
      case Layout.Reshape(Value x, _) -> reshape(value, x);
      case Layout.Permute(Value x, List<Integer> order) ->
          view(value, x, isInOrder(order, types.of(x)) ? form(x) : SCATTERED);
      case Layout.Broadcast(Value x, _, _) -> view(value, x, SCATTERED);
      case Layout.Slice(Value x, int axis, _, _, long step) ->
          view(value, x, step == 1 ? cut(form(x), axis) : SCATTERED);
      case Layout.History(Value x, _, _) -> view(value, x, form(x));
      case Layout.Concat _ -> {
        if (joined.parts(value).isEmpty()) own(value);
      }
    }
  }

  private void reshape(Value value, Value x) {
    switch (form(x)) {
      case Form.Whole whole -> view(value, x, whole);
      case Form.Cut(int axis) when keepsFront(types.of(x), types.of(value), axis) ->
          view(value, x, form(x));
      case Form.Cut _, Form.Scattered _ -> own(value);
    }
  }

  /// Whether the axes before `axis` stay as they are.
  private static boolean keepsFront(Type from, Type to, int axis) {
    List<Dim> front = from.shape().dims().subList(0, axis);
    return to.rank() > axis && to.shape().dims().subList(0, axis).equals(front);
  }

  /// Whether the axes that are not of size 1 keep their order.
  private static boolean isInOrder(List<Integer> order, Type type) {
    List<Integer> moved = order.stream().filter(axis -> !type.dim(axis).is(1)).toList();
    return moved.equals(moved.stream().sorted().toList());
  }

  private static Form cut(Form form, int axis) {
    return switch (form) {
      case Form.Whole _ -> axis == 0 ? form : new Form.Cut(axis);
      case Form.Cut(int before) when before == axis || axis == 0 -> form;
      case Form.Cut _, Form.Scattered _ -> SCATTERED;
    };
  }

  private Form form(Value value) {
    return forms.getOrDefault(value, WHOLE);
  }

  private void own(Value value) {
    owners.put(value, value);
  }

  private void view(Value value, Value of, Form form) {
    Value owner = owners.get(of);
    if (owner != null) owners.put(value, owner);
    forms.put(value, form);
  }
}
