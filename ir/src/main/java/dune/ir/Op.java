package dune.ir;

/// An operation. The record header is its schema: components of type {@link Value}, {@code
/// Optional<Value>}, {@code List<Value>} and {@code List<List<Value>>} are operands, all others
/// attributes. {@link Operands} reads and replaces operands for every operation, so that none has
/// to say again what its header says.
public sealed interface Op
    permits Source, Elementwise, Contraction, Layout, Indexing, Control, Stateful {

  /// The shape rule and the verifier in one: the result types, or the numbered constraint that is
  /// broken.
  Inferred infer(Types types);

  /// Whether equal operations on equal operands give equal results, so that one can stand for the
  /// other.
  default boolean isPure() {
    return true;
  }
}
