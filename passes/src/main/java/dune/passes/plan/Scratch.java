package dune.passes.plan;

import dune.ir.Control;
import dune.ir.Control.Dispatch;
import dune.ir.Control.Fused;
import dune.ir.Elem;
import dune.ir.Op;
import dune.ir.Region;
import dune.ir.Type;
import dune.ir.Types;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What an operation needs while it runs, beside its operands and results, as libtorch runs it.
/// What its kernels keep for themselves is not known, and bounded: matrix products in bf16 take
/// about 64 KB, whatever the sizes.
final class Scratch {
  private final Types types;
  private final Map<String, Long> sizes;
  private final Reuse reuse;

  Scratch(Types types, Map<String, Long> sizes, Reuse reuse) {
    this.reuse = reuse;
    this.types = types;
    this.sizes = sizes;
  }

  /// Bytes; zero if it needs none.
  Dim of(Op op, List<Value> results) {
    return switch (op) {
      case Control.Scan scan -> scan(scan, results);
      case Dispatch dispatch -> dispatch(dispatch, results.getFirst());
      case Fused fused -> fused(fused, results);
      default -> Dim.ZERO;
    };
  }

  /// What a step needs, with the states that it began with, and what all steps gave until it is
  /// stacked.
  private Dim scan(Control.Scan op, List<Value> results) {
    Dim states = Dim.sum(op.initial().stream().map(value -> types.of(value).bytes()).toList());
    Dim given =
        Dim.sum(
            results.subList(op.initial().size(), results.size()).stream()
                .map(value -> types.of(value).bytes())
                .toList());
    return states.plus(given).plus(body(op.body(), sizes));
  }

  private Dim fused(Fused op, List<Value> results) {
    Dim result = types.of(results.getLast()).bytes();
    return switch (op.kind()) {
      case REGION, RMS_NORM, ADD_RMS_NORM -> inlined(op.body());
      // Mean and deviation of each row.
      case LAYER_NORM, ADD_LAYER_NORM -> rows(types.of(results.getLast())).times(Dim.of(8));
      case SILU, GELU, GELU_TANH, SOFTMAX, SWIGLU, GEGLU, GEGLU_TANH -> Dim.ZERO;
      // The activation takes the memory of the product.
      case LINEAR_SILU, LINEAR_GELU, LINEAR_GELU_TANH, LINEAR_RELU -> Dim.ZERO;
      // Two products and what is rolled.
      case ROTARY -> result.times(Dim.of(3));
      case ATTENTION, CAPPED_ATTENTION, BIASED_ATTENTION, SINKING_ATTENTION ->
          new AttentionMemory(types, sizes, reuse, op).scratch();
      // The logarithms of all shares.
      case CROSS_ENTROPY -> types.of(op.operands().getFirst()).bytes();
    };
  }

  /// One expert after the other, of which each may get all rows, and the rows in the order of
  /// experts. Then what experts gave, in a list, as a whole and in the order of the choices; or,
  /// where they add up, what they gave times their shares, and the sum, if that is finer than what
  /// is asked for.
  private Dim dispatch(Dispatch op, Value result) {
    Type given = types.of(op.body().arguments().getFirst());
    Dim all = types.of(op.choice()).shape().count();
    var inside = new HashMap<>(sizes);
    String rows = given.dim(0).name().orElseThrow();
    inside.put(rows, all.evaluate(sizes));
    Dim body = body(op.body(), inside).substitute(Map.of(rows, all));
    Dim sorted = given.bytes().substitute(Map.of(rows, all));
    Type gives = types.of(result);
    if (op.shares().isEmpty()) return body.plus(sorted).plus(gives.bytes().times(Dim.of(2)));
    boolean rounds = gives.elem().bytes() < 4;
    Type sum = rounds ? new Type(Elem.F32, gives.shape()) : gives;
    Dim weighed = all.times(gives.dim(gives.rank() - 1)).times(Dim.of(sum.elem().bytes()));
    Dim during = body.plus(sorted);
    Dim after = rounds ? sum.bytes() : Dim.ZERO;
    return weighed.plus(after.evaluate(sizes) > during.evaluate(sizes) ? after : during);
  }

  /// What a body needs, its results included.
  private Dim body(Region body, Map<String, Long> inside) {
    return Lifetimes.of(types, body, inside, reuse).peak(inside);
  }

  /// What a body needs whose results lie where those of the operation do.
  private Dim inlined(Region body) {
    return Lifetimes.ofInlined(types, body, sizes, reuse).peak(sizes);
  }

  private static Dim rows(Type type) {
    return Dim.product(type.shape().dims().subList(0, type.rank() - 1));
  }
}
