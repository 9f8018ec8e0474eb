package dune.ir;

import java.util.List;

/// What {@link Op#infer} finds: the types of the results, or the constraint that does not hold.
public sealed interface Inferred {
  /// The operation is well typed.
  record Results(List<Type> types) implements Inferred {
    public Results {
      types = List.copyOf(types);
    }
  }

  /// Constraint `constraint` (`C1`) of the operation's specification is broken.
  record Broken(String constraint, String reason) implements Inferred {}

  static Inferred of(Type... types) {
    return new Results(List.of(types));
  }

  static Inferred of(List<Type> types) {
    return new Results(types);
  }

  static Inferred broken(int constraint, String reason) {
    return new Broken("C" + constraint, reason);
  }
}
