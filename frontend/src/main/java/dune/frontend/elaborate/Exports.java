package dune.frontend.elaborate;

import dune.frontend.source.Span;
import dune.ir.dim.Dim;
import java.util.List;
import java.util.Optional;

/// Takes what a callee gives into the names of its caller: where a call ends, as {@link Binder} is
/// where it begins.
final class Exports {
  private Exports() {}

  /// A result in the names of the caller.
  static Datum export(Datum datum, Frame callee, Frame caller, Span span) {
    return switch (datum) {
      case Tensor tensor ->
          new Tensor(
              tensor.axes().stream().map(axis -> export(axis, callee, caller, span)).toList(),
              tensor.elem(),
              tensor.value(),
              span);
      case Datum.Whole(var dim, _) -> Datum.Whole.of(export(dim, callee, caller, span));
      case Datum.Items(var values, boolean complete) ->
          new Datum.Items(
              values.stream().map(value -> export(value, callee, caller, span)).toList(), complete);
      case Datum.Parts(var values) ->
          new Datum.Parts(
              values.stream().map(value -> export(value, callee, caller, span)).toList());
      default -> datum;
    };
  }

  private static Axis export(Axis axis, Frame callee, Frame caller, Span span) {
    Dim dim = export(axis.dim(), callee, caller, span);
    var factors =
        axis.factors().isEmpty()
            ? axis.dim().name().flatMap(callee::atom).map(Frame.Atom::factors).orElse(List.of())
            : axis.factors().stream().map(factor -> export(factor, callee, caller, span)).toList();
    return new Axis(dim, factors.stream().allMatch(caller::knows) ? factors : List.of());
  }

  private static Dim export(Dim dim, Frame callee, Frame caller, Span span) {
    if (dim.isConstant() || callee == caller) return dim;
    Dim canonical = callee.canonical(dim);
    // What the creator wrote comes first: sizes that are plain numbers cannot tell names apart.
    for (Dim outer : List.of(callee.outer(dim, caller), callee.outer(dim))) {
      if (caller.knows(outer) && caller.canonical(outer).equals(canonical)) return outer;
    }
    Optional<Dim> local = caller.local(canonical);
    if (local.isPresent()) return local.get();
    // An axis that the caller has no name for, such as the keys of an attention that returns its
    // scores.
    String hint = dim.name().orElse("axis").replace("'", "");
    return caller.bindRigid(hint, canonical, span);
  }
}
