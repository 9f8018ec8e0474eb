package dune.passes.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dune.ir.Control;
import dune.ir.Function;
import dune.ir.Node;
import dune.ir.Origin;
import dune.ir.Program;
import dune.ir.dim.Dim;
import dune.ir.text.Parser;
import dune.passes.Compiler;
import dune.passes.Optimization;
import dune.passes.model.SmallModel;
import dune.passes.model.SmallModels;
import dune.passes.pass.Observer;
import dune.passes.plan.MemoryPlan.Placed;
import dune.passes.time.StepOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

final class MemoryPlanTest {
  private static final StepOptions OPTIONS = new StepOptions(24, 3);

  @Property(tries = 80, seed = "20261128", edgeCases = EdgeCasesMode.NONE)
  void buffersThatAreNeededAtOnceLieApart(
      @ForAll(supplier = SmallModels.class) SmallModel model,
      @ForAll Optimization optimization,
      @ForAll @IntRange(min = 1, max = 3) int rows,
      @ForAll @IntRange(min = 1, max = 3) int steps) {
    Program program =
        Compiler.compile(model.lower(), optimization, OPTIONS, Observer.NONE).program();
    var sizes = Map.of("B", (long) rows, "T", (long) steps, "S", 24L);
    for (Function function : program.functions()) {
      for (Reuse reuse : Reuse.values()) {
        MemoryPlan plan = MemoryPlan.of(function, sizes, reuse);
        requireApart(plan.placed());
        long sum = plan.placed().stream().mapToLong(MemoryPlanTest::aligned).sum();
        assertThat(plan.arena()).isBetween(plan.needed(), sum);
        assertThat(plan.peak().evaluate(sizes)).isEqualTo(plan.needed());
        assertThat(MemoryPlan.of(function, sizes, reuse)).isEqualTo(plan);
      }
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
              Optional.empty(),
              Dim.of(random.nextInt(1000)),
              from,
              from + random.nextInt(8),
              Origin.NONE));
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
            "program P\n\nfunction f(%%x x: f32[B, 4], %%q q: f32[4, 4]) {\n%s  return y=%s\n}\n"
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

  /// Elements would be overwritten before the other operand gets to them.
  @Example
  void whatIsAlsoReadInAnotherOrderIsNotOverwritten() {
    assertThat(
            plan(
                    """
                      %1: f32[4, 4] = neg %q
                      %2: f32[4, 4] = permute %1 order=[1, 0]
                      %3: f32[4, 4] = add %1, %2
                    """,
                    "%3")
                .arena())
        .isEqualTo(128);
  }

  /// Every other row does not lie in order, so a reshape of it is a copy.
  @Example
  void whatIsCutInStepsHasGaps() {
    assertThat(
            plan(
                    """
                      %1: f32[4, 4] = neg %q
                      %2: f32[2, 4] = slice %1 axis=0 start=0 size=2 step=2
                      %3: f32[8] = reshape %2 shape=[8]
                      %4: f32[8] = exp %3
                    """,
                    "%4")
                .placed())
        .hasSize(2);
  }

  /// The first result of a step is needed until the next begins.
  @Example
  void aBodyKeepsItsResultsToItsEnd() {
    MemoryPlan plan =
        plan(
            """
              %1: f32[4] = sum %x axes=[0]
              %2: f32[4], %3: f32[2, 4] = scan steps=2 initial=[%1] {
                (%4: int[], %5: f32[4])
                %6: f32[4] = exp %5
                %7: f32[4] = neg %5
                %8: f32[4] = exp %7
                yield %6, %8
              }
            """,
            "%3");
    Buffer scratch =
        plan.placed().stream()
            .map(Placed::buffer)
            .filter(Buffer::isScratch)
            .findAny()
            .orElseThrow();
    // The old state, what both steps gave, and of one step two results.
    assertThat(scratch.bytes()).isEqualTo(Dim.of(16 + 32 + 32));
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
    var footprint = new Footprint(program);
    var demand = new Footprint.Demand(2, 24, 3);
    assertThat(footprint.total(demand))
        .isEqualTo(
            program.weightBytes()
                + footprint.tables(demand)
                + footprint.state(demand)
                + footprint.arena(demand));
    assertThat(footprint.tables(demand)).isPositive();
  }

  private static Budget budget(SmallModel model, long bytes) {
    return new Budget(
        options ->
            Compiler.compile(model.lower(), Optimization.O2, options, Observer.NONE).program(),
        bytes,
        Budget.ANY);
  }

  private static Footprint footprint(SmallModel model, Footprint.Demand demand) {
    var options = new StepOptions(demand.context(), demand.chunk());
    return new Footprint(
        Compiler.compile(model.lower(), Optimization.O2, options, Observer.NONE).program());
  }

  @Example
  void aBudgetHoldsWhatFitsAndNoMore() {
    var model = SmallModel.attending(List.of(OptionalInt.empty()), 2, SmallModel.Mixing.SOFTMAX);
    var demand = new Footprint.Demand(2, 24, 3);
    long bytes = footprint(model, demand).total(demand);
    var budget = budget(model, bytes);
    long context = budget.largestContext(demand).orElseThrow();
    assertThat(context).isGreaterThanOrEqualTo(24);
    assertThat(total(model, demand.withContext(context))).isLessThanOrEqualTo(bytes);
    assertThat(total(model, demand.withContext(context + 1))).isGreaterThan(bytes);
    assertThat(budget.mostRows(demand)).hasValue(2);
    assertThat(budget.shortage(demand)).isNegative();

    long weights = footprint(model, demand).program().weightBytes();
    var small = budget(model, weights);
    assertThat(small.largestContext(demand)).isEmpty();
    assertThat(small.mostRows(demand)).isEmpty();
    assertThat(small.shortage(demand)).isEqualTo(total(model, demand.withContext(1)) - weights);
  }

  /// Of a window a cache is kept whose size the context does not change.
  @Example
  void aContextBeyondTheWindowCostsNothing() {
    var model = SmallModel.attending(List.of(OptionalInt.of(40)), 2, SmallModel.Mixing.SOFTMAX);
    var demand = new Footprint.Demand(1, 24, 3);
    long all = total(model, demand.withContext(4000));
    assertThat(budget(model, all).largestContext(demand)).hasValue(Budget.ANY);
    long inside = budget(model, all - 200).largestContext(demand).orElseThrow();
    assertThat(total(model, demand.withContext(inside))).isLessThanOrEqualTo(all - 200);
    assertThat(total(model, demand.withContext(inside + 1))).isGreaterThan(all - 200);
  }

  /// The context is known by what reads the cache, not by its size.
  @Example
  void aContextOfTheSizeOfAHeadIsStillOne() {
    var model = SmallModel.attending(List.of(OptionalInt.empty()), 2, SmallModel.Mixing.SOFTMAX);
    for (long context : new long[] {2, 3, 4, 7, 8, 15, 16}) {
      var footprint = footprint(model, new Footprint.Demand(1, context, 1));
      assertThat(footprint.state())
          .isEqualTo(footprint(model, new Footprint.Demand(1, 1000, 1)).state());
    }
  }

  private static long total(SmallModel model, Footprint.Demand demand) {
    return footprint(model, demand).total(demand);
  }
}
