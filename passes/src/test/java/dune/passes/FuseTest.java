package dune.passes;

import static org.assertj.core.api.Assertions.assertThat;

import dune.ir.Control;
import dune.ir.Control.FusedKind;
import dune.ir.Node;
import dune.ir.Program;
import dune.ir.text.Parser;
import dune.ir.text.Printer;
import dune.ir.verify.Origins;
import dune.ir.verify.Verifier;
import dune.passes.fuse.Fuse;
import dune.passes.model.Continuation;
import dune.passes.model.SmallModel;
import dune.passes.pass.Observer;
import dune.passes.pass.Remark;
import dune.passes.pass.Remarks;
import dune.passes.time.StepOptions;
import java.util.List;
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
import org.assertj.core.data.Offset;

final class FuseTest {
  private static final StepOptions OPTIONS = new StepOptions(24, 3);

  private static final String NORM =
      """
        %1: f32[B, 4] = mul %x, %x
        %2: f32[B] = mean %1 axes=[1]
        %3: f32[] = constant value=1.0E-5 elem=f32
        %4: f32[B] = add %2, %3
        %5: f32[B] = rsqrt %4
        %6: f32[B, 4] = broadcast %5 shape=[B, 4] axes=[0]
        %7: f32[B, 4] = mul %x, %6
        %8: f32[B, 4] = broadcast %w shape=[B, 4] axes=[1]
        %9: f32[B, 4] = mul %7, %8
      """;

  private static final String GATE =
      """
        %1: f32[] = constant value=1 elem=f32
        %2: f32[B, 4] = neg %x
        %3: f32[B, 4] = exp %2
        %4: f32[B, 4] = add %3, %1
        %5: f32[B, 4] = div %1, %4
        %6: f32[B, 4] = mul %x, %5
        %7: f32[B, 4] = mul %6, %y
      """;

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

  @Property(tries = 60, seed = "20261126", edgeCases = EdgeCasesMode.NONE)
  void fusionKeepsTheNumbers(@ForAll("models") SmallModel model) {
    int[] tokens = new Random(1).ints(9, 0, SmallModel.VOCABULARY).toArray();
    double[][] expected = new Continuation(compile(model, Optimization.O0), 5).score(tokens);
    double[][] found = new Continuation(compile(model, Optimization.O2), 5).score(tokens);
    for (int t = 0; t < tokens.length; t++) {
      for (int v = 0; v < expected[t].length; v++) {
        assertThat(found[t][v]).isCloseTo(expected[t][v], Offset.offset(1e-12));
      }
    }
  }

  @Property(tries = 60, seed = "20261127", edgeCases = EdgeCasesMode.NONE)
  void aSecondRunChangesNothing(@ForAll("models") SmallModel model) {
    Program once = compile(model, Optimization.O2);
    assertThat(Verifier.verify(once, Origins.REQUIRED)).isEmpty();
    String text = Printer.print(once);
    assertThat(Printer.print(Fuse.apply(once, Observer.NONE))).isEqualTo(text);
    assertThat(Printer.print(Parser.parse(text))).isEqualTo(text);
  }

  private static Program compile(SmallModel model, Optimization optimization) {
    return Compiler.compile(model.lower(), optimization, OPTIONS, Observer.NONE).program();
  }

  @Example
  void normsAreFused() {
    assertThat(kinds(NORM, "%9")).containsExactly(FusedKind.RMS_NORM);
  }

  @Example
  void normsOfAnotherMeanAreNot() {
    assertThat(kinds(NORM.replace("mean", "sum"), "%9")).isEmpty();
  }

  @Example
  void whatIsUsedElsewhereKeepsANormFromBeingFused() {
    var remarks = new Remarks();
    Program program = program(NORM, "%9, second=%7");
    assertThat(kinds(Fuse.apply(program, remarks))).isEmpty();
    assertThat(remarks.all().stream().map(Remark::text))
        .singleElement()
        .asString()
        .startsWith("not fused to rms norm: ");
  }

  @Example
  void gatesAreFused() {
    assertThat(kinds(GATE, "%7")).containsExactly(FusedKind.SWIGLU);
  }

  @Example
  void gatesOfAnotherFunctionAreNot() {
    assertThat(kinds(GATE.replace("exp %2", "tanh %2"), "%7")).isEmpty();
  }

  private static List<FusedKind> kinds(String nodes, String results) {
    return kinds(Fuse.apply(program(nodes, results), Observer.NONE));
  }

  private static Program program(String nodes, String results) {
    return Parser.parse(
        "program P\n\nfunction score(%x x: f32[B, 4], %y y: f32[B, 4], %w w: f32[4]) {\n"
            + nodes
            + "  return first="
            + results
            + "\n}\n");
  }

  private static List<FusedKind> kinds(Program program) {
    return program.require("score").nodes().stream()
        .map(Node::op)
        .filter(Control.Fused.class::isInstance)
        .map(op -> ((Control.Fused) op).kind())
        .toList();
  }
}
