package dune.passes.rewrite;

import dune.ir.Op;
import dune.ir.Value;
import java.util.Optional;

/// A rewrite of one kind of operation.
///
/// Implementations are final classes named in the imperative; their comment is *before -> after*
/// and the condition under which it holds. They neither keep state nor count nor log. The result
/// has the type of the operation, and is never worse.
///
/// @param <O> the operation at the root of the pattern
public interface Rule<O extends Op> {
  /// The operation at the root of the pattern.
  Class<O> root();

  /// The value that can stand for the result of `op`, or nothing if the rule does not apply.
  Optional<Value> rewrite(O op, Match match);

  /// As statistics and errors name it: `FoldConstants`.
  default String name() {
    return getClass().getSimpleName();
  }
}
