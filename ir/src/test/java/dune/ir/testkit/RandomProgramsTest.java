package dune.ir.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dune.ir.Control;
import dune.ir.Node;
import dune.ir.Op;
import dune.ir.text.Numbering;
import dune.ir.text.Parser;
import dune.ir.text.Printer;
import dune.ir.verify.Origins;
import dune.ir.verify.Verifier;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class RandomProgramsTest {
  @Provide
  Arbitrary<Sample> samples() {
    return RandomPrograms.programs(RandomPrograms.ANY, 25);
  }

  @Property(tries = 200)
  void theVerifierAccepts(@ForAll("samples") Sample sample) {
    assertThat(Verifier.verify(sample.program(), Origins.OPTIONAL)).isEmpty();
  }

  @Property(tries = 200)
  void printThenParseIsTheIdentity(@ForAll("samples") Sample sample) {
    String text = Printer.print(sample.program());
    assertThat(Parser.parse(text)).isEqualTo(Numbering.inPrintOrder(sample.program()));
    assertThat(Printer.print(Parser.parse(text))).isEqualTo(text);
  }

  @Property(tries = 100)
  void theInterpreterRunsThemTheSameEachTime(@ForAll("samples") Sample sample) {
    for (Sample.Call call : sample.calls()) {
      assertThat(sample.run(call)).isNotEmpty().isEqualTo(sample.run(call));
      assertThat(sample.run(Parser.parse(Printer.print(sample.program())), call))
          .isEqualTo(sample.run(call));
    }
  }

  /// A new operation must have a proposal here, else no property covers it.
  @Test
  void everyOperationHasAProposal() {
    var draft = new Draft(new Random(0), List.of(), List.of());
    assertThat(new Proposals(new Random(0), draft, RandomPrograms.F32).ops())
        .containsExactlyInAnyOrderElementsOf(records(Op.class));
  }

  @Test
  void everyOperationOccurs() {
    Set<Class<?>> seen = new HashSet<>();
    for (long seed = 0; seed < 150; seed++) {
      Sample sample = RandomPrograms.program(RandomPrograms.F32, 25, seed, Set.of());
      collect(sample.program().require(Sample.FUNCTION).nodes(), seen);
    }
    assertThat(seen).containsAll(records(Op.class));
  }

  @Test
  void operationsCanBeLeftOut() {
    Set<Class<?>> seen = new HashSet<>();
    for (long seed = 0; seed < 20; seed++) {
      Sample sample =
          RandomPrograms.program(RandomPrograms.F32, 25, seed, Set.of(Control.Scan.class));
      collect(sample.program().require(Sample.FUNCTION).nodes(), seen);
    }
    assertThat(seen).isNotEmpty().doesNotContain(Control.Scan.class);
  }

  private static void collect(List<Node> nodes, Set<Class<?>> into) {
    for (Node node : nodes) {
      into.add(node.op().getClass());
      if (node.op() instanceof Control control) collect(control.body().nodes(), into);
    }
  }

  @SuppressWarnings("unchecked")
  private static Set<Class<? extends Op>> records(Class<?> family) {
    Set<Class<? extends Op>> records = new LinkedHashSet<>();
    if (!family.isSealed()) return Set.of((Class<? extends Op>) family);
    for (Class<?> permitted : family.getPermittedSubclasses()) records.addAll(records(permitted));
    return records;
  }
}
