package dune.passes.time;

import dune.ir.Control;
import dune.ir.Function;
import dune.ir.FunctionBuilder;
import dune.ir.Indexing;
import dune.ir.Layout;
import dune.ir.Node;
import dune.ir.Op;
import dune.ir.Operands;
import dune.ir.Origin;
import dune.ir.Region;
import dune.ir.Shape;
import dune.ir.Source;
import dune.ir.State;
import dune.ir.Stateful;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.dim.Dim;
import dune.passes.rewrite.Substitution;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;

/// Builds `step` from a `forward` that {@link TimeAnalysis} found nothing wrong with.
///
/// Each value of `forward` gets an {@link Image}; one with a key axis gets one per layout of slots
/// that it is needed for, as layers with different windows share a mask's positions.
final class StepDerivation {
  /// The function that continues, and what it keeps between calls.
  record Result(Function step, List<State> states) {}

  private record Key(Value value, Optional<Slots> slots) {}

  /// The scan along time in whose body we are: its number of the step, before and now.
  record Walk(Value before, Value step) {}

  private final Function forward;
  private final CachePlan plan;
  private final StepOptions options;
  private final FunctionBuilder builder = new FunctionBuilder();
  private final Map<Key, Image> images = new HashMap<>();
  private final List<State> states = new ArrayList<>();
  private final Map<Value, SequencedSet<Slots>> needed = new HashMap<>();
  private final StepPositions positions;

  private StepDerivation(Function forward, CachePlan plan, StepOptions options) {
    this.forward = forward;
    this.plan = plan;
    this.options = options;
    for (Function.Input input : forward.inputs()) {
      Value value = builder.input(input.name(), input.type());
      images.put(new Key(input.value(), Optional.empty()), Image.plain(value));
    }
    Value start = builder.input("start", StepPositions.PER_ROW);
    Value count = builder.input("count", StepPositions.PER_ROW);
    positions = new StepPositions(start, count);
  }

  static Result derive(Function forward, CachePlan plan, StepOptions options) {
    return new StepDerivation(forward, plan, options).run();
  }

  private Result run() {
    forward.nodes().reversed().forEach(this::collectNeeds);
    for (Node node : forward.nodes()) {
      if (node.results().stream().noneMatch(this::hasKeys)) {
        translate(node, foldedSlots(node), builder, Optional.empty());
      } else {
        for (Slots slots : needed.getOrDefault(node.result(), new LinkedHashSet<>())) {
          translate(node, Optional.of(slots), builder, Optional.empty());
        }
      }
    }
    List<Function.Output> outputs =
        forward.outputs().stream()
            .map(output -> new Function.Output(output.name(), output(output.value())))
            .toList();
    Function step = builder.build("step", List.of(Axes.KEYS_NAME), outputs, List.of());
    return new Result(step, states);
  }

  StepPositions positions() {
    return positions;
  }

  private Value output(Value value) {
    Image image = image(value, Optional.empty());
    if (!image.isPerRow()) return image.value();
    Origin origin = builder.definition(image.value()).map(Node::origin).orElse(Origin.NONE);
    return new RowLift(builder, origin).front(image);
  }

  private boolean hasKeys(Value value) {
    return plan.axes().hasKeys(forward.of(value).shape());
  }

  private Optional<Slots> ownSlots(Value value) {
    return plan.reach(value).map(reach -> Slots.of(reach, options));
  }

  /// Each operand with a key axis is needed in the layouts of the results; where the axis ends, in
  /// that of the caches.
  private void collectNeeds(Node node) {
    SequencedSet<Slots> layouts = new LinkedHashSet<>();
    if (node.results().stream().anyMatch(this::hasKeys)) {
      for (Value result : node.results()) {
        Optional<Slots> own = ownSlots(result);
        if (own.isPresent()) layouts.add(own.get());
        else layouts.addAll(needed.getOrDefault(result, new LinkedHashSet<>()));
        if (own.isPresent()) needed.put(result, layouts);
      }
    } else {
      foldedSlots(node).ifPresent(layouts::add);
    }
    for (Value operand : Operands.of(node.op())) {
      if (!hasKeys(operand)) continue;
      needed.computeIfAbsent(operand, _ -> new LinkedHashSet<>()).addAll(layouts);
    }
  }

  /// The layout of the key axis that an operation folds. Without a cache any would do.
  private Optional<Slots> foldedSlots(Node node) {
    Optional<Slots> slots = Optional.empty();
    for (Value operand : Operands.of(node.op())) {
      if (!hasKeys(operand)) continue;
      Optional<Slots> own = ownSlots(operand);
      if (own.isPresent()) return own;
      slots = Optional.of(new Slots.Full(options.capacity()));
    }
    return slots;
  }

