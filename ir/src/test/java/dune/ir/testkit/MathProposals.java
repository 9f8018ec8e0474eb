package dune.ir.testkit;

import dune.ir.Contraction;
import dune.ir.Contraction.ReduceKind;
import dune.ir.Elem;
import dune.ir.Elementwise;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Elementwise.UnaryKind;
import dune.ir.Op;
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
import java.util.stream.Stream;

/// Operations that compute: elementwise, and contractions.
final class MathProposals {
  private final Random random;
  private final Draft draft;
  private final Choices choices;

  MathProposals(Random random, Draft draft, Choices choices) {
    this.random = random;
    this.draft = draft;
    this.choices = choices;
  }

  void addTo(Map<Class<? extends Op>, Supplier<Optional<Proposal>>> byOp) {
    byOp.put(Elementwise.Unary.class, this::unary);
    byOp.put(Elementwise.Binary.class, this::binary);
    byOp.put(Elementwise.Select.class, this::select);
    byOp.put(Elementwise.Cast.class, this::cast);
    byOp.put(Contraction.Reduce.class, this::reduce);
    byOp.put(Contraction.Dot.class, this::dot);
    byOp.put(Contraction.Top.class, this::top);
  }

  private Optional<Proposal> unary() {
    UnaryKind kind = choices.one(List.of(UnaryKind.values()));
    return draft
        .pick(
            x ->
                switch (kind) {
                  case NOT -> x.type().elem() == Elem.BOOL;
                  case NEG, ABS -> x.type().elem() != Elem.BOOL;
                  default -> x.type().elem().isFloat();
                })
        .flatMap(
            x -> Proposal.on(List.of(x), (_, in) -> new Elementwise.Unary(kind, in.getFirst())));
  }

  private Optional<Proposal> binary() {
    BinaryKind kind = choices.one(List.of(BinaryKind.values()));
    Optional<Known> lhs =
        draft.pick(
            x ->
                switch (kind) {
                  case AND, OR -> x.type().elem() == Elem.BOOL;
                  case DIV, POW -> x.type().elem().isFloat();
                  default -> x.type().elem() != Elem.BOOL;
                });
    return lhs.flatMap(
        left ->
            draft
                .pick(right -> fits(left, right))
                .flatMap(
                    right ->
                        Proposal.on(
                            List.of(left, right),
                            (_, in) -> new Elementwise.Binary(kind, in.get(0), in.get(1)))));
  }

  private Optional<Proposal> select() {
    Optional<Known> then = draft.pick(_ -> true);
    Optional<Known> otherwise = then.flatMap(left -> draft.pick(right -> fits(left, right)));
    Optional<Known> condition =
        then.flatMap(
            left ->
                draft.pick(
                    x ->
                        x.type().elem() == Elem.BOOL
                            && (x.type().rank() == 0
                                || left.type().rank() == 0
                                || x.type().shape().equals(left.type().shape()))));
    if (condition.isEmpty() || otherwise.isEmpty()) return Optional.empty();
    return Proposal.on(
        List.of(condition.get(), then.get(), otherwise.get()),
        (_, in) -> new Elementwise.Select(in.get(0), in.get(1), in.get(2)));
  }

  private Optional<Proposal> cast() {
    Elem elem = choices.elem();
    return draft
        .pick(_ -> true)
        .flatMap(
            x -> Proposal.on(List.of(x), (_, in) -> new Elementwise.Cast(in.getFirst(), elem)));
  }

  private Optional<Proposal> reduce() {
    return draft
        .pick(x -> x.type().rank() > 0)
        .flatMap(
            x -> {
              List<Integer> axes = choices.some(x.type().rank());
              List<ReduceKind> kinds =
                  x.type().elem() == Elem.BOOL
                      ? List.of(ReduceKind.ANY, ReduceKind.ALL)
                      : List.of(ReduceKind.SUM, ReduceKind.MEAN, ReduceKind.MAX, ReduceKind.MIN);
              ReduceKind kind = choices.one(kinds);
              return Proposal.on(
                  List.of(x), (_, in) -> new Contraction.Reduce(kind, in.getFirst(), axes));
            });
  }

  private Optional<Proposal> dot() {
    Optional<Known> left = draft.pick(x -> x.type().elem().isFloat());
    Optional<Known> right =
        left.flatMap(lhs -> draft.pick(x -> x.type().elem() == lhs.type().elem()));
    if (right.isEmpty()) return Optional.empty();
    Type lhs = left.get().type();
    Type rhs = right.get().type();
    var lists = Stream.generate(() -> new ArrayList<Integer>()).limit(4).toList();
    var free = new ArrayList<>(IntStream.range(0, rhs.rank()).boxed().toList());
    Collections.shuffle(free, random);
    for (int axis = 0; axis < lhs.rank(); axis++) {
      int at = axis;
      Optional<Integer> partner =
          free.stream().filter(other -> rhs.dim(other).equals(lhs.dim(at))).findFirst();
      int use = random.nextInt(4);
      if (partner.isEmpty() || use == 0) continue;
      free.remove((Object) partner.get());
      int list = use == 1 ? 0 : 2;
      lists.get(list).add(axis);
      lists.get(list + 1).add(partner.get());
    }
    var operands = new ArrayList<>(List.of(left.get(), right.get()));
    if (random.nextInt(3) == 0) {
      draft
          .pick(x -> x.type().elem() == lhs.elem() && x.type().rank() < 3)
          .ifPresent(operands::add);
    }
    return Proposal.on(
        operands,
        (_, in) ->
            new Contraction.Dot(
                in.get(0),
                in.get(1),
                lists.get(0),
                lists.get(1),
                lists.get(2),
                lists.get(3),
                in.size() > 2 ? Optional.of(in.get(2)) : Optional.empty()));
  }

  private Optional<Proposal> top() {
    return draft
        .pick(x -> x.type().rank() > 0 && x.type().elem() != Elem.BOOL)
        .flatMap(
            x -> {
              Dim last = x.type().dim(x.type().rank() - 1);
              long most = last.size().orElse(1);
              Dim k = Dim.of(most == 0 ? 0 : random.nextLong(1, most + 1));
              return Proposal.on(List.of(x), (_, in) -> new Contraction.Top(in.getFirst(), k));
            });
  }

  private static boolean fits(Known a, Known b) {
    return a.type().elem() == b.type().elem()
        && (a.type().rank() == 0
            || b.type().rank() == 0
            || a.type().shape().equals(b.type().shape()));
  }
}
