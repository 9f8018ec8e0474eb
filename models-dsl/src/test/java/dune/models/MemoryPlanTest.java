package dune.models;

import static org.assertj.core.api.Assertions.assertThat;

import dune.frontend.elaborate.Settings;
import dune.ir.Elem;
import dune.ir.Program;
import dune.passes.Compiler;
import dune.passes.Optimization;
import dune.passes.pass.Observer;
import dune.passes.plan.Footprint;
import dune.passes.time.StepOptions;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.GenerationMode;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/// How near the arenas of real models come to what must be there at once.
final class MemoryPlanTest {
  private static final long CONTEXT = 256;
  private static final long CHUNK = 64;

  @Provide
  Arbitrary<String> models() {
    return Arbitraries.of(
        Shipped.files("models").stream()
            .map(file -> file.name().replaceAll(".*/|\\.dune", ""))
            .toList());
  }

  @Property(tries = 100, generation = GenerationMode.EXHAUSTIVE, edgeCases = EdgeCasesMode.NONE)
  void arenaIsAtMostATenthLargerThanWhatMustBeThere(@ForAll("models") String model) {
    Settings defaults = Settings.defaults(Elem.BF16);
    boolean layered =
        Shipped.model(model).text().contains("L: int")
            && !Shipped.model(model).text().contains("require L");
    Settings settings = layered ? defaults.with(Map.of("L", "4")) : defaults;
    Program written = Shipped.elaborate(model, settings).program().orElseThrow();
    var steps = new StepOptions(CONTEXT, CHUNK);
    Program program = Compiler.compile(written, Optimization.O2, steps, Observer.NONE).program();
    var demand = new Footprint.Demand(2, CONTEXT, CHUNK);
    List<Footprint.Call> calls = new Footprint(program).calls(demand);
    assertThat(calls)
        .allSatisfy(
            call ->
                assertThat((double) call.plan().arena())
                    .as(call.function() + " of " + call.steps())
                    .isLessThanOrEqualTo(1.1 * call.plan().needed()));
  }
}
