package dune.ir;

/// The result of a node or an input of a function: a number that means something only within its
/// function.
///
/// Operations hold these and never other operations: record equality stays flat, and is the key of
/// value numbering.
public record Value(int id) implements Comparable<Value> {
  @Override
  public int compareTo(Value other) {
    return Integer.compare(id, other.id);
  }

  @Override
  public String toString() {
    return "%" + id;
  }
}
