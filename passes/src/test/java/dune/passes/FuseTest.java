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

  private static final String LAYER_NORM =
      """
        %1: f32[B] = mean %x axes=[1]
        %2: f32[B, 4] = broadcast %1 shape=[B, 4] axes=[0]
        %3: f32[B, 4] = sub %x, %2
        %4: f32[B, 4] = mul %3, %3
        %5: f32[B] = mean %4 axes=[1]
        %6: f32[] = constant value=1.0E-5 elem=f32
        %7: f32[B] = add %5, %6
        %8: f32[B] = rsqrt %7
        %9: f32[B, 4] = broadcast %8 shape=[B, 4] axes=[0]
        %10: f32[B, 4] = mul %3, %9
        %11: f32[B, 4] = broadcast %w shape=[B, 4] axes=[1]
        %12: f32[B, 4] = mul %10, %11
        %13: f32[B, 4] = broadcast %p shape=[B, 4] axes=[1]
        %14: f32[B, 4] = add %12, %13
      """;

  private static final String GELU =
      """
        %1: f32[] = constant value=0.5 elem=f32
        %2: f32[] = constant value=1 elem=f32
        %3: f32[] = constant value=1.4142135623730951 elem=f32
        %4: f32[B, 4] = mul %x, %1
        %5: f32[B, 4] = div %x, %3
        %6: f32[B, 4] = erf %5
        %7: f32[B, 4] = add %6, %2
        %8: f32[B, 4] = mul %4, %7
      """;

  private static final String GELU_TANH =
      """
        %1: f32[] = constant value=0.5 elem=f32
        %2: f32[] = constant value=1 elem=f32
        %3: f32[] = constant value=3 elem=f32
        %4: f32[] = constant value=0.044715 elem=f32
        %5: f32[] = constant value=0.7978845608028654 elem=f32
        %6: f32[B, 4] = mul %x, %1
        %7: f32[B, 4] = pow %x, %3
        %8: f32[B, 4] = mul %7, %4
        %9: f32[B, 4] = add %x, %8
        %10: f32[B, 4] = mul %9, %5
        %11: f32[B, 4] = tanh %10
        %12: f32[B, 4] = add %11, %2
        %13: f32[B, 4] = mul %6, %12
      """;

  /// Of two and one heads of four, which lie side by side in `%j`.
  private static final String ROTARY =
      """
        %1: f32[B, 8] = slice %j axis=1 start=0 size=8 step=1
        %2: f32[B, 2, 2, 2] = reshape %1 shape=[B, 2, 2, 2]
        %3: f32[B, 2, 1, 2] = slice %2 axis=2 start=0 size=1 step=1
        %4: f32[B, 2, 1, 2] = slice %2 axis=2 start=1 size=1 step=1
        %5: f32[B, 2, 1, 2] = neg %4
        %6: f32[B, 2, 2, 2] = concat parts=[%5, %3] axis=2
        %7: f32[B, 2, 2, 2] = broadcast %c shape=[B, 2, 2, 2] axes=[0, 3]
        %8: f32[B, 2, 2, 2] = broadcast %s shape=[B, 2, 2, 2] axes=[0, 3]
        %9: f32[B, 2, 2, 2] = mul %2, %7
        %10: f32[B, 2, 2, 2] = mul %6, %8
        %11: f32[B, 2, 2, 2] = add %9, %10
        %21: f32[B, 4] = slice %j axis=1 start=8 size=4 step=1
        %22: f32[B, 1, 2, 2] = reshape %21 shape=[B, 1, 2, 2]
        %23: f32[B, 1, 1, 2] = slice %22 axis=2 start=0 size=1 step=1
        %24: f32[B, 1, 1, 2] = slice %22 axis=2 start=1 size=1 step=1
        %25: f32[B, 1, 1, 2] = neg %24
        %26: f32[B, 1, 2, 2] = concat parts=[%25, %23] axis=2
        %27: f32[B, 1, 2, 2] = broadcast %c shape=[B, 1, 2, 2] axes=[0, 3]
        %28: f32[B, 1, 2, 2] = broadcast %s shape=[B, 1, 2, 2] axes=[0, 3]
        %29: f32[B, 1, 2, 2] = mul %22, %27
        %30: f32[B, 1, 2, 2] = mul %26, %28
        %31: f32[B, 1, 2, 2] = add %29, %30
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
        .startsWith("not fused to RMS norm: ");
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
  void layerNormsAreFused() {
    assertThat(kinds(LAYER_NORM, "%14")).containsExactly(FusedKind.LAYER_NORM);
    assertThat(kinds(LAYER_NORM, "%12")).containsExactly(FusedKind.LAYER_NORM);
  }

  @Example
  void layerNormsAroundAnotherMiddleAreNot() {
    assertThat(kinds(LAYER_NORM.replace("%1: f32[B] = mean", "%1: f32[B] = sum"), "%14"))
        .containsExactly(FusedKind.RMS_NORM);
  }

  @Example
  void sumBeforeANormIsComputedWithIt() {
    String sum = "  %99: f32[B, 4] = add %x, %y\n";
    assertThat(kinds(sum + NORM.replace("%x", "%99"), "%9, second=%99"))
        .containsExactly(FusedKind.ADD_RMS_NORM);
    assertThat(kinds(sum + LAYER_NORM.replace("%x", "%99"), "%14, second=%99"))
        .containsExactly(FusedKind.ADD_LAYER_NORM);
  }

  @Example
  void sumThatIsNeededBeforeItsNormIsNot() {
    String nodes =
        "  %99: f32[B, 4] = add %x, %y\n  %98: f32[B, 4] = neg %99\n" + NORM.replace("%x", "%99");
    assertThat(kinds(nodes, "%9, second=%98")).containsExactly(FusedKind.RMS_NORM);
  }

  @Example
  void biasBeforeANormIsNoSum() {
    String nodes =
        """
          %98: f32[B, 4] = broadcast %p shape=[B, 4] axes=[1]
          %99: f32[B, 4] = add %x, %98
        """
            + NORM.replace("%x", "%99");
    assertThat(kinds(nodes, "%9")).containsExactly(FusedKind.RMS_NORM);
  }

  @Example
  void activationsAreFused() {
    assertThat(kinds(GATE, "%6")).containsExactly(FusedKind.SILU);
    assertThat(kinds(GELU, "%8")).containsExactly(FusedKind.GELU);
    assertThat(kinds(GELU_TANH, "%13")).containsExactly(FusedKind.GELU_TANH);
  }

  @Example
  void activationsWithOtherNumbersAreNot() {
    assertThat(kinds(GELU.replace("0.5 ", "0.25 "), "%8")).isEmpty();
    assertThat(kinds(GELU.replace("1.4142", "1.4143"), "%8")).isEmpty();
    assertThat(kinds(GELU_TANH.replace("0.044715", "0.04472"), "%13")).isEmpty();
    assertThat(kinds(GELU_TANH.replace("value=3 ", "value=2 "), "%13")).isEmpty();
  }

  @Example
  void gatesOfGelusAreFused() {
    String gate = "  %97: f32[B, 4] = mul %y, %8\n";
    assertThat(kinds(GELU + gate, "%97")).containsExactly(FusedKind.GEGLU);
    assertThat(kinds(GELU_TANH + gate.replace("%8", "%13"), "%97"))
        .containsExactly(FusedKind.GEGLU_TANH);
  }

  @Example
  void turnsAreFused() {
    assertThat(kinds(ROTARY, "%11")).containsExactly(FusedKind.ROTARY);
  }

  @Example
  void turnsTheOtherWayAreNot() {
    String other = ROTARY.replace("parts=[%5, %3]", "parts=[%3, %5]");
    assertThat(kinds(other, "%11")).isEmpty();
  }

  @Example
  void neighboursTurnAtOnce() {
    assertThat(kinds(ROTARY, "%11, second=%31")).containsExactly(FusedKind.ROTARY);
  }

  @Example
  void neighboursWithAGapTurnAlone() {
    String apart = ROTARY.replace("%j axis=1 start=0 size=8", "%j axis=1 start=0 size=4");
    String smaller =
        apart
            .replace("%1: f32[B, 8]", "%1: f32[B, 4]")
            .replace("[B, 2, 2, 2]", "[B, 1, 2, 2]")
            .replace("[B, 2, 1, 2]", "[B, 1, 1, 2]");
    assertThat(kinds(smaller, "%11, second=%31"))
        .containsExactly(FusedKind.ROTARY, FusedKind.ROTARY);
  }

  @Example
  void neighboursOfOtherAnglesTurnAlone() {
    String angles =
        ROTARY.replace(
            "%27: f32[B, 1, 2, 2] = broadcast %c", "%27: f32[B, 1, 2, 2] = broadcast %s");
    assertThat(kinds(angles, "%11, second=%31"))
        .containsExactly(FusedKind.ROTARY, FusedKind.ROTARY);
  }

  @Example
  void softmaxOfAnotherLargestIsNot() {
    String softmax = ATTENTION.replaceAll("(?m)^ *%14:.*\\n", "");
    assertThat(kinds(softmax, "%13")).containsExactly(FusedKind.SOFTMAX);
    assertThat(kinds(softmax.replace("reduce_max", "reduce_min"), "%13")).isEmpty();
  }

  @Example
  void attentionIsFused() {
    assertThat(kinds(ATTENTION, "%14")).containsExactly(FusedKind.ATTENTION);
  }

  @Example
  void attentionOverAnotherNumberThanMinusInfinityIsNot() {
    assertThat(kinds(ATTENTION.replace("value=-inf", "value=-10000"), "%14"))
        .containsExactly(FusedKind.SOFTMAX);
  }

  @Example
  void attentionWithAMaskOfItsHeadsIsNot() {
    assertThat(
            kinds(
                ATTENTION.replace(
                    "broadcast %m shape=[B, 2, 3, S] axes=[0, 3]",
                    "broadcast %h shape=[B, 2, 3, S] axes=[1, 3]"),
                "%14"))
        .containsExactly(FusedKind.SOFTMAX);
  }

  @Example
  void attentionOntoATermIsNot() {
    String onto = ATTENTION.replace("rhs_sum=[1]", "rhs_sum=[1] plus=%p");
    assertThat(kinds(onto, "%14")).containsExactly(FusedKind.SOFTMAX);
  }

  /// The kind promises where the heads stand.
  @Example
  void attentionWhoseHeadsStandElsewhereIsNot() {
    String turned = "  %t: f32[B, 2, S, 4] = permute %k order=[0, 2, 1, 3]\n";
    String product =
        ATTENTION.replace(
            "%k lhs_batch=[0, 1] rhs_batch=[0, 2]", "%t lhs_batch=[0, 1] rhs_batch=[0, 1]");
    assertThat(kinds(turned + product, "%14")).containsExactly(FusedKind.SOFTMAX);
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
              %m m: bool[B, S], %h h: bool[2, S], %p p: f32[4],
              %j j: f32[B, 12], %c c: f32[B, 2], %s s: f32[B, 2]) {
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
