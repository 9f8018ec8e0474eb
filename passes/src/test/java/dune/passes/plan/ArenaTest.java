package dune.passes.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dune.ir.Function;
import dune.ir.Program;
import dune.ir.interpret.Array;
import dune.ir.interpret.Interpreter;
import dune.ir.interpret.StateStore;
import dune.ir.testkit.RandomPrograms;
import dune.ir.testkit.Sample;
import dune.passes.Compiler;
import dune.passes.Optimization;
import dune.passes.model.Continuation;
import dune.passes.model.SmallModel;
import dune.passes.model.SmallModels;
import dune.passes.pass.Observer;
import dune.passes.time.StepOptions;
import java.util.HashMap;
import java.util.Map;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/// Runs programs in an arena: values are read from where the plan put them, and everything else
/// there is poisoned before each call.
final class ArenaTest {
  private static final StepOptions OPTIONS = new StepOptions(24, 3);

  @Provide
  Arbitrary<Sample> samples() {
    return RandomPrograms.programs(RandomPrograms.ANY, 40);
  }

  @Property(tries = 60, seed = "20261130", edgeCases = EdgeCasesMode.NONE)
  void modelsGiveTheSameInAPoisonedArena(
      @ForAll(supplier = SmallModels.class) SmallModel model, @ForAll Optimization optimization) {
    Program program =
        Compiler.compile(model.lower(), optimization, OPTIONS, Observer.NONE).program();
    if (program.function("next").isEmpty()) return;
    Function next = program.require("next");
    var interpreter = new Interpreter(program, path -> Continuation.weight(program, path, 5));
    var one = new StateStore();
    var other = new StateStore();
    long start = 0;
    for (long count : new long[] {3, 1, 1}) {
      Map<String, Array> inputs = inputs(start, count);
      Map<String, Long> dims = Map.of("S", start + count);
      MemoryPlan plan = MemoryPlan.of(next, Map.of("B", 1L, "T", count, "S", start + count));
      var arena = new Arena(next, plan);
      var expected = interpreter.run("next", inputs, dims, one).outputs();
      var found = interpreter.run("next", inputs, dims, other, arena).outputs();
      requireEqual(expected, found);
      assertThat(arena.highest()).isEqualTo(highestOfValues(plan));
      start += count;
    }
  }

  /// Programs of every operation, whatever their values are used for.
  @Property(tries = 300, seed = "20261201", edgeCases = EdgeCasesMode.NONE)
  void anyProgramGivesTheSameInAPoisonedArena(@ForAll("samples") Sample sample) {
    Function function = sample.program().require(Sample.FUNCTION);
    for (Sample.Call call : sample.calls()) {
      MemoryPlan plan = MemoryPlan.of(function, sizes(function, call));
      var arena = new Arena(function, plan);
      var found =
          new Interpreter(sample.program(), sample.weights()::get)
              .run(Sample.FUNCTION, call.inputs(), call.dims(), new StateStore(), arena)
              .outputs();
      requireEqual(sample.run(call), found);
      assertThat(arena.highest()).isEqualTo(highestOfValues(plan));
    }
  }

  /// The names in the types of inputs by what the call gives, with those that it hands in.
  private static Map<String, Long> sizes(Function function, Sample.Call call) {
    var sizes = new HashMap<String, Long>(call.dims());
    for (Function.Input input : function.inputs()) {
      var dims = function.of(input.value()).shape().dims();
      long[] shape = call.inputs().get(input.name()).shape();
      for (int i = 0; i < shape.length; i++) {
        long size = shape[i];
        dims.get(i).name().ifPresent(name -> sizes.put(name, size));
      }
    }
    return sizes;
  }

  private static void requireEqual(Map<String, Array> expected, Map<String, Array> found) {
    expected.forEach(
        (output, array) -> assertThat(found.get(output).data()).isEqualTo(array.data()));
  }

  /// The interpreter needs no scratch.
  private static long highestOfValues(MemoryPlan plan) {
    return plan.placed().stream()
        .filter(each -> !each.buffer().isScratch())
        .mapToLong(MemoryPlan.Placed::end)
        .max()
        .orElse(0);
  }

  private static Map<String, Array> inputs(long start, long count) {
    long[] tokens = new long[(int) count];
    for (int i = 0; i < count; i++) tokens[i] = (start + i) % SmallModel.VOCABULARY;
    return Map.of(
        "tokens", Array.ints(new long[] {1, count}, tokens),
        "start", Array.ints(new long[] {1}, start),
        "count", Array.ints(new long[] {1}, count));
  }
}
