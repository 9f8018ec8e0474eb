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
  /// goes to slot `(start[b] + t) mod capacity`; gives no result.
  ///
  /// - (C1) `x` has rank 2 or more
  /// - (C2) `start` is `int[B]` with the first axis of `x`
  record Append(String state, Value x, Value start) implements Stateful {
    @Override
    public Inferred infer(Types types) {
      Type steps = types.of(x);
      if (steps.rank() < 2) return Inferred.broken(1, "append of " + steps);
      if (!types.of(start).equals(Type.of(Elem.INT, steps.dim(0)))) {
        return Inferred.broken(2, "start is " + types.of(start));
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
