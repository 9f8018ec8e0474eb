package dune.ir.testkit;

import dune.ir.Contraction;
import dune.ir.Control;
import dune.ir.Elem;
import dune.ir.Elementwise;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Elementwise.UnaryKind;
import dune.ir.FunctionBuilder;
import dune.ir.Indexing;
import dune.ir.Op;
import dune.ir.Origin;
import dune.ir.Region;
import dune.ir.Shape;
import dune.ir.Source;
import dune.ir.Stateful;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.dim.Dim;
import dune.ir.testkit.Draft.Known;
import dune.ir.testkit.Draft.Proposal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// Operations with a body, and operations on state.
final class BodyProposals {
  private final Draft draft;
  private final Choices choices;

  BodyProposals(Draft draft, Choices choices) {
    this.draft = draft;
    this.choices = choices;
  }

  void addTo(Map<Class<? extends Op>, Supplier<Optional<Proposal>>> byOp) {
    byOp.put(Control.Scan.class, this::scan);
    byOp.put(Control.Dispatch.class, this::dispatch);
    byOp.put(Control.Fused.class, this::fused);
    byOp.put(Stateful.ReadState.class, this::readState);
    byOp.put(Stateful.WriteState.class, this::writeState);
    byOp.put(Stateful.Append.class, this::append);
    byOp.put(Stateful.ReadCache.class, this::readCache);
  }

  /// Runs along the first axis of a value: `state = tanh(state / 2 + x[step])`.
  private Optional<Proposal> scan() {
    Optional<Known> along = draft.pick(x -> x.type().rank() > 0 && x.type().elem().isFloat());
    if (along.isEmpty()) return Optional.empty();
    Type type = along.get().type();
    var step = new Type(type.elem(), new Shape(type.shape().dims().subList(1, type.rank())));
    Optional<Known> initial = draft.pick(x -> x.type().equals(step));
    var operands = new ArrayList<>(List.of(along.get()));
    initial.ifPresent(operands::add);
    return Proposal.on(
        operands,
        (builder, in) -> {
          List<Value> states = in.subList(1, in.size());
          var arguments = new ArrayList<>(List.of(Type.scalar(Elem.INT)));
          for (Value _ : states) arguments.add(step);
          FunctionBuilder body = builder.region(arguments);
          Region region = scanBody(body, in.getFirst(), type.elem());
          return new Control.Scan(type.dim(0), states, body.captured(), region);
        });
  }

  private static Region scanBody(FunctionBuilder body, Value along, Elem elem) {
    Value step = body.arguments().getFirst();
    Value now = body.emit(new Indexing.Gather(along, step, 0, 0), Origin.NONE);
    Value number = body.emit(new Elementwise.Cast(step, elem), Origin.NONE);
    Value moved = body.emit(new Elementwise.Binary(BinaryKind.ADD, now, number), Origin.NONE);
    if (body.arguments().size() == 1) return body.buildRegion(List.of(moved));
    Value half = body.emit(new Source.Constant(0.5, elem), Origin.NONE);
    Value kept =
        body.emit(
            new Elementwise.Binary(BinaryKind.MUL, body.arguments().get(1), half), Origin.NONE);
    Value sum = body.emit(new Elementwise.Binary(BinaryKind.ADD, kept, now), Origin.NONE);
    Value next = body.emit(new Elementwise.Unary(UnaryKind.TANH, sum), Origin.NONE);
    return body.buildRegion(List.of(next, moved, next));
  }

