package dune.ir.dim;

/// What a {@link Dim} is a polynomial over: a name, or a quotient that has no polynomial form (`D /
/// (H + 1)`).
public sealed interface Atom extends Comparable<Atom> {
  /// A dimension that has a name: `D`, `T`.
  record Named(String name) implements Atom {
    public Named {
      if (name.isEmpty()) throw new IllegalArgumentException("a dimension needs a name");
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /// An exact quotient by a sum; equal only to itself.
  record Quotient(Dim numerator, Dim denominator) implements Atom {
    @Override
    public String toString() {
      return "((" + numerator + ") / (" + denominator + "))";
    }
  }

  @Override
  default int compareTo(Atom other) {
    if (this instanceof Named(String left) && other instanceof Named(String right)) {
      return left.compareTo(right);
    }
    return toString().compareTo(other.toString());
  }
}
