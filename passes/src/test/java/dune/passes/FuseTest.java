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

/// What fusion says of a group that it leaves, and what groups share. Where each pattern is found,
/// and where it must not be, is a matter of {@link RuleTest}; that fusion keeps the numbers is a
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
  void whatIsUsedElsewhereKeepsANormFromBeingFused() {
    var remarks = new Remarks();
    assertThat(kinds(Fuse.apply(program(NORM, "%9, second=%7"), remarks))).isEmpty();
    assertThat(remarks.all().stream().map(Remark::text))
        .singleElement()
        .asString()
        .startsWith("not fused to RMS norm: ");
  }

  @Example
  void attentionThatIsNoneThatWeKnowSaysWhatIsInTheWay() {
    var remarks = new Remarks();
    Fuse.apply(program(ATTENTION.replace("value=-inf", "value=-10000"), "%14"), remarks);
    assertThat(remarks.all().stream().map(Remark::text))
        .contains("not fused to attention: no mask sets scores to minus infinity");
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

            function score(%x x: f32[B, 4], %w w: f32[4], %q q: f32[B, 2, 3, 4],
              %k k: f32[B, S, 2, 4], %v v: f32[B, S, 2, 4], %m m: bool[B, S]) {
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
