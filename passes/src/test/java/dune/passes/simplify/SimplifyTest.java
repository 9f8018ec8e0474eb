package dune.passes.simplify;

import static org.assertj.core.api.Assertions.assertThat;

import dune.ir.Function;
import dune.ir.Program;
import dune.ir.Type;
import dune.ir.testkit.Agreement;
import dune.ir.testkit.RandomPrograms;
import dune.ir.testkit.Sample;
import dune.ir.text.Parser;
import dune.ir.text.Printer;
import dune.ir.verify.Origins;
import dune.ir.verify.Verifier;
import dune.passes.pass.Observer;
import dune.passes.pass.RuleCounts;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/// Simplification of random programs.
final class SimplifyTest {
  @Provide
  Arbitrary<Sample> samples() {
    return RandomPrograms.programs(RandomPrograms.ANY, 40);
  }

  @Property(tries = 400, seed = "20260105", edgeCases = EdgeCasesMode.NONE)
  void programsMeanTheSame(@ForAll("samples") Sample sample) {
    Program simple = Simplify.apply(sample.program(), Observer.NONE);
    assertThat(Verifier.verify(simple, Origins.OPTIONAL)).isEmpty();
    assertThat(resultTypes(simple)).isEqualTo(resultTypes(sample.program()));
    for (Sample.Call call : sample.calls()) {
      Agreement.assertAgree(sample.run(call), sample.run(simple, call), 1e-12);
    }
  }

  @Property(tries = 200, seed = "20260106", edgeCases = EdgeCasesMode.NONE)
  void aSecondRunChangesNothing(@ForAll("samples") Sample sample) {
    Program once = Simplify.apply(sample.program(), Observer.NONE);
    var counts = new RuleCounts();
    Program twice = Simplify.apply(once, counts);
    assertThat(counts.counts()).isEmpty();
    assertThat(Printer.print(twice)).isEqualTo(Printer.print(once));
    assertThat(Printer.print(Parser.parse(Printer.print(once)))).isEqualTo(Printer.print(once));
  }

  /// The properties above say something only where rules fire.
  @Example
  void mostRulesFireInRandomPrograms() {
    var counts = new RuleCounts();
    for (long seed = 0; seed < 300; seed++) {
      Sample sample = RandomPrograms.program(RandomPrograms.ANY, 60, seed, Set.of());
      Simplify.apply(sample.program(), counts);
    }
    var silent = new TreeSet<String>();
    Simplify.rules().forEach(rule -> silent.add(rule.name()));
    silent.removeAll(counts.counts().keySet());
    assertThat(silent).hasSizeLessThan(4);
  }

  private static List<String> resultTypes(Program program) {
    Function function = program.require(Sample.FUNCTION);
    return function.outputs().stream()
        .map(output -> output.name() + ": " + type(function, output))
        .collect(Collectors.toList());
  }

  private static Type type(Function function, Function.Output output) {
    return function.of(output.value());
  }
}
