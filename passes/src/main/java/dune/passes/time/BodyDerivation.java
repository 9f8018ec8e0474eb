package dune.passes.time;

import dune.ir.Control;
import dune.ir.Elem;
import dune.ir.Elementwise;
import dune.ir.FunctionBuilder;
import dune.ir.Operands;
import dune.ir.Origin;
import dune.ir.Region;
import dune.ir.Shape;
import dune.ir.Source;
import dune.ir.State;
import dune.ir.Stateful;
import dune.ir.Type;
import dune.ir.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The part of {@link StepDerivation} for operations with a body.
final class BodyDerivation {
  private final StepDerivation outer;
  private final FunctionBuilder into;
  private final Origin origin;
  private final RowLift lift;

  BodyDerivation(StepDerivation outer, FunctionBuilder into, Origin origin) {
    this.outer = outer;
    this.into = into;
    this.origin = origin;
    this.lift = new RowLift(into, origin);
  }

  List<Image> derive(Control control) {
    return switch (control) {
      case Control.Scan scan when scan.steps().equals(Axes.STEPS) -> alongTime(scan);
      case Control.Scan scan -> loop(scan);
      case Control.Dispatch dispatch -> dispatch(dispatch);
      case Control.Fused fused ->
          throw new IllegalArgumentException("fused before it is derived: " + fused);
    };
  }

  /// A scan along time begins where the last call ended, and does not move on at padding.
  private List<Image> alongTime(Control.Scan scan) {
    StepPositions positions = outer.positions();
    var kept = new ArrayList<State>();
    var initial = new ArrayList<Image>();
    for (Value value : scan.initial()) {
      Image begin = outer.image(value);
      Value fronted = lift.front(begin);
      State state = outer.state(origin, "state", into.of(fronted));
      kept.add(state);
      Value before = into.emit(new Stateful.ReadState(state.name(), state.type()), origin);
      Image first = Image.perRow(positions.isFirst(into, origin));
      Value test = lift.broadcast(first, state.type().shape(), List.of()).value();
      Value now = into.emit(new Elementwise.Select(test, fronted, before), origin);
      initial.add(lift.place(now, lift.plainType(begin).shape()));
    }

    FunctionBuilder inner = region(scan, initial);
    Value step = inner.arguments().getFirst();
    Value number = scan.body().arguments().getFirst();
    outer.bind(number, Image.perRow(positions.ofStep(step, inner, origin)));
    outer.translate(scan.body(), inner, Optional.of(new StepDerivation.Walk(number, step)));

    List<Image> results = results(scan, initial, inner);
    Image real = Image.perRow(positions.isReal(step, inner, origin));
    var innerLift = new RowLift(inner, origin);
    for (int i = 0; i < initial.size(); i++) {
      Image after = results.get(i);
      Value before = inner.arguments().get(i + 1);
      Shape plain = innerLift.plainType(after).shape();
      Value test = innerLift.broadcast(real, plain, List.of()).value();
      Value next = inner.emit(new Elementwise.Select(test, after.value(), before), origin);
      results.set(i, new Image(next, after.form()));
    }

    List<Image> stacked = emit(scan, initial, inner, results);
    for (int i = 0; i < kept.size(); i++) {
      Value last = lift.front(stacked.get(i));
      into.emitAll(new Stateful.WriteState(kept.get(i).name(), last), origin);
    }
    return stacked;
  }

  /// A loop over something else than time: what it hands on has rows if anything in it has.
  private List<Image> loop(Control.Scan scan) {
    boolean perRow =
        Operands.of(scan).stream().anyMatch(value -> outer.image(value).isPerRow())
            || asksForPositions(scan.body());
    var initial = new ArrayList<Image>();
    for (Value value : scan.initial()) {
      Image begin = outer.image(value);
      Shape plain = lift.plainType(begin).shape();
      initial.add(perRow ? lift.place(lift.front(begin), plain) : begin);
    }
    FunctionBuilder inner = region(scan, initial);
    outer.bind(scan.body().arguments().getFirst(), Image.plain(inner.arguments().getFirst()));
    outer.translate(scan.body(), inner, Optional.empty());
    return emit(scan, initial, inner, results(scan, initial, inner));
  }

