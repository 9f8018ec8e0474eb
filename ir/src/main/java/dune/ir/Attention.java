package dune.ir;

import dune.ir.Control.Fused;
import dune.ir.Control.FusedKind;
import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// What a fused attention is made of, by name. The mask and the bias are regions over values from
/// outside, so that they can be computed for some keys only.
///
/// @param queries `[B, T, KV, G, K]`, or for one step alone without `T`
/// @param keys `[B, S, KV, K]`
/// @param values `[B, S, KV, W]`
/// @param scale of rank 0
/// @param extra the bound or the sinks of kinds that have one
/// @param mask gives `bool[B, T, S]`, or without `B` if all rows share it
/// @param bias gives `[B, T, KV, G, S]`
public record Attention(
    FusedKind kind,
    Value queries,
    Value keys,
    Value values,
    Value scale,
    Optional<Value> extra,
    Fused mask,
    Optional<Fused> bias) {
  private static final int STEPS_RANK = 5;

  public static boolean is(FusedKind kind) {
    return switch (kind) {
      case ATTENTION, CAPPED_ATTENTION, BIASED_ATTENTION, SINKING_ATTENTION -> true;
      default -> false;
    };
  }

  /// @throws IllegalArgumentException if the operation is no attention
  public static Attention of(Fused op) {
    if (!is(op.kind())) throw new IllegalArgumentException(op.kind() + " is no attention");
    boolean isExtended =
        op.kind() == FusedKind.CAPPED_ATTENTION || op.kind() == FusedKind.SINKING_ATTENTION;
    Map<Value, Value> outside = new HashMap<>();
    for (int i = 0; i < op.operands().size(); i++) {
      outside.put(op.body().arguments().get(i), op.operands().get(i));
    }
    List<Value> operands = op.operands();
    return new Attention(
        op.kind(),
        operands.getFirst(),
        operands.get(1),
        operands.get(2),
        operands.get(3),
        isExtended ? Optional.of(operands.get(4)) : Optional.empty(),
        region(op, 0, outside),
        op.kind() == FusedKind.BIASED_ATTENTION
            ? Optional.of(region(op, 1, outside))
            : Optional.empty());
  }

  private static Fused region(Fused op, int index, Map<Value, Value> outside) {
    if (op.body().nodes().size() > index
        && op.body().nodes().get(index).op() instanceof Fused(var kind, var taken, var body)
        && kind == FusedKind.REGION) {
      return new Fused(kind, taken.stream().map(outside::get).toList(), body);
    }
    throw new IllegalArgumentException("the body of an attention begins with its mask");
  }

  /// The mask, and the bias if there is one.
  public List<Fused> regions() {
    return Stream.concat(Stream.of(mask), bias.stream()).toList();
  }

  /// Equal for attentions whose masks and biases are the same numbers for the same heads.
  public Object sharing(Types types) {
    var parts = new ArrayList<Object>(List.of(types.of(queries).elem(), heads(types)));
    for (Fused region : regions()) {
      parts.add(region.operands());
      parts.add(Meaning.of(region.body(), types));
    }
    return parts;
  }

  /// How many queries share a key.
  public Dim heads(Types types) {
    Type type = types.of(queries);
    return type.dim(type.rank() - 2);
  }

  /// Whether keys are as wide as values.
  public boolean isOfOneWidth(Types types) {
    return types.of(keys).dim(3).equals(types.of(values).dim(3));
  }

  /// Whether the queries are those of all steps of a call.
  public boolean hasSteps(Types types) {
    return types.of(queries).rank() == STEPS_RANK;
  }

  /// The steps that the queries belong to.
  public Dim steps(Types types) {
    return hasSteps(types) ? types.of(queries).dim(1) : Dim.ONE;
  }

  /// How many keys a single step attends to at once, where there may be any number of them: what
  /// that needs does not grow with the context. Keys of half precision are widened, and others only
  /// need a mask.
  ///
  /// @param elem the type of the queries
  public static int block(Elem elem) {
    return elem.bytes() < Elem.F32.bytes() ? 1024 : 4096;
  }

  /// How many keys there are.
  public Dim past(Types types) {
    return types.of(keys).dim(1);
  }

  /// Whether there are as many keys as steps so far, and not only those of this call.
  public boolean grows(Types types) {
    Dim past = past(types);
    return past.name().isPresent() && !past.equals(steps(types));
  }
}
