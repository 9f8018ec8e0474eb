package dune.passes.fuse;

import dune.ir.Contraction;
import dune.ir.Control;
import dune.ir.Elementwise;
import dune.ir.Indexing;
import dune.ir.Layout;
import dune.ir.Node;
import dune.ir.Op;
import dune.ir.Source;
import dune.ir.Stateful;
import dune.ir.Types;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/// What a group saves: the bytes of the values inside, each of which would be written once and read
/// once. Views, numbers, and what the group gives are none of them.
final class Savings {
  private Savings() {}

  /// Bytes, as a polynomial in the sizes of a call.
  ///
  /// @param inside the nodes of a group by what they compute
  /// @param roots what others may use of them
  static Dim of(Map<Value, Node> inside, Collection<Value> roots, Types types) {
    List<Dim> bytes =
        inside.entrySet().stream()
            .filter(each -> !roots.contains(each.getKey()))
            .filter(each -> isComputed(each.getValue().op()))
            .map(Map.Entry::getKey)
            .filter(value -> types.of(value).rank() > 0)
            .map(value -> types.of(value).bytes())
            .toList();
    return Dim.sum(bytes).times(Dim.of(2));
  }

  /// Whether an operation computes elements, or moves them, rather than show them in another way.
  static boolean isComputed(Op op) {
    return switch (op) {
      case Source _, Layout.Reshape _, Layout.Permute _, Layout.Broadcast _, Layout.Slice _ ->
          false;
      case Layout.History _, Stateful.ReadState _, Stateful.ReadCache _ -> false;
      case Stateful.WriteState _, Stateful.Append _ -> true;
      case Layout.Concat _, Elementwise _, Contraction _, Indexing _, Control _ -> true;
    };
  }

  /// `, saves 4608 * B * T bytes`; empty for nothing.
  static String text(Dim bytes) {
    return bytes.is(0) ? "" : ", saves " + bytes + " bytes";
  }
}
