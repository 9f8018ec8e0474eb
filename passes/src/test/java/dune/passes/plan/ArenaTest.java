package dune.passes.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dune.ir.Elem;
import dune.ir.Function;
import dune.ir.Program;
import dune.ir.Value;
import dune.ir.interpret.Array;
import dune.ir.interpret.Interpreter;
import dune.ir.interpret.StateStore;
import dune.passes.Compiler;
import dune.passes.Optimization;
import dune.passes.model.Continuation;
import dune.passes.model.SmallModel;
import dune.passes.pass.Observer;
import dune.passes.plan.MemoryPlan.Placed;
import dune.passes.time.StepOptions;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/// Runs programs in an arena: values are read from where the plan put them, and everything else
/// there is poisoned before each call.
final class ArenaTest {
  private static final StepOptions OPTIONS = new StepOptions(24, 3);

  @Provide
  Arbitrary<SmallModel> models() {
    return Combinators.combine(
            Arbitraries.of(SmallModel.Places.values()),
            Arbitraries.of(SmallModel.Mixing.values()),
            Arbitraries.of(SmallModel.Recurrence.values()),
            Arbitraries.of(SmallModel.Feeding.values()))
        .as(
            (places, mixing, recurrence, feeding) ->
                new SmallModel(
                    2, 2, List.of(OptionalInt.of(4)), 1, places, mixing, recurrence, feeding));
  }

  @Property(tries = 60, seed = "20261130", edgeCases = EdgeCasesMode.NONE)
  void poisonedArenaChangesNothing(
      @ForAll("models") SmallModel model, @ForAll Optimization optimization) {
    Program program =
        Compiler.compile(model.lower(), optimization, OPTIONS, Observer.NONE).program();
    var plain = new Interpreter(program, path -> Continuation.weight(program, path, 5));
    var planned = new Interpreter(program, path -> Continuation.weight(program, path, 5));
    if (program.function("step").isEmpty()) return;
    var one = new StateStore();
    var other = new StateStore();
    long start = 0;
    for (long count : new long[] {3, 1, 1}) {
      Map<String, Array> inputs = inputs(start, count);
      Map<String, Long> dims = Map.of("S", start + count);
      var sizes = Map.of("B", 1L, "T", count, "S", start + count);
      for (String name : List.of("next")) {
        Function function = program.require(name);
        MemoryPlan plan = MemoryPlan.of(function, sizes);
        var arena = new Arena(function, plan);
        var expected = plain.run(name, inputs, dims, one).outputs();
        var found = planned.run(name, inputs, dims, other, arena).outputs();
        expected.forEach(
            (output, array) -> assertThat(found.get(output).data()).isEqualTo(array.data()));
        long highest =
            plan.placed().stream()
                .filter(each -> each.buffer().use() == Buffer.Use.VALUE)
                .mapToLong(Placed::end)
                .max()
                .orElse(0);
        assertThat(arena.highest).isEqualTo(highest);
      }
      start += count;
    }
  }

  private static Map<String, Array> inputs(long start, long count) {
    long[] tokens = new long[(int) count];
    for (int i = 0; i < count; i++) tokens[i] = (start + i) % SmallModel.VOCABULARY;
    return Map.of(
        "tokens", Array.ints(new long[] {1, count}, tokens),
        "start", Array.ints(new long[] {1}, start),
        "count", Array.ints(new long[] {1}, count));
  }

  /// One element of the arena stands for a byte of the plan, so that every number has its place.
  private static final class Arena implements Interpreter.Watcher {
    private final MemoryPlan plan;
    private final Storage storage;
    private final double[] memory;
    private final Map<Value, double[]> written = new HashMap<>();
    private long highest;

    Arena(Function function, MemoryPlan plan) {
      this.plan = plan;
      storage = new Storage(function);
      memory = new double[Math.toIntExact(plan.arena())];
      Arrays.fill(memory, Double.NaN);
    }

    @Override
    public void defined(Value value, Array array) {
      Placed home = plan.homes().get(value);
      if (home == null) return;
      double[] numbers = array.data();
      int width = array.elem().bytes();
      int offset = Math.toIntExact(home.offset());
      for (int i = 0; i < numbers.length; i++) memory[offset + i * width] = numbers[i];
      highest = Math.max(highest, home.end());
      written.put(value, numbers.clone());
    }

    /// What lies where the value, or what it is a view of, was written.
    @Override
    public Array read(Value value, Array array) {
      Value owner = storage.owner(value).orElse(null);
      Placed home = owner == null ? null : plan.homes().get(owner);
      if (home == null) return array;
      double[] numbers = written.get(owner);
      double[] found = new double[numbers.length];
      int width = Math.toIntExact(numbers.length == 0 ? 1 : home.bytes() / numbers.length);
      int offset = Math.toIntExact(home.offset());
      for (int i = 0; i < found.length; i++) found[i] = memory[offset + i * width];
      if (!owner.equals(value)) {
        assertThat(found).as(value + ", a view of " + owner).isEqualTo(numbers);
        return array;
      }
      return array.elem() == Elem.BOOL || array.elem() == Elem.INT
          ? checked(array, found, numbers)
          : Array.of(array.elem(), array.shape(), found);
    }

    private static Array checked(Array array, double[] found, double[] numbers) {
      assertThat(found).isEqualTo(numbers);
      return array;
    }
  }
}
