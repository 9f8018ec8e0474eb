package dune.runtime.bench;

import dune.ir.Program;
import dune.passes.plan.Footprint;
import dune.passes.plan.Footprint.Call;
import dune.passes.plan.Footprint.Demand;
import dune.runtime.compile.Compiled;
import java.util.List;

/// How much memory the tests of a model need by its plan.
public final class Foreseen {
  private final Footprint footprint;
  private final int context;
  private final int chunk;

  public Foreseen(Compiled compiled) {
    this(compiled.program(), compiled.context(), compiled.chunk());
  }

  /// @param context for which caches are allocated
  /// @param chunk the most tokens that one call takes in
  public Foreseen(Program program, int context, int chunk) {
    this.footprint = new Footprint(program);
    this.context = context;
    this.chunk = chunk;
  }

  /// Bytes of the weights and tables, of the state of one row, and of an arena for the largest call
  /// of a test.
  long bytes(Timing.Kind kind, int tokens) {
    var demand = new Demand(1, tokens, chunk);
    // Tables and caches are allocated at once for the whole context, however short a test is.
    long kept =
        footprint.tables(demand.withContext(context))
            + footprint.state(demand.withContext(context));
    return footprint.program().weightBytes() + kept + Footprint.arena(calls(kind, demand));
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
