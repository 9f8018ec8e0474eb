package dune.runtime.bench;

import dune.passes.plan.Footprint;
import dune.passes.plan.Footprint.Call;
import dune.passes.plan.Footprint.Demand;
import dune.runtime.compile.Compiled;
import java.util.List;

/// How much memory the tests of a model need by its plan.
public final class Foreseen {
  private final Compiled compiled;
  private final Footprint footprint;

  public Foreseen(Compiled compiled) {
    this.compiled = compiled;
    this.footprint = new Footprint(compiled.program());
  }

  /// Bytes of the weights, of the state of one row, and of an arena for the largest call of a test.
  long bytes(Timing.Kind kind, int tokens) {
    var demand = new Demand(1, tokens, compiled.chunk());
    // Caches are allocated at once for the whole context, however short a test is.
    long state = footprint.state(demand.withContext(compiled.context()));
    return compiled.program().weightBytes() + state + Footprint.arena(calls(kind, demand));
  }

  private List<Call> calls(Timing.Kind kind, Demand demand) {
    List<Call> calls = footprint.calls(demand);
    return switch (kind) {
      case PROMPT -> calls;
      // Writing the last token; a model that recomputes has only one call, which reads all.
      case TEXT -> List.of(calls.getLast());
    };
  }
}
