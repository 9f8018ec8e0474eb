package dune.models;

import static org.assertj.core.api.Assertions.assertThat;

import dune.frontend.elaborate.Settings;
import dune.ir.Control.Fused;
import dune.ir.Elem;
import dune.ir.Program;
import dune.passes.Compiler;
import dune.passes.Optimization;
import dune.passes.pass.Observer;
import dune.passes.time.StepOptions;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.Example;
import net.jqwik.api.Label;

/// What is left of a layer when all passes have run, counted.
final class StructureTest {
  private static final StepOptions OPTIONS = new StepOptions(64, 8);

  @Example
  @Label("structure: each of three LLaMA layers is one attention, two norms and one gate")
  void llama() {
    for (Elem elem : new Elem[] {Elem.F32, Elem.BF16}) {
      for (String function : new String[] {"score", "step", "next"}) {
        assertThat(groups("llama", elem, function))
            .as(function + " in " + elem)
            .containsExactlyEntriesOf(
                new TreeMap<>(Map.of("ATTENTION", 3, "RMS_NORM", 7, "SWIGLU", 3)));
      }
    }
  }

  @Example
  @Label("structure: Mistral's window does not keep its attention from being one group")
  void mistral() {
    assertThat(groups("mistral", Elem.BF16, "step"))
        .containsExactlyEntriesOf(
            new TreeMap<>(Map.of("ATTENTION", 3, "RMS_NORM", 7, "SWIGLU", 3)));
  }

  private static Map<String, Integer> groups(String model, Elem elem, String function) {
    var settings =
        Settings.defaults(elem)
            .with(Map.of("V", "11", "D", "16", "F", "10", "L", "3", "H", "4", "KV", "2"));
    Program written = Shipped.elaborate(model, settings).program().orElseThrow();
    Program program = Compiler.compile(written, Optimization.O2, OPTIONS, Observer.NONE).program();
    var groups = new TreeMap<String, Integer>();
    program.require(function).nodes().stream()
        .filter(node -> node.op() instanceof Fused)
        .forEach(node -> groups.merge(((Fused) node.op()).kind().name(), 1, Integer::sum));
    return groups;
  }
}
