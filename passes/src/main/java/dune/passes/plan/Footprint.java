package dune.passes.plan;

import dune.ir.Function;
import dune.ir.Program;
import dune.ir.State;
import dune.ir.Weight;
import dune.ir.dim.Dim;
import dune.passes.time.StepOptions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.LongUnaryOperator;

/// What a compiled program keeps in memory: its weights, the state of its rows, and one arena that
/// the calls share.
///
/// @param steps for which it was compiled
public record Footprint(Program program, StepOptions steps) {
  /// The name of the context in {@link #state}.
  public static final String CONTEXT = "C";

  private static final long MOST = 1L << 40;

  /// How much is asked of it.
  ///
  /// @param rows side by side
  /// @param context the most steps of a row
  /// @param chunk the most steps of one call
  public record Demand(long rows, long context, long chunk) {}

  /// A call and what it needs.
  public record Call(String function, long steps, MemoryPlan plan) {}

  /// Bytes of the weights; those that are tied count once.
  public long weights() {
    return program.weights().stream()
        .filter(weight -> weight.tiedTo().isEmpty())
        .map(Weight::type)
        .mapToLong(type -> Scratch.bytes(type).evaluate(Map.of()))
        .sum();
  }

  /// Bytes of the state, in rows `B` and context `C`. A rolling window does not grow with `C`.
  public Dim state() {
    Dim bytes = Dim.ZERO;
    for (State state : program.states()) {
      var dims = new ArrayList<Dim>();
      for (Dim dim : state.type().shape().dims()) {
        boolean grows = dim.is(steps.capacity() + 1) || dim.is(steps.capacity());
        dims.add(grows ? dim.minus(Dim.of(steps.capacity())).plus(Dim.named(CONTEXT)) : dim);
      }
      bytes = bytes.plus(Dim.product(dims).times(Dim.of(state.type().elem().bytes())));
    }
    return bytes;
  }

  public long state(Demand demand) {
    return state().evaluate(Map.of("B", demand.rows(), CONTEXT, demand.context()));
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
    return new Call(function, count, MemoryPlan.of(called, sizes));
  }

  public long arena(Demand demand) {
    return calls(demand).stream().mapToLong(call -> call.plan().arena()).max().orElse(0);
  }

  public long total(Demand demand) {
    return weights() + state(demand) + arena(demand);
  }

  /// The largest context that fits into `bytes`; empty if not even one step does.
  public OptionalLong largestContext(Demand demand, long bytes) {
    return largest(context -> total(new Demand(demand.rows(), context, demand.chunk())), bytes);
  }

  /// The most rows that fit into `bytes`; empty if not even one does.
  public OptionalLong mostRows(Demand demand, long bytes) {
    return largest(rows -> total(new Demand(rows, demand.context(), demand.chunk())), bytes);
  }

  private static OptionalLong largest(LongUnaryOperator total, long bytes) {
    if (total.applyAsLong(1) > bytes) return OptionalLong.empty();
    long fits = 1;
    while (fits < MOST && total.applyAsLong(2 * fits) <= bytes) fits *= 2;
    long fails = 2 * fits;
    while (fails - fits > 1) {
      long middle = (fits + fails) >>> 1;
      if (total.applyAsLong(middle) <= bytes) fits = middle;
      else fails = middle;
    }
    return OptionalLong.of(fits);
  }
}
