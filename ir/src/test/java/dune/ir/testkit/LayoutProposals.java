package dune.ir.testkit;

import dune.ir.Elem;
import dune.ir.Indexing;
import dune.ir.Layout;
import dune.ir.Op;
import dune.ir.Shape;
import dune.ir.Type;
import dune.ir.dim.Dim;
import dune.ir.testkit.Draft.Known;
import dune.ir.testkit.Draft.Proposal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/// Operations that move elements, or read at indices.
final class LayoutProposals {
  private final Random random;
  private final Draft draft;
  private final Choices choices;

  LayoutProposals(Random random, Draft draft, Choices choices) {
    this.random = random;
    this.draft = draft;
    this.choices = choices;
  }

  void addTo(Map<Class<? extends Op>, Supplier<Optional<Proposal>>> byOp) {
    byOp.put(Layout.Reshape.class, this::reshape);
    byOp.put(Layout.Permute.class, this::permute);
    byOp.put(Layout.Broadcast.class, this::broadcast);
    byOp.put(Layout.Slice.class, this::slice);
    byOp.put(Layout.Concat.class, this::concat);
    byOp.put(Layout.History.class, this::history);
    byOp.put(Indexing.Gather.class, this::gather);
  }

  private Optional<Proposal> reshape() {
    return draft
        .pick(_ -> true)
        .flatMap(
            x -> {
              var dims = new ArrayList<>(x.type().shape().dims());
              int axis = dims.isEmpty() ? 0 : random.nextInt(dims.size());
              if (axis + 1 < dims.size() && random.nextBoolean()) {
                dims.set(axis, dims.get(axis).times(dims.remove(axis + 1)));
              } else if (!dims.isEmpty() && dims.get(axis).is(4)) {
                dims.set(axis, Dim.of(2));
                dims.add(axis, Dim.of(2));
              } else {
                dims.add(axis, Dim.ONE);
              }
              return Proposal.on(
                  List.of(x), (_, in) -> new Layout.Reshape(in.getFirst(), new Shape(dims)));
            });
  }

  private Optional<Proposal> permute() {
    return draft
        .pick(x -> x.type().rank() > 1)
        .flatMap(
            x -> {
              var order = new ArrayList<>(IntStream.range(0, x.type().rank()).boxed().toList());
              Collections.shuffle(order, random);
              return Proposal.on(List.of(x), (_, in) -> new Layout.Permute(in.getFirst(), order));
            });
  }

  private Optional<Proposal> broadcast() {
    return draft
        .pick(x -> x.type().rank() < 4)
        .flatMap(
            x -> {
              var dims = new ArrayList<>(x.type().shape().dims());
              var axes = new ArrayList<>(IntStream.range(0, dims.size()).boxed().toList());
              int at = random.nextInt(dims.size() + 1);
              dims.add(at, choices.dim());
              axes.replaceAll(axis -> axis >= at ? axis + 1 : axis);
              return Proposal.on(
                  List.of(x),
                  (_, in) -> new Layout.Broadcast(in.getFirst(), new Shape(dims), axes));
            });
  }

  private Optional<Proposal> slice() {
    return draft
        .pick(x -> x.type().rank() > 0)
        .flatMap(
            x -> {
              int axis = random.nextInt(x.type().rank());
              Dim dim = x.type().dim(axis);
              long size = dim.size().orElse(1);
              long start = random.nextLong(size + 1);
              long step = random.nextLong(1, 3);
              long count = random.nextLong((size - start + step - 1) / step + 1);
              boolean last = dim.size().isEmpty() && random.nextBoolean();
              return Proposal.on(
                  List.of(x),
                  (_, in) ->
                      new Layout.Slice(
                          in.getFirst(),
                          axis,
                          last ? dim.minus(Dim.ONE) : Dim.of(start),
                          last ? Dim.ONE : Dim.of(count),
                          step));
            });
  }

  private Optional<Proposal> concat() {
    return draft
        .pick(x -> x.type().rank() > 0)
        .flatMap(
            x -> {
              int axis = random.nextInt(x.type().rank());
              var parts = new ArrayList<>(List.of(x));
              for (int i = random.nextInt(3); i > 0; i--) {
                draft.pick(other -> isJoinable(x.type(), other.type(), axis)).ifPresent(parts::add);
              }
              return Proposal.on(parts, (_, in) -> new Layout.Concat(in, axis));
            });
  }

  private Optional<Proposal> history() {
    return draft
        .pick(x -> x.type().shape().dims().contains(Proposals.T))
        .flatMap(
            x -> {
              int axis = x.type().shape().dims().indexOf(Proposals.T);
              return Proposal.on(
                  List.of(x), (_, in) -> new Layout.History(in.getFirst(), axis, Proposals.S));
            });
  }

  private Optional<Proposal> gather() {
    Optional<Known> indices = draft.pick(x -> x.type().elem() == Elem.INT && x.type().rank() < 4);
    Optional<Known> source = draft.pick(x -> x.type().rank() > 0);
    if (indices.isEmpty() || source.isEmpty()) return Optional.empty();
    int axis = random.nextInt(source.get().type().rank());
    int batch = random.nextInt(axis + 1);
    return Proposal.on(
        List.of(source.get(), indices.get()),
        (_, in) -> new Indexing.Gather(in.get(0), in.get(1), axis, batch));
  }

  private static boolean isJoinable(Type a, Type b, int axis) {
    return a.rank() == b.rank()
        && a.with(a.shape().with(axis, Dim.ONE)).equals(b.with(b.shape().with(axis, Dim.ONE)));
  }
}
