package dune.passes;

import static org.assertj.core.api.Assertions.assertThat;

import dune.ir.Function;
import dune.ir.Program;
import dune.ir.interpret.Array;
import dune.ir.testkit.RandomPrograms;
import dune.ir.testkit.Sample;
import dune.ir.text.Printer;
import dune.ir.verify.Origins;
import dune.ir.verify.Verifier;
import dune.passes.fuse.Fuse;
import dune.passes.fuse.Regions;
import dune.passes.pass.Observer;
import dune.passes.plan.MemoryPlan;
import dune.passes.plan.Reuse;
import dune.passes.plan.Schedule;
import dune.passes.rewrite.FunctionCopy;
import dune.passes.rewrite.Substitution;
import dune.passes.time.StepOptions;
import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/// The passes that come last, on programs of every operation: what they make is verified, keeps its
/// types and its numbers, and is left alone if it runs again.
final class RandomProgramTest {
  private static final StepOptions OPTIONS = new StepOptions(5, 5);

  /// Passes that need nothing but a function.
  enum Last {
    FUSE(program -> Fuse.apply(program, Observer.NONE)),
    REGION(program -> Regions.apply(program, Observer.NONE)),
    SCHEDULE(program -> Schedule.apply(OPTIONS, program, Observer.NONE)),
    ALL(program -> SCHEDULE.pass.apply(REGION.pass.apply(FUSE.pass.apply(program))));

    private final UnaryOperator<Program> pass;

    Last(UnaryOperator<Program> pass) {
      this.pass = pass;
    }
  }

  @Provide
  Arbitrary<Sample> samples() {
    return RandomPrograms.programs(RandomPrograms.ANY, 40);
  }

  @Provide
  Arbitrary<Last> passes() {
    return Arbitraries.of(Last.values());
  }

  @Property(tries = 300, seed = "20261130", edgeCases = EdgeCasesMode.NONE)
  void aPassKeepsTheNumbers(@ForAll("samples") Sample sample, @ForAll("passes") Last last) {
    Program before = live(sample.program());
    Program after = last.pass.apply(before);
    Verifier.require(after, Origins.OPTIONAL);
    Function written = before.require(Sample.FUNCTION);
    Function made = after.require(Sample.FUNCTION);
    assertThat(made.outputs().stream().map(output -> made.of(output.value())))
        .isEqualTo(written.outputs().stream().map(output -> written.of(output.value())).toList());
    if (last != Last.ALL) {
      // What is computed later may come to stand beside what it can be fused with.
      assertThat(Printer.print(last.pass.apply(after))).isEqualTo(Printer.print(after));
    }
    for (Sample.Call call : sample.calls()) {
      Map<String, Array> expected = sample.run(call);
      Map<String, Array> found = sample.run(after, call);
      expected.forEach(
          (name, array) ->
              assertThat(found.get(name).data()).as(name).containsExactly(array.data()));
    }
  }

  /// Without what nobody needs, which no pass leaves.
  private static Program live(Program program) {
    return new Program(
        program.name(),
        program.weights(),
        program.states(),
        program.functions().stream()
            .map(each -> FunctionCopy.copy(each, Substitution.NONE, FunctionCopy.VERBATIM))
            .toList());
  }

  @Property(tries = 300, seed = "20261202", edgeCases = EdgeCasesMode.NONE)
  void aScheduleNeverNeedsMore(@ForAll("samples") Sample sample) {
    Function written = sample.program().require(Sample.FUNCTION);
    Program scheduled = Schedule.apply(OPTIONS, sample.program(), Observer.NONE);
    Function made = scheduled.require(Sample.FUNCTION);
    assertThat(Schedule.apply(OPTIONS, sample.program(), Observer.NONE)).isEqualTo(scheduled);
    assertThat(made.nodes()).containsExactlyInAnyOrderElementsOf(written.nodes());
    for (long steps : new long[] {OPTIONS.chunk(), 1}) {
      var sizes = new HashMap<String, Long>(Map.of("B", 1L, "T", steps, "S", OPTIONS.capacity()));
      for (Reuse reuse : Reuse.values()) {
        MemoryPlan before = MemoryPlan.of(written, sizes, reuse);
        MemoryPlan after = MemoryPlan.of(made, sizes, reuse);
        assertThat(after.arena()).isLessThanOrEqualTo(before.arena());
        assertThat(after.needed()).isLessThanOrEqualTo(before.needed());
      }
    }
  }
}
