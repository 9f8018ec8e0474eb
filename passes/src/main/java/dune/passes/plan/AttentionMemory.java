package dune.passes.plan;

import dune.ir.Attention;
import dune.ir.Control.Fused;
import dune.ir.Control.FusedKind;
import dune.ir.Elem;
import dune.ir.Region;
import dune.ir.Type;
import dune.ir.Types;
import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What attention needs memory for, beside its operands and its result, as libtorch runs it: a mask
/// as numbers, which all attentions with this mask share, and what one needs while it runs.
///
/// A single step attends to a block of keys at a time, or in half precision to all of a window, in
/// f32 at least. Several steps attend to all keys.
final class AttentionMemory {
  private final Types types;
  private final Map<String, Long> sizes;
  private final Reuse reuse;
  private final Attention attention;
  private final Type queries;

  AttentionMemory(Types types, Map<String, Long> sizes, Reuse reuse, Fused op) {
    this.types = types;
    this.sizes = sizes;
    this.reuse = reuse;
    this.attention = Attention.of(op);
    this.queries = types.of(attention.queries());
  }

  /// Equal for attentions that share a mask.
  Object meaning() {
    return List.of(isSingle(), attention.sharing(types));
  }

  /// The mask, or the bias with its mask, as it is added to scores.
  Dim mask() {
    return isSingle() ? limited(masked(4)) : masked(ofMask());
  }

  /// What an attention needs while it runs, or while the first of several computes their mask.
  Dim scratch() {
    return isSingle()
        ? moved().plus(larger(limited(making()), single()))
        : larger(making(), moved().plus(scores()));
  }

  /// Whether the backend computes this as one step.
  private boolean isSingle() {
    boolean isOne = attention.steps(types).evaluate(sizes) == 1;
    return isOne && (attention.grows(types) || queries.elem().bytes() < 4);
  }

  /// Beside the mask: what it is made of, in the order of heads and as f32.
  private Dim making() {
    Dim made = Dim.sum(attention.regions().stream().map(Fused::body).map(this::body).toList());
    Type allowed = types.of(attention.mask().body().results().getFirst());
    boolean isRepeated = attention.hasSteps(types) && attention.bias().isEmpty();
    Dim repeated =
        isRepeated && !attention.heads(types).is(1)
            ? allowed.shape().count().times(attention.heads(types))
            : Dim.ZERO;
    boolean isCopied = attention.bias().isPresent() ? attention.hasSteps(types) : ofMask() < 4;
    return made.plus(repeated).plus(isCopied ? masked(4) : Dim.ZERO);
  }

  /// Scores and shares of all keys, where they are products of their own.
  private Dim scores() {
    boolean isKernel =
        switch (attention.kind()) {
          case ATTENTION -> attention.isOfOneWidth(types) && queries.elem() != Elem.BF16;
          case BIASED_ATTENTION -> attention.isOfOneWidth(types) && queries.elem().bytes() >= 4;
          default -> false;
        };
    if (isKernel) return Dim.ZERO;
    int bytes = attention.bias().isPresent() ? ofMask() : queries.elem().bytes();
    Dim keys = attention.past(types);
    if (attention.kind() == FusedKind.SINKING_ATTENTION) keys = keys.plus(Dim.ONE);
    return rows().times(keys).times(Dim.of(2L * bytes));
  }

  /// Queries, and keys and values of a block, in f32; and from the second block on a mask of its
  /// own, and what was there before.
  private Dim single() {
    Type keys = types.of(attention.keys());
    Type values = types.of(attention.values());
    int bytes = Math.max(4, queries.elem().bytes());
    boolean widens = queries.elem().bytes() < 4;
    Dim given = rows().times(values.dim(3).plus(Dim.ONE));
    var parts = new ArrayList<>(List.of(given));
    if (widens) {
      parts.add(queries.shape().count());
      parts.add(limited(keys.shape().count().plus(values.shape().count())));
    }
    boolean isKernel =
        attention.kind() != FusedKind.CAPPED_ATTENTION && attention.isOfOneWidth(types);
    // Scores, with the mask, and their shares.
    if (!isKernel) parts.add(limited(rows().times(keys.dim(1)).times(Dim.of(3))));
    Dim all = Dim.sum(parts).times(Dim.of(bytes));
    return isOfBlocks() ? all.plus(limited(masked(4))).plus(given.times(Dim.of(2L * bytes))) : all;
  }

  private boolean isOfBlocks() {
    return past() > Attention.block(queries.elem());
  }

  /// The same for as many keys as are attended to at once.
  private Dim limited(Dim bytes) {
    if (!attention.grows(types)) return bytes;
    String keys = attention.past(types).name().orElseThrow();
    return bytes.substitute(
        Map.of(keys, Dim.of(Math.min(past(), Attention.block(queries.elem())))));
  }

  /// How many keys there are, if there may be any number of them.
  private long past() {
    return attention.grows(types) ? attention.past(types).evaluate(sizes) : 0;
  }

  private Dim masked(int bytes) {
    Type allowed = types.of(attention.mask().body().results().getFirst());
    Dim count =
        attention
            .bias()
            .map(bias -> types.of(bias.body().results().getFirst()).shape().count())
            .orElseGet(
                () ->
                    allowed
                        .shape()
                        .count()
                        .times(
                            isSingle() || !attention.hasSteps(types)
                                ? Dim.ONE
                                : attention.heads(types)));
    return count.times(Dim.of(bytes));
  }

  /// Bytes of a number of the mask.
  private int ofMask() {
    int own = queries.elem().bytes();
    return attention
        .bias()
        .map(bias -> types.of(bias.body().results().getFirst()).elem().bytes())
        .filter(_ -> own < 4)
        .orElse(own);
  }

  /// What a body needs, its results included.
  private Dim body(Region body) {
    var inside = new HashMap<>(sizes);
    if (isSingle() && isOfBlocks()) {
      inside.put(
          attention.past(types).name().orElseThrow(), (long) Attention.block(queries.elem()));
    }
    return Lifetimes.of(types, body, inside, reuse).peak(inside);
  }

  /// Queries of all heads and steps.
  private Dim rows() {
    return Dim.product(queries.shape().dims().subList(0, queries.rank() - 1));
  }

  /// Queries in the order of heads.
  private Dim moved() {
    return attention.hasSteps(types) && !isSingle() ? queries.bytes() : Dim.ZERO;
  }

  private Dim larger(Dim one, Dim other) {
    return one.evaluate(sizes) < other.evaluate(sizes) ? other : one;
  }
}