  /// The type of a value of `forward`.
  Type type(Value value) {
    return forward.of(value);
  }

  Image image(Value value) {
    return image(value, Optional.empty());
  }

  private Image image(Value value, Optional<Slots> slots) {
    Image image = images.get(new Key(value, hasKeys(value) ? slots : Optional.empty()));
    if (image == null) throw new IllegalStateException("no image of " + value + " on " + slots);
    return image;
  }

  void bind(Value value, Image image) {
    bind(value, Optional.empty(), image);
  }

  private void bind(Value value, Optional<Slots> slots, Image image) {
    images.put(new Key(value, hasKeys(value) ? slots : Optional.empty()), image);
  }

  /// Translates the nodes of a body.
  void translate(Region body, FunctionBuilder into, Optional<Walk> walk) {
    for (Node node : body.nodes()) translate(node, Optional.empty(), into, walk);
  }

  private void translate(
      Node node, Optional<Slots> slots, FunctionBuilder into, Optional<Walk> walk) {
    List<Image> results = results(node, slots, into, walk);
    for (int i = 0; i < results.size(); i++) bind(node.results().get(i), slots, results.get(i));
  }

  private List<Image> results(
      Node node, Optional<Slots> slots, FunctionBuilder into, Optional<Walk> walk) {
    Origin origin = node.origin();
    return switch (node.op()) {
      case Source.Position(Dim axis) -> List.of(position(axis, slots, into, origin));
      case Layout.History history -> List.of(history(history, slots.orElseThrow(), origin));
      case Control control -> new BodyDerivation(this, into, origin).derive(control);
      case Indexing.Gather gather when walk.isPresent() && picksStep(gather, walk.get()) ->
          List.of(pickStep(gather, walk.get(), into, origin));
      case Op op ->
          new RowLift(into, origin)
              .emit(substitution(slots).apply(op), value -> image(value, slots));
    };
  }

  private Substitution substitution(Optional<Slots> slots) {
    var sizes = new HashMap<String, Dim>();
    slots.ifPresent(layout -> plan.axes().keys().forEach(key -> sizes.put(key, layout.read())));
    return new Substitution(sizes);
  }

  private Image position(Dim axis, Optional<Slots> slots, FunctionBuilder into, Origin origin) {
    if (axis.equals(Axes.STEPS)) return Image.perRow(positions.ofSteps(into, origin));
    if (plan.axes().isKeys(axis)) return positions.ofSlots(slots.orElseThrow(), into, origin);
    return Image.plain(into.emit(new Source.Iota(axis), origin));
  }

  /// Writes the steps of this call to a cache and reads all that can be in reach.
  private Image history(Layout.History history, Slots slots, Origin origin) {
    var lift = new RowLift(builder, origin);
    Image x = image(history.x(), Optional.empty());
    Shape plain = lift.plainType(x).shape();
    Value fronted = lift.front(x);
    int axis = Axes.steps(builder.of(fronted).shape()).orElseThrow();
    Value steps = lift.moved(fronted, axis, 1);
    Type type = builder.of(steps);
    Dim size = Dim.of(slots.unread() + 1);
    State state = state(origin, "past", type.with(type.shape().with(1, size)));
    builder.emitAll(
        new Stateful.Append(state.name(), steps, positions.written(slots, builder, origin)),
        origin);
    Value read =
        builder.emit(
            new Stateful.ReadCache(
                state.name(), slots.read(), type.with(type.shape().with(1, slots.read()))),
            origin);
    Shape result = plain.with(Axes.steps(plain).orElseThrow(), slots.read());
    return lift.place(lift.moved(read, 1, axis), result);
  }

  /// Declares something that is kept between calls, named after the block that needs it.
  State state(Origin origin, String kind, Type type) {
    String path = origin.path().isEmpty() ? "" : origin.path() + ".";
    int number = 0;
    while (isTaken(path + kind + number)) number++;
    var state = new State(path + kind + number, type, 0);
    states.add(state);
    return state;
  }

  private boolean isTaken(String name) {
    return states.stream().anyMatch(state -> state.name().equals(name));
  }

  /// The one step of `x[T = t]` in a scan along time: by its number in this call.
  private Image pickStep(Indexing.Gather gather, Walk walk, FunctionBuilder into, Origin origin) {
    return new RowLift(into, origin)
        .emit(
            gather,
            value ->
                value.equals(walk.before())
                    ? Image.plain(walk.step())
                    : image(value, Optional.empty()))
        .getFirst();
  }

  private boolean picksStep(Indexing.Gather gather, Walk walk) {
    return gather.indices().equals(walk.before())
        && forward.of(gather.x()).dim(gather.axis()).equals(Axes.STEPS);
  }
}
