package dune.passes;

import static org.assertj.core.api.Assertions.assertThat;

import dune.ir.Control;
import dune.ir.Control.FusedKind;
import dune.ir.Node;
import dune.ir.Program;
import dune.ir.text.Parser;
import dune.ir.verify.Origins;
import dune.ir.verify.Verifier;
import dune.passes.fuse.Fuse;
import dune.passes.pass.Observer;
import dune.passes.pass.Remark;
import dune.passes.pass.Remarks;
import java.util.List;
import net.jqwik.api.Example;

/// Where each pattern is found, and where it must not be. That fusion keeps the numbers is a
/// property of {@link CompilerTest}.
final class FuseTest {
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

  private static final String ATTENTION =
      """
        %1: f32[B, 2, 3, S] = dot %q, %k lhs_batch=[0, 1] rhs_batch=[0, 2] lhs_sum=[3] rhs_sum=[3]
        %2: f32[] = constant value=0.5 elem=f32
        %3: f32[B, 2, 3, S] = mul %1, %2
        %4: f32[] = constant value=-inf elem=f32
        %5: bool[B, 2, 3, S] = broadcast %m shape=[B, 2, 3, S] axes=[0, 3]
        %6: f32[B, 2, 3, S] = select %5, %3, %4
        %7: f32[B, 2, 3] = reduce_max %6 axes=[3]
        %8: f32[B, 2, 3, S] = broadcast %7 shape=[B, 2, 3, S] axes=[0, 1, 2]
        %9: f32[B, 2, 3, S] = sub %6, %8
        %10: f32[B, 2, 3, S] = exp %9
        %11: f32[B, 2, 3] = sum %10 axes=[3]
        %12: f32[B, 2, 3, S] = broadcast %11 shape=[B, 2, 3, S] axes=[0, 1, 2]
        %13: f32[B, 2, 3, S] = div %10, %12
        %14: f32[B, 2, 3, 4] = dot %13, %v lhs_batch=[0, 1] rhs_batch=[0, 2] lhs_sum=[3] rhs_sum=[1]
      """;

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
    assertThat(kinds(Fuse.apply(program(NORM, "%9, second=%7"), remarks))).isEmpty();
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

  @Example
  void attentionIsFused() {
    assertThat(kinds(ATTENTION, "%14")).containsExactly(FusedKind.ATTENTION);
  }

  @Example
  void attentionOverAnotherNumberThanMinusInfinityIsNot() {
    assertThat(kinds(ATTENTION.replace("value=-inf", "value=-10000"), "%14")).isEmpty();
  }

  @Example
  void attentionWithAMaskOfItsHeadsIsNot() {
    assertThat(
            kinds(
                ATTENTION.replace(
                    "broadcast %m shape=[B, 2, 3, S] axes=[0, 3]",
                    "broadcast %h shape=[B, 2, 3, S] axes=[1, 3]"),
                "%14"))
        .isEmpty();
  }

  @Example
  void attentionOntoATermIsNot() {
    String onto = ATTENTION.replace("rhs_sum=[1]", "rhs_sum=[1] plus=%p");
    assertThat(kinds(onto, "%14")).isEmpty();
  }

  /// The kind promises where the heads stand.
  @Example
  void attentionWhoseHeadsStandElsewhereIsNot() {
    String turned = "  %t: f32[B, 2, S, 4] = permute %k order=[0, 2, 1, 3]\n";
    String product =
        ATTENTION.replace(
            "%k lhs_batch=[0, 1] rhs_batch=[0, 2]", "%t lhs_batch=[0, 1] rhs_batch=[0, 1]");
    assertThat(kinds(turned + product, "%14")).isEmpty();
  }

  @Example
  void whatIsCheapStandsInEveryGroupThatUsesIt() {
    String second =
        ATTENTION
            .replaceAll("(?m)^ *%(2|4|5):.*\\n", "")
            .replaceAll("%(1|3|6|7|8|9|10|11|12|13|14)\\b", "%100$1");
    assertThat(kinds(ATTENTION + second, "%14, second=%10014"))
        .containsExactly(FusedKind.ATTENTION, FusedKind.ATTENTION);
  }

  private static List<FusedKind> kinds(String nodes, String results) {
    return kinds(Fuse.apply(program(nodes, results), Observer.NONE));
  }

  private static Program program(String nodes, String results) {
    Program program =
        Parser.parse(
            """
            program P

            function score(%x x: f32[B, 4], %y y: f32[B, 4], %w w: f32[4],
              %q q: f32[B, 2, 3, 4], %k k: f32[B, S, 2, 4], %v v: f32[B, S, 2, 4],
              %m m: bool[B, S], %h h: bool[2, S], %p p: f32[4]) {
            """
                    .replace(",\n  ", ", ")
                + nodes
                + "  return first="
                + results
                + "\n}\n");
    assertThat(Verifier.verify(program, Origins.OPTIONAL)).isEmpty();
    return program;
  }

  private static List<FusedKind> kinds(Program program) {
    assertThat(Verifier.verify(program, Origins.OPTIONAL)).isEmpty();
    return program.require("score").nodes().stream()
        .map(Node::op)
        .filter(Control.Fused.class::isInstance)
        .map(op -> ((Control.Fused) op).kind())
        .toList();
  }
}
