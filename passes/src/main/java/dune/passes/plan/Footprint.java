package dune.passes.plan;

import dune.ir.Function;
import dune.ir.Program;
import dune.ir.State;
import dune.ir.Type;
import dune.ir.cost.Caches;
import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/// What a compiled program keeps in memory: its weights, its tables, the state of its rows, and one
/// arena that the calls share.
public record Footprint(Program program) {
  /// The name of the context in {@link #state}.
  public static final String CONTEXT = "C";

  /// How much is asked of it.
  ///
  /// @param rows side by side
  /// @param context the most steps of a row
  /// @param chunk the most steps of one call
  public record Demand(long rows, long context, long chunk) {
    public Demand withRows(long other) {
      return new Demand(other, context, chunk);
    }

    public Demand withContext(long other) {
      return new Demand(rows, other, chunk);
    }
  }

  /// A call and what it needs.
  public record Call(String function, long steps, MemoryPlan plan) {}

  /// Bytes of the state, in rows `B` and context `C`. A window does not grow with `C`.
  public Dim state() {
    Map<String, OptionalLong> slots = Caches.slots(program);
    Dim bytes = Dim.ZERO;
    for (State state : program.states()) {
      var dims = new ArrayList<>(state.type().shape().dims());
      boolean grows = slots.containsKey(state.name()) && slots.get(state.name()).isEmpty();
      // One slot more than are read, for steps that are padding.
      if (grows) dims.set(1, Dim.named(CONTEXT).plus(Dim.ONE));
      bytes = bytes.plus(Dim.product(dims).times(Dim.of(state.type().elem().bytes())));
    }
    return bytes;
  }

  public long state(Demand demand) {
    return state().evaluate(Map.of("B", demand.rows(), CONTEXT, demand.context()));
  }

  /// Bytes of the tables, in context `C`: they have a row for each position that there can be.
  public Dim tables() {
    Dim bytes = Dim.ZERO;
    for (Function tables : program.tables().stream().toList()) {
      for (Function.Output output : tables.outputs()) {
        Type type = tables.of(output.value());
        bytes = bytes.plus(type.with(type.shape().with(0, Dim.named(CONTEXT))).bytes());
      }
    }
    return bytes;
  }

  public long tables(Demand demand) {
    return tables().evaluate(Map.of(CONTEXT, demand.context()));
  }

  /// The calls that text is made of: reading a chunk when the context is all but full, and writing
  /// the last token. A model that recomputes has one, which reads all.
  public List<Call> calls(Demand demand) {
    if (program.function("next").isEmpty()) {
      return List.of(call("score", demand, demand.context()));
    }
    return List.of(
        call("next", demand, Math.min(demand.chunk(), demand.context())), call("next", demand, 1));
  }

  private Call call(String function, Demand demand, long count) {
    Function called = program.require(function);
    var sizes = new HashMap<String, Long>();
    sizes.put("B", demand.rows());
    sizes.put("T", count);
    sizes.put("S", demand.context());
    return new Call(function, count, MemoryPlan.of(called, sizes, Reuse.NEVER));
  }

  public long arena(Demand demand) {
    return arena(calls(demand));
  }

  /// An arena that is large enough for each of these calls.
  public static long arena(List<Call> calls) {
    return calls.stream().mapToLong(call -> call.plan().arena()).max().orElse(0);
  }

  public long total(Demand demand) {
    return program.weightBytes() + tables(demand) + state(demand) + arena(demand);
  }
}
