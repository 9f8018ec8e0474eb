package dune.ir.testkit;

import dune.ir.Elem;
import dune.ir.Op;
import dune.ir.State;
import dune.ir.Type;
import dune.ir.dim.Dim;
import dune.ir.testkit.Draft.Proposal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;

/// Proposes random operations on the values of a draft. A proposal need not be legal: the draft
/// tries it.
final class Proposals {
  static final Dim B = Dim.named("B");
  static final Dim T = Dim.named("T");
  static final Dim S = Dim.named("S");
  static final String CACHE = "cache";
  static final String SUM = "sum";
  static final int CAPACITY = 8;

  private final Map<Class<? extends Op>, Supplier<Optional<Proposal>>> byOp = new LinkedHashMap<>();

  Proposals(Random random, Draft draft, List<Elem> floats) {
    var choices = new Choices(random, floats);
    new SourceProposals(random, draft, choices).addTo(byOp);
    new MathProposals(random, draft, choices).addTo(byOp);
    new LayoutProposals(random, draft, choices).addTo(byOp);
    new BodyProposals(draft, choices).addTo(byOp);
  }

  /// The states that the proposals use.
  static List<State> states(Elem elem) {
    return List.of(
        new State(CACHE, Type.of(elem, B, Dim.of(CAPACITY), Dim.of(4)), 0.5),
        new State(SUM, Type.of(elem, B, Dim.of(3)), 1));
  }

  /// The operations that can be proposed.
  List<Class<? extends Op>> ops() {
    return List.copyOf(byOp.keySet());
  }

  Optional<Proposal> propose(Class<? extends Op> op) {
    return byOp.get(op).get();
  }
}
