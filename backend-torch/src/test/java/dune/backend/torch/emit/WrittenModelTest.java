package dune.backend.torch.emit;

import dune.ir.Elem;
import dune.ir.Program;
import dune.ir.Weight;
import dune.ir.interpret.Array;
import dune.models.written.Tries;
import dune.models.written.WrittenModel;
import dune.models.written.WrittenModels;
import dune.passes.Compiler;
import dune.passes.Optimization;
import dune.passes.model.Continuation;
import dune.passes.pass.Observer;
import dune.passes.time.StepOptions;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AddLifecycleHook;

/// Random models, written as source text and fully optimized, give the same on libtorch as on the
/// interpreter: whole sequences, and in pieces.
@Tag("torch")
final class WrittenModelTest {
  @Provide
  Arbitrary<WrittenModel> models() {
    return WrittenModels.models();
  }

  @AddLifecycleHook(Tries.class)
  @Property(tries = 8, seed = "20261129", edgeCases = EdgeCasesMode.NONE)
  void agreesInF32(
      @ForAll("models") WrittenModel model,
      @ForAll @IntRange(min = 1, max = 2) int rows,
      @ForAll @IntRange(min = 2, max = 9) int steps,
      @ForAll @IntRange(min = 1, max = 4) int chunk,
      @ForAll long seed) {
    var random = new Random(seed);
    long[] tokens =
        random.longs((long) rows * steps, 0, WrittenModels.SMALLEST_VOCABULARY).toArray();
    model.explaining(() -> agree(model, Array.ints(new long[] {rows, steps}, tokens), chunk));
  }

  private static void agree(WrittenModel model, Array tokens, int chunk) {
    var options = new StepOptions(WrittenModel.LONGEST, chunk);
    Program program =
        Compiler.compile(model.lower(Elem.F32), Optimization.O2, options, Observer.NONE).program();
    var weights = new HashMap<String, Array>();
    for (Weight weight : program.weights()) {
      weights.put(weight.path(), Continuation.weight(program, weight.path(), 11));
    }
    try (var comparison = new Comparison(program, weights)) {
      comparison.check("score", Map.of("tokens", tokens), Map.of());
      for (String function : new String[] {"step", "next"}) {
        for (int start = 0; start < tokens.dim(1); start += chunk) {
          long end = Math.min(start + chunk, tokens.dim(1));
          Map<String, Array> inputs = piece(tokens, start, end);
          if (start == 0) comparison.begin(function, inputs, Map.of("S", end));
          comparison.check(function, inputs, Map.of("S", end));
        }
      }
    }
  }

  private static Map<String, Array> piece(Array tokens, long start, long end) {
    int rows = (int) tokens.dim(0);
    int count = (int) (end - start);
    var given = new long[rows * count];
    for (int i = 0; i < given.length; i++) {
      given[i] = (long) tokens.get(i / count, start + i % count);
    }
    return Map.of(
        "tokens", Array.ints(new long[] {rows, count}, given),
        "start", each(rows, start),
        "count", each(rows, count));
  }

  private static Array each(int rows, long number) {
    var numbers = new long[rows];
    Arrays.fill(numbers, number);
    return Array.ints(new long[] {rows}, numbers);
  }
}