  /// Every expert multiplies its rows by a matrix of its own and scales them by a shared number.
  private Optional<Proposal> dispatch() {
    Optional<Known> choice = draft.pick(x -> x.type().elem() == Elem.INT && x.type().rank() > 0);
    if (choice.isEmpty()) return Optional.empty();
    List<Dim> lead = choice.get().type().shape().dims().subList(0, choice.get().type().rank() - 1);
    Optional<Known> rows =
        draft.pick(
            x ->
                x.type().elem().isFloat()
                    && x.type().rank() == lead.size() + 1
                    && x.type().shape().dims().subList(0, lead.size()).equals(lead));
    if (rows.isEmpty()) return Optional.empty();
    Elem elem = rows.get().type().elem();
    Dim width = rows.get().type().dim(lead.size());
    Optional<Known> first =
        draft.pick(
            x -> x.type().elem() == elem && x.type().rank() == 2 && x.type().dim(0).equals(width));
    Optional<Known> scale = draft.pick(x -> x.type().equals(Type.scalar(elem)));
    if (first.isEmpty() || scale.isEmpty()) return Optional.empty();
    var operands = new ArrayList<>(List.of(rows.get(), choice.get(), scale.get(), first.get()));
    Type matrix = first.get().type();
    for (int i = 0; i < 2; i++) {
      operands.add(draft.pick(x -> x.type().equals(matrix)).orElseThrow());
    }
    int experts = operands.size();
    var weights = new Type(elem, choice.get().type().shape());
    draft.pick(x -> x.type().equals(weights)).ifPresent(operands::add);
    return Proposal.on(
        operands,
        (builder, in) -> {
          var row = Type.of(elem, Dim.named("rows"), width);
          FunctionBuilder body = builder.region(List.of(row, matrix, Type.scalar(elem)));
          var dispatch =
              new Control.Dispatch(
                  in.get(0),
                  in.get(1),
                  in.subList(3, experts).stream().map(List::of).toList(),
                  List.of(in.get(2)),
                  expert(body));
          return in.size() > experts ? dispatch.weighedBy(in.getLast()) : dispatch;
        });
  }

  private static Region expert(FunctionBuilder body) {
    List<Value> in = body.arguments();
    Value product =
        body.emit(
            new Contraction.Dot(
                in.get(0),
                in.get(1),
                List.of(),
                List.of(),
                List.of(1),
                List.of(0),
                Optional.empty()),
            Origin.NONE);
    Value scaled =
        body.emit(new Elementwise.Binary(BinaryKind.MUL, product, in.get(2)), Origin.NONE);
    return body.buildRegion(List.of(scaled));
  }

  /// `tanh(x) + x`, and the tangent alone.
  private Optional<Proposal> fused() {
    return draft
        .pick(x -> x.type().elem().isFloat())
        .flatMap(
            x ->
                Proposal.on(
                    List.of(x),
                    (builder, in) -> {
                      FunctionBuilder body = builder.region(List.of(x.type()));
                      Value own = body.arguments().getFirst();
                      Value bent =
                          body.emit(new Elementwise.Unary(UnaryKind.TANH, own), Origin.NONE);
                      Value sum =
                          body.emit(new Elementwise.Binary(BinaryKind.ADD, bent, own), Origin.NONE);
                      return new Control.Fused(
                          Control.FusedKind.REGION, in, body.buildRegion(List.of(sum, bent)));
                    }));
  }

  private Optional<Proposal> readState() {
    return Proposal.source(new Stateful.ReadState(Proposals.SUM, stateType(Proposals.SUM)));
  }

  private Optional<Proposal> writeState() {
    return draft
        .pick(x -> x.type().equals(stateType(Proposals.SUM)))
        .flatMap(
            x ->
                Proposal.on(
                    List.of(x), (_, in) -> new Stateful.WriteState(Proposals.SUM, in.getFirst())));
  }

  private Optional<Proposal> append() {
    Type steps =
        stateType(Proposals.CACHE).with(stateType(Proposals.CACHE).shape().with(1, Proposals.T));
    Optional<Known> x = draft.pick(known -> known.type().equals(steps));
    Optional<Known> slots =
        draft.pick(known -> known.type().equals(Type.of(Elem.INT, Proposals.B, Proposals.T)));
    if (x.isEmpty() || slots.isEmpty()) return Optional.empty();
    return Proposal.on(
        List.of(x.get(), slots.get()),
        (_, in) -> new Stateful.Append(Proposals.CACHE, in.get(0), in.get(1)));
  }

  private Optional<Proposal> readCache() {
    Dim slots =
        choices.one(List.of(Proposals.S, Proposals.T, Dim.of(3), Dim.of(Proposals.CAPACITY)));
    Type type = stateType(Proposals.CACHE);
    return Proposal.source(
        new Stateful.ReadCache(Proposals.CACHE, slots, type.with(type.shape().with(1, slots))));
  }

  private Type stateType(String name) {
    return Proposals.states(choices.mainFloat()).stream()
        .filter(state -> state.name().equals(name))
        .findFirst()
        .orElseThrow()
        .type();
  }
}