  private static boolean asksForPositions(Region body) {
    return body.nodes().stream()
        .anyMatch(
            node ->
                node.op() instanceof Source.Position
                    || (node.op() instanceof Control control && asksForPositions(control.body())));
  }

  /// Begins the body of a scan: its states are bound, its captures stand for the surroundings.
  private FunctionBuilder region(Control.Scan scan, List<Image> initial) {
    var types = new ArrayList<Type>();
    types.add(Type.scalar(Elem.INT));
    for (Image image : initial) types.add(into.of(image.value()));
    FunctionBuilder inner = into.region(types);
    List<Value> arguments = scan.body().arguments();
    for (int i = 0; i < initial.size(); i++) {
      Value argument = inner.arguments().get(i + 1);
      outer.bind(arguments.get(i + 1), new Image(argument, initial.get(i).form()));
    }
    for (int i = 0; i < scan.captures().size(); i++) {
      outer.bind(arguments.get(1 + initial.size() + i), outer.image(scan.captures().get(i)));
    }
    return inner;
  }

  /// What the body gives: states in the form in which they began, then values.
  private List<Image> results(Control.Scan scan, List<Image> initial, FunctionBuilder inner) {
    var innerLift = new RowLift(inner, origin);
    var results = new ArrayList<Image>();
    for (int i = 0; i < scan.body().results().size(); i++) {
      Image result = outer.image(scan.body().results().get(i));
      boolean rows = i < initial.size() && initial.get(i).isPerRow();
      results.add(rows ? Image.perRow(innerLift.front(result)) : result);
    }
    return results;
  }

  /// Emits the scan with the body that was built, and puts rows before the steps of its values.
  private List<Image> emit(
      Control.Scan scan, List<Image> initial, FunctionBuilder inner, List<Image> results) {
    Region body = inner.buildRegion(results.stream().map(Image::value).toList());
    var op =
        new Control.Scan(
            scan.steps(), initial.stream().map(Image::value).toList(), inner.captured(), body);
    List<Value> values = into.emitAll(op, origin);
    var images = new ArrayList<Image>();
    for (int i = 0; i < values.size(); i++) {
      boolean stacked = i >= initial.size();
      Image.Form form = results.get(i).form();
      Value value =
          stacked && form == Image.Form.PER_ROW ? lift.moved(values.get(i), 1, 0) : values.get(i);
      images.add(new Image(value, form));
    }
    return images;
  }

  private List<Image> dispatch(Control.Dispatch dispatch) {
    Image x = outer.image(dispatch.x());
    Image choice = outer.image(dispatch.choice());
    List<List<Value>> captures =
        dispatch.captures().stream()
            .map(one -> one.stream().map(value -> outer.image(value).value()).toList())
            .toList();
    List<Value> arguments = dispatch.body().arguments();
    int own = 1 + captures.getFirst().size();
    var types = new ArrayList<Type>();
    for (Value argument : arguments.subList(0, own)) types.add(outer.type(argument));
    FunctionBuilder inner = into.region(types);
    for (int i = 0; i < own; i++) {
      outer.bind(arguments.get(i), Image.plain(inner.arguments().get(i)));
    }
    for (int i = 0; i < dispatch.shared().size(); i++) {
      outer.bind(arguments.get(own + i), outer.image(dispatch.shared().get(i)));
    }
    outer.translate(dispatch.body(), inner, Optional.empty());
    Region body =
        inner.buildRegion(
            dispatch.body().results().stream().map(value -> outer.image(value).value()).toList());
    boolean perRow = x.isPerRow() || choice.isPerRow();
    Value result =
        into.emit(
            new Control.Dispatch(
                perRow ? lift.front(x) : x.value(),
                perRow ? lift.front(choice) : choice.value(),
                captures,
                inner.captured(),
                body),
            origin);
    return List.of(perRow ? Image.perRow(result) : Image.plain(result));
  }
}
