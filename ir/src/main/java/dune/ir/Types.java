package dune.ir;

/// Looks up the type of a value while a function is built or verified.
@FunctionalInterface
public interface Types {
  Type of(Value value);
}
