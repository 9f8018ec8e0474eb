package dune.passes;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import dune.ir.Contraction.Dot;
import dune.ir.Function;
import dune.ir.Program;
import dune.ir.text.Parser;
import dune.ir.verify.Origins;
import dune.ir.verify.Verifier;
import dune.passes.join.Join;
import dune.passes.pass.Observer;
import dune.passes.pass.Remark;
import dune.passes.pass.Remarks;
import java.util.List;
import net.jqwik.api.Example;

/// Which products are joined, and which must not be. That joining keeps the numbers is a property
/// of {@link CompilerTest}.
final class JoinTest {
  private static final String WEIGHTS =
      """
      program P

      weight a.q.w: f32[6, 4] = constant value=0
      weight a.k.w: f32[2, 4] = constant value=0
      weight a.q.b: f32[6] = constant value=0
      weight a.k.b: f32[2] = constant value=0
      """;

  private static final String PRODUCTS =
      """
        %1: f32[6, 4] = weight path=a.q.w type=f32[6, 4]
        %2: f32[B, 6] = dot %x, %1 lhs_sum=[1] rhs_sum=[1]
        %3: f32[2, 4] = weight path=a.k.w type=f32[2, 4]
        %4: f32[B, 2] = dot %x, %3 lhs_sum=[1] rhs_sum=[1]
      """;

  private static final String BIASED =
      """
        %1: f32[6, 4] = weight path=a.q.w type=f32[6, 4]
        %5: f32[6] = weight path=a.q.b type=f32[6]
        %2: f32[B, 6] = dot %x, %1 lhs_sum=[1] rhs_sum=[1] plus=%5
        %3: f32[2, 4] = weight path=a.k.w type=f32[2, 4]
        %6: f32[2] = weight path=a.k.b type=f32[2]
        %4: f32[B, 2] = dot %x, %3 lhs_sum=[1] rhs_sum=[1] plus=%6
      """;

  private static final String BOTH = "first=%2, second=%4";

  private static final String ALONE = "  %9: f32[6, 4] = weight path=a.q.w type=f32[6, 4]\n";

  @Example
  void productsOfOneInputAreJoined() {
    assertThat(joined(WEIGHTS, PRODUCTS, BOTH)).containsExactly(8L);
    assertThat(joined(WEIGHTS, BIASED, BOTH)).containsExactly(8L);
  }

  @Example
  void productsOfTwoInputsAreNot() {
    assertThat(joined(WEIGHTS, PRODUCTS.replace("%x, %3", "%y, %3"), BOTH)).containsExactly(6L, 2L);
  }

  @Example
  void productsWithABiasAreNotJoinedWithThoseThatHaveNone() {
    assertThat(joined(WEIGHTS, BIASED.replace(" plus=%6", ""), BOTH)).containsExactly(6L, 2L);
  }

  @Example
  void productsOverTheRowsOfAWeightAreNot() {
    String other = PRODUCTS.replace("rhs_sum=[1]", "rhs_sum=[0]").replace("[B, 6]", "[B, 4]");
    String square = WEIGHTS.replace("6, 4", "4, 4").replace("2, 4", "4, 4");
    String nodes =
        other.replace("6, 4", "4, 4").replace("2, 4", "4, 4").replace("[B, 2]", "[B, 4]");
    assertThat(joined(square, nodes, BOTH)).containsExactly(4L, 4L);
  }

  @Example
  void weightThatIsAlsoReadAloneStaysOne() {
    var remarks = new Remarks();
    Program program = program(WEIGHTS, PRODUCTS + ALONE, BOTH + ", third=%9");
    assertThat(products(Join.apply(program, remarks), "score")).containsExactly(6L, 2L);
    assertThat(remarks.all())
        .extracting(Remark::text)
        .containsExactly("not joined with a.k.w: `a.q.w` is also read by itself");
  }

  @Example
  void weightThatAnotherFunctionReadsAloneStaysOne() {
    Program program =
        parsed(
            WEIGHTS
                + function("score", PRODUCTS, BOTH)
                + function(
                    "step",
                    PRODUCTS.lines().limit(2).collect(joining("\n", "", "\n")),
                    "first=%2"));
    Program joined = Join.apply(program, Observer.NONE);
    assertThat(joined).isEqualTo(program);
  }

  @Example
  void whatAllFunctionsMultiplyWithOneInputIsJoined() {
    String three =
        PRODUCTS
            + """
              %5: f32[3, 4] = weight path=a.v.w type=f32[3, 4]
              %6: f32[B, 3] = dot %x, %5 lhs_sum=[1] rhs_sum=[1]
            """;
    String outputs = BOTH + ", third=%6";
    Program program =
        parsed(
            WEIGHTS
                + "weight a.v.w: f32[3, 4] = constant value=0\n"
                + function("score", three, outputs)
                + function("step", three.replace("%x, %1", "%y, %1"), outputs));
    Program joined = Join.apply(program, Observer.NONE);
    assertThat(products(joined, "score")).containsExactly(6L, 5L);
    assertThat(products(joined, "step")).containsExactly(6L, 5L);
  }

  @Example
  void allFunctionsJoinAlike() {
    Program program =
        parsed(WEIGHTS + function("score", PRODUCTS, BOTH) + function("step", PRODUCTS, BOTH));
    Program joined = Join.apply(program, Observer.NONE);
    assertThat(products(joined, "score")).containsExactly(8L);
    assertThat(products(joined, "step")).containsExactly(8L);
  }

  @Example
  void tiedWeightsStayAsTheyAre() {
    String tied = WEIGHTS + "weight b.w: f32[2, 4] = constant value=0 tied a.k.w\n";
    var remarks = new Remarks();
    assertThat(products(Join.apply(program(tied, PRODUCTS, BOTH), remarks), "score"))
        .containsExactly(6L, 2L);
    assertThat(remarks.all())
        .extracting(Remark::text)
        .containsExactly("not joined with a.q.w: `a.k.w` is tied to another weight");
  }

  @Example
  void joiningAgainChangesNothing() {
    Program once = Join.apply(program(WEIGHTS, PRODUCTS, BOTH), Observer.NONE);
    assertThat(Join.apply(once, Observer.NONE)).isEqualTo(once);
  }

  private static String function(String name, String nodes, String outputs) {
    return "\nfunction %s(%%x x: f32[B, 4], %%y y: f32[B, 4]) {\n%s  return %s\n}\n"
        .formatted(name, nodes, outputs);
  }

  private static Program program(String weights, String nodes, String outputs) {
    return parsed(weights + function("score", nodes, outputs));
  }

  private static Program parsed(String text) {
    Program program = Parser.parse(text);
    assertThat(Verifier.verify(program, Origins.OPTIONAL)).isEmpty();
    return program;
  }

  private static List<Long> joined(String weights, String nodes, String outputs) {
    Program joined = Join.apply(program(weights, nodes, outputs), Observer.NONE);
    return products(joined, "score");
  }

  /// The widths of the products.
  private static List<Long> products(Program program, String function) {
    assertThat(Verifier.verify(program, Origins.OPTIONAL)).isEmpty();
    Function read = program.require(function);
    return read.nodes().stream()
        .filter(node -> node.op() instanceof Dot)
        .map(node -> read.of(node.result()).dim(1).size().getAsLong())
        .toList();
  }
}
