package dune.passes.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dune.ir.Control;
import dune.ir.Function;
import dune.ir.Node;
import dune.ir.Program;
import dune.ir.text.Parser;
import dune.passes.Compiler;
import dune.passes.Optimization;
import dune.passes.model.SmallModel;
import dune.passes.pass.Observer;
import dune.passes.plan.MemoryPlan.Placed;
import dune.passes.time.StepOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

final class MemoryPlanTest {
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

  @Property(tries = 80, seed = "20261128", edgeCases = EdgeCasesMode.NONE)
  void buffersThatAreNeededAtOnceLieApart(
      @ForAll("models") SmallModel model,
      @ForAll Optimization optimization,
      @ForAll @IntRange(min = 1, max = 3) int rows,
      @ForAll @IntRange(min = 1, max = 3) int steps) {
    Program program =
        Compiler.compile(model.lower(), optimization, OPTIONS, Observer.NONE).program();
    var sizes = Map.of("B", (long) rows, "T", (long) steps, "S", 24L);
    for (Function function : program.functions()) {
      MemoryPlan plan = MemoryPlan.of(function, sizes);
      requireApart(plan.placed());
      long sum = plan.placed().stream().mapToLong(MemoryPlanTest::aligned).sum();
      assertThat(plan.arena()).isBetween(plan.needed(), sum);
      assertThat(plan.peak().evaluate(sizes)).isEqualTo(plan.needed());
      assertThat(MemoryPlan.of(function, sizes)).isEqualTo(plan);
    }
  }

  /// Buffers of any lifetimes, as no program of ours may have them.
  @Property(tries = 300, seed = "20261129")
  void anyBuffersLieApart(@ForAll Random random, @ForAll @IntRange(min = 1, max = 40) int count) {
    var buffers = new ArrayList<Buffer>();
    for (int i = 0; i < count; i++) {
      int from = random.nextInt(20);
      buffers.add(
          new Buffer(
              "b" + i,
              dune.ir.dim.Dim.of(random.nextInt(1000)),
              from,
              from + random.nextInt(8),
              Buffer.Use.VALUE,
              dune.ir.Origin.NONE));
    }
    var plan = MemoryPlan.of(new Lifetimes(buffers, 30, Map.of()), Map.of());
    requireApart(plan.placed());
    assertThat(plan.arena())
        .isBetween(plan.needed(), plan.placed().stream().mapToLong(MemoryPlanTest::aligned).sum());
  }

  private static void requireApart(List<Placed> placed) {
    for (int i = 0; i < placed.size(); i++) {
      Placed one = placed.get(i);
      assertThat(one.offset() % MemoryPlan.ALIGNMENT).isZero();
      for (Placed other : placed.subList(i + 1, placed.size())) {
        boolean together = one.buffer().overlaps(other.buffer());
        boolean apart = one.end() <= other.offset() || other.end() <= one.offset();
        assertThat(apart || !together).as(one + " and " + other).isTrue();
      }
    }
  }

  private static long aligned(Placed placed) {
    return Math.ceilDiv(placed.bytes(), MemoryPlan.ALIGNMENT) * MemoryPlan.ALIGNMENT;
  }

  private static MemoryPlan plan(String nodes, String output) {
    Program program =
        Parser.parse(
            "program P\n\nfunction f(%%x x: f32[B, 4], %%w w: f32[4]) {\n%s  return y=%s\n}\n"
                .formatted(nodes, output));
    return MemoryPlan.of(program.require("f"), Map.of("B", 4L));
  }

  @Example
  void whatDiesIsOverwrittenByElements() {
    MemoryPlan plan = plan("  %1: f32[B, 4] = neg %x\n  %2: f32[B, 4] = exp %1\n", "%2");
    assertThat(plan.arena()).isEqualTo(64);
    assertThat(plan.placed()).hasSize(1);
  }

  @Example
  void whatIsStillNeededIsNot() {
    MemoryPlan plan =
        plan(
            """
              %1: f32[B, 4] = neg %x
              %2: f32[B, 4] = exp %1
              %3: f32[B, 4] = add %1, %2
            """,
            "%3");
    assertThat(plan.arena()).isEqualTo(128);
  }

  @Example
  void viewsKeepWhatTheySee() {
    MemoryPlan plan =
        plan(
            """
              %1: f32[B, 4] = neg %x
              %2: f32[4, B] = permute %1 order=[1, 0]
              %3: f32[B, 4] = exp %1
              %4: f32[4, B] = exp %2
              %5: f32[B, 4] = permute %4 order=[1, 0]
              %6: f32[B, 4] = add %3, %5
            """,
            "%6");
    assertThat(plan.arena()).isEqualTo(192);
  }

  @Example
  void inputsAreNotOverwritten() {
    assertThat(plan("  %1: f32[B, 4] = neg %x\n", "%1").placed()).hasSize(1);
  }

  @Example
  void stepsOfDecodingNeedNoMoreWhereNothingIsComparedWithTheContext() {
    Program program =
        Compiler.compile(
                SmallModel.attending(List.of(OptionalInt.empty()), 2, SmallModel.Mixing.SOFTMAX)
                    .lower(),
                Optimization.O2,
                OPTIONS,
                Observer.NONE)
            .program();
    List<Node> nodes = program.require("next").nodes();
    assertThat(nodes).anyMatch(node -> node.op() instanceof Control.Fused);
    var footprint = new Footprint(program, OPTIONS);
    var demand = new Footprint.Demand(2, 24, 3);
    assertThat(footprint.total(demand))
        .isEqualTo(footprint.weights() + footprint.state(demand) + footprint.arena(demand));
    long budget = footprint.total(demand);
    assertThat(footprint.largestContext(demand, budget).orElseThrow()).isGreaterThanOrEqualTo(24);
    assertThat(footprint.mostRows(demand, budget).orElseThrow()).isEqualTo(2);
    assertThat(footprint.mostRows(demand, footprint.weights())).isEmpty();
  }
}
