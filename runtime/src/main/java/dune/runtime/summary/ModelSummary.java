package dune.runtime.summary;

import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.elaborate.Elaborated;
import dune.frontend.elaborate.Elaborator;
import dune.frontend.elaborate.Settings;
import dune.ir.Elem;
import dune.ir.Function;
import dune.ir.Program;
import dune.ir.State;
import dune.ir.Type;
import dune.ir.Weight;
import dune.ir.cost.Caches;
import dune.ir.cost.Experts;
import dune.passes.Compiled;
import dune.passes.Compiler;
import dune.passes.Optimization;
import dune.passes.pass.Observer;
import dune.passes.pass.Remark;
import dune.passes.time.StepOptions;
import dune.runtime.compile.CompileOptions;
import dune.runtime.compile.ModelCompiler;
import dune.runtime.library.ModelFile;
import dune.weights.InputFailure;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/// What a model costs.
///
/// @param parameters of the model, with their values
/// @param whole the model as one block, with the blocks in it
/// @param weights the memory of all weights
/// @param flops of one token after `context - 1` others
/// @param cache the memory that each further token takes in a sequence; nothing if the model must
///   recompute
/// @param kept the memory of a sequence of `context` tokens
/// @param reasons why the model cannot be continued token by token; then `flops` are those of the
///   whole sequence
public record ModelSummary(
    Map<String, String> parameters,
    Block whole,
    Memory weights,
    Flops flops,
    Memory cache,
    Memory kept,
    long context,
    List<String> reasons) {

  public ModelSummary {
    parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
    reasons = List.copyOf(reasons);
  }

  /// What came of it.
  public sealed interface Result {
    record Done(ModelSummary summary, Diagnostics diagnostics) implements Result {}

    /// The model has mistakes.
    record Refused(Diagnostics diagnostics) implements Result {}
  }

  /// Numbers whose size depends on the model's float type.
  ///
  /// @param scaled how many have that type
  /// @param fixed bytes of those that have a type of their own
  public record Memory(long scaled, long fixed) {
    static final Memory NONE = new Memory(0, 0);

    /// @param elem the model's float type
    public long bytes(Elem elem) {
      return scaled * elem.bytes() + fixed;
    }

    Memory plus(Memory other) {
      return new Memory(scaled + other.scaled, fixed + other.fixed);
    }

    /// @param count of numbers of this type, in a model of type {@link ModelSummary#MODEL}
    private static Memory of(Elem elem, long count) {
      return elem == MODEL ? new Memory(count, 0) : new Memory(0, count * elem.bytes());
    }
  }

  /// Multiplications and additions of matrix products.
  ///
  /// @param withWeights those in which one factor is a weight
  /// @param amongTokens the others: attention
  public record Flops(long withWeights, long amongTokens) {
    public long total() {
      return withWeights + amongTokens;
    }
  }

  /// Models are summed up in a type that no text asks for by itself, which tells their own apart
  /// from those that are f32 in any case.
  private static final Elem MODEL = Elem.BF16;

  /// @param settings sizes; their element type does not matter
  /// @param options in which the context counts
  /// @throws InputFailure if the model cannot have such a context
  public static Result of(ModelFile model, Settings settings, CompileOptions options) {
    var typed = new Settings(settings.config(), settings.values(), MODEL, settings.purpose());
    Elaborated elaborated = Elaborator.elaborate(model.text(), model.sources(), typed);
    if (elaborated.program().isEmpty()) return new Result.Refused(elaborated.diagnostics());
    Program written = elaborated.program().get();
    int context = ModelCompiler.context(settings.config(), written, options);
    var summary = of(written, elaborated.parameters(), context);
    return new Result.Done(summary, elaborated.diagnostics());
  }

  private static ModelSummary of(Program written, Map<String, String> parameters, long context) {
    Compiled compiled =
        Compiler.compile(written, Optimization.O1, new StepOptions(context, 1), Observer.NONE);
    var tree = new BlockTree();
    var shares = Experts.shares(written.require("forward"));
    Memory weights = Memory.NONE;
    for (Weight weight : written.weights()) {
      if (weight.tiedTo().isPresent()) {
        tree.addName(weight.path());
        continue;
      }
      long count = elements(weight.type());
      double active = shares.getOrDefault(weight.path(), 1.0) * count;
      tree.addWeight(weight.path(), weight.type().toString(), count, active);
      weights = weights.plus(Memory.of(weight.type().elem(), count));
    }
    Flops flops = flops(compiled, context, tree);
    Program program = compiled.program();
    return new ModelSummary(
        parameters,
        tree.fold(written.name()),
        weights,
        flops,
        cache(program),
        kept(program, context),
        context,
        compiled.reasons().stream().map(Remark::text).toList());
  }

  private static Flops flops(Compiled compiled, long context, BlockTree tree) {
    boolean continues = compiled.continues();
    Function function = compiled.program().require(continues ? "step" : "score");
    var sizes = Map.of("B", 1L, "T", continues ? 1L : context, "S", context);
    var sums = new long[Products.Kind.values().length];
    Products.count(
        function,
        sizes,
        (path, kind, count) -> {
          sums[kind.ordinal()] += count;
          tree.addFlops(path, count);
        });
    return new Flops(
        sums[Products.Kind.WITH_WEIGHTS.ordinal()], sums[Products.Kind.AMONG_TOKENS.ordinal()]);
  }

  /// What one more token takes in the caches.
  private static Memory cache(Program program) {
    Memory cache = Memory.NONE;
    Set<String> caches = Caches.slots(program).keySet();
    for (State state : program.states()) {
      if (caches.contains(state.name())) cache = cache.plus(slot(state));
    }
    return cache;
  }

  /// What a whole sequence takes: all its slots, of which a window has fewer, and the state of
  /// scans.
  private static Memory kept(Program program, long context) {
    Map<String, OptionalLong> slots = Caches.slots(program);
    Memory kept = Memory.NONE;
    for (State state : program.states()) {
      if (slots.containsKey(state.name())) {
        long count = Math.min(context, slots.get(state.name()).orElse(context));
        Memory slot = slot(state);
        kept = kept.plus(new Memory(slot.scaled() * count, slot.fixed() * count));
      } else {
        Type type = state.type();
        kept = kept.plus(Memory.of(type.elem(), product(type, 1)));
      }
    }
    return kept;
  }

  private static Memory slot(State state) {
    return Memory.of(state.type().elem(), product(state.type(), 2));
  }

  private static long elements(Type type) {
    return product(type, 0);
  }

  /// The product of all dimensions from one on.
  private static long product(Type type, int first) {
    return type.shape().dims().subList(first, type.rank()).stream()
        .mapToLong(dim -> dim.evaluate(Map.of()))
        .reduce(1, (a, b) -> a * b);
  }
}
