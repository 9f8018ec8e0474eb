package dune.ir;

import dune.ir.dim.Dim;

/// Operations on the state that a program keeps between calls. They are ordered: a function runs
/// them as they stand.
///
/// A state is declared by the {@link Program} with a type whose first axis is the rows `B`.
public sealed interface Stateful extends Op {
  @Override
  default boolean isPure() {
    return false;
  }

  /// The whole state.
  record ReadState(String state, Type type) implements Stateful {
    @Override
    public Inferred infer(Types types) {
      return Inferred.of(type);
    }
  }

  /// Replaces the whole state; gives no result.
  record WriteState(String state, Value value) implements Stateful {
    @Override
    public Inferred infer(Types types) {
      return Inferred.of();
    }
  }

  /// Writes the steps of `x: [B, T, ..]` into the cache `[B, capacity, ..]`: step `t` of row `b`
  /// goes to slot `slots[b, t]`; gives no result. Which slot a step gets is computed by ordinary
  /// operations, so a rolling window, sinks that stay, and steps that are only padding need no
  /// operation of their own. Slots of one row differ, except that all padding may share one that
  /// nobody reads.
  ///
  /// - (C1) `x` has rank 2 or more
  /// - (C2) `slots` is `int[B, T]` with the first two axes of `x`
  record Append(String state, Value x, Value slots) implements Stateful {
    @Override
    public Inferred infer(Types types) {
      Type steps = types.of(x);
      if (steps.rank() < 2) return Inferred.broken(1, "append of " + steps);
      if (!types.of(slots).equals(Type.of(Elem.INT, steps.dim(0), steps.dim(1)))) {
        return Inferred.broken(2, "slots are " + types.of(slots) + " for " + steps);
      }
      return Inferred.of();
    }
  }

  /// The first `slots` slots of a cache: `[B, slots, ..]`.
  ///
  /// - (C1) `type` has rank 2 or more and `slots` on axis 1
  record ReadCache(String state, Dim slots, Type type) implements Stateful {
    @Override
    public Inferred infer(Types types) {
      if (type.rank() < 2 || !type.dim(1).equals(slots)) {
        return Inferred.broken(1, slots + " slots as " + type);
      }
      return Inferred.of(type);
    }
  }
}
