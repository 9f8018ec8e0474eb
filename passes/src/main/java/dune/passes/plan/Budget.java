package dune.passes.plan;

import dune.ir.Program;
import dune.ir.cost.Caches;
import dune.passes.plan.Footprint.Demand;
import dune.passes.time.StepOptions;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.LongPredicate;

/// What of a model fits into so many bytes.
///
/// A model is another program for another context: a cache becomes a window only where the context
/// is longer than that. So the context is sought piece by piece, from one length of a window to the
/// next. And tables, which may be too large beside the weights for a long context, are there for a
/// shorter one.
public final class Budget {
  /// A context that no model has: what fits as far as this does not depend on it.
  public static final long ANY = 1L << 40;

  private static final long MOST_ROWS = 1L << 20;

  private final Function<StepOptions, Program> compiler;
  private final long bytes;
  private final long most;

  /// @param compiler compiles the model for a context
  /// @param most the longest context that the model can have; {@link #ANY} if there is no end
  public Budget(Function<StepOptions, Program> compiler, long bytes, long most) {
    this.compiler = compiler;
    this.bytes = bytes;
    this.most = most;
  }

  /// The largest context that fits with the rows and the chunk of `demand`, the longest that the
  /// model can have if every one does; empty if not even one step does.
  public OptionalLong largestContext(Demand demand) {
    long end = most;
    while (end > 0) {
      Footprint footprint = footprint(demand.withContext(end));
      long window = longestWindow(footprint.program());
      OptionalLong found =
          largest(
              context -> footprint.total(demand.withContext(context)) <= bytes, window + 1, end);
      if (found.isPresent() && hasAllTables(footprint, demand.withContext(found.getAsLong()))) {
        return found;
      }
      end = found.orElse(window);
    }
    return OptionalLong.empty();
  }

  /// Whether a program for less context has no tables that this one lacks.
  private boolean hasAllTables(Footprint footprint, Demand less) {
    return footprint(less).tables(less) <= footprint.tables(less);
  }

  /// The most slots of a cache that does not grow.
  private static long longestWindow(Program program) {
    return Caches.slots(program).values().stream()
        .mapToLong(slots -> slots.orElse(0))
        .max()
        .orElse(0);
  }

  /// The most rows that fit with the context and the chunk of `demand`; empty if not even one does.
  public OptionalLong mostRows(Demand demand) {
    Footprint footprint = footprint(demand);
    return largest(rows -> footprint.total(demand.withRows(rows)) <= bytes, 1, MOST_ROWS);
  }

  /// How many bytes are missing even for one step of context.
  public long shortage(Demand demand) {
    Demand least = demand.withContext(1);
    return footprint(least).total(least) - bytes;
  }

  private Footprint footprint(Demand demand) {
    long chunk = Math.min(demand.chunk(), demand.context());
    return new Footprint(compiler.apply(new StepOptions(demand.context(), chunk)));
  }

  /// The largest number that fits, of those that fit up to some and no further.
  private static OptionalLong largest(LongPredicate fits, long from, long to) {
    if (!fits.test(from)) return OptionalLong.empty();
    if (fits.test(to)) return OptionalLong.of(to);
    long good = from;
    long bad = to;
    while (bad - good > 1) {
      // By order of magnitude first: most limits are small beside `to`.
      long middle = bad / 4 > good ? 2 * good : (good + bad) >>> 1;
      if (fits.test(middle)) good = middle;
      else bad = middle;
    }
    return OptionalLong.of(good);
  }
}
