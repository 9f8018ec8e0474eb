package dune.passes;

import static org.assertj.core.api.Assertions.assertThat;

import dune.ir.Contraction.Dot;
import dune.ir.Function;
import dune.ir.Node;
import dune.ir.Program;
import dune.ir.text.Parser;
import dune.ir.text.Printer;
import dune.passes.fuse.Fuse;
import dune.passes.fuse.Regions;
import dune.passes.model.Continuation;
import dune.passes.model.Sketch;
import dune.passes.model.SmallModel;
import dune.passes.model.SmallModels;
import dune.passes.pass.Observer;
import dune.passes.pass.RuleCounts;
import dune.passes.pass.Snapshots;
import dune.passes.simplify.Simplify;
import dune.passes.time.StepOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

final class CompilerTest {
  private static final StepOptions OPTIONS = new StepOptions(24, 3);
  private static final List<String> NEXT = List.of("next", Program.TABLES);
  private static final SmallModel MODEL =
      SmallModel.attending(
          List.of(OptionalInt.empty(), OptionalInt.of(5)), 2, SmallModel.Mixing.SOFTMAX);

  @Provide
  Arbitrary<Optimization> optimized() {
    return Arbitraries.of(Optimization.O1, Optimization.O2);
  }

  @Property(tries = 120, seed = "20260103", edgeCases = EdgeCasesMode.NONE)
  void optimizationKeepsTheNumbers(
      @ForAll(supplier = SmallModels.class) SmallModel model,
      @ForAll("optimized") Optimization optimization) {
    var plain =
        new Continuation(
            Compiler.compile(model.lower(), Optimization.O0, OPTIONS, Observer.NONE).program(), 5);
    var fast =
        new Continuation(
            Compiler.compile(model.lower(), optimization, OPTIONS, Observer.NONE).program(), 5);
    int[] tokens = new Random(1).ints(9, 0, SmallModel.VOCABULARY).toArray();
    double[][] expected = plain.score(tokens);
    double[][] found = fast.score(tokens);
    for (int t = 0; t < tokens.length; t++) {
      for (int v = 0; v < expected[t].length; v++) {
        assertThat(found[t][v])
            .isCloseTo(expected[t][v], org.assertj.core.data.Offset.offset(1e-12));
      }
    }
  }

  @Property(tries = 60, seed = "20260104", edgeCases = EdgeCasesMode.NONE)
  void aSecondRunChangesNothing(@ForAll(supplier = SmallModels.class) SmallModel model) {
    Program once =
        Compiler.compile(model.lower(), Optimization.O1, OPTIONS, Observer.NONE).program();
    var counts = new RuleCounts();
    Program twice = Simplify.apply(once, counts);
    assertThat(counts.counts()).isEmpty();
    String text = Printer.print(once);
    assertThat(Printer.print(twice)).isEqualTo(text);
    assertThat(Printer.print(Parser.parse(text))).isEqualTo(text);
  }

  @Property(tries = 60, seed = "20261127", edgeCases = EdgeCasesMode.NONE)
  void aSecondFusionChangesNothing(@ForAll(supplier = SmallModels.class) SmallModel model) {
    Program once =
        Compiler.compile(model.lower(), Optimization.O2, OPTIONS, Observer.NONE).program();
    String text = Printer.print(once);
    assertThat(Printer.print(Fuse.apply(once, Observer.NONE))).isEqualTo(text);
    assertThat(Printer.print(Regions.apply(once, Observer.NONE))).isEqualTo(text);
    assertThat(Printer.print(Parser.parse(text))).isEqualTo(text);
  }

  @Property(tries = 15, seed = "20261130", edgeCases = EdgeCasesMode.NONE)
  void whoWritesGetsTheSameFunction(
      @ForAll(supplier = SmallModels.class) SmallModel model,
      @ForAll("optimized") Optimization optimization) {
    Program all = Compiler.compile(model.lower(), optimization, OPTIONS, Observer.NONE).program();
    Program writing =
        Compiler.compile(model.lower(), optimization, OPTIONS, Use.WRITING, Observer.NONE)
            .program();
    assertThat(writing.functions())
        .extracting(Function::name)
        .isSubsetOf(all.function("next").isPresent() ? NEXT : List.of("score", Program.TABLES));
    String made = all.function("next").isPresent() ? "next" : "score";
    assertThat(untold(writing.require(made))).isEqualTo(untold(all.require(made)));
  }

  /// Without the numbers of tables, which count those of other functions too.
  private static String untold(Function function) {
    return Printer.print(function).replaceAll("table\\d+", "table");
  }

  @Example
  void whatTheLastStepDoesNotNeedIsNotComputed() {
    Program program =
        Compiler.compile(MODEL.lower(), Optimization.O1, OPTIONS, Observer.NONE).program();
    assertThat(productsOverSteps(program.require("step"), "layers.1"))
        .containsExactly(10, 10, 10, 13, 17, 19, 50, 50);
    // Keys and values of every step; queries, scores and all that follows of the last.
    assertThat(productsOverSteps(program.require("next"), "layers.1")).containsExactly(10, 10);
    assertThat(productsOverSteps(program.require("next"), "layers.0"))
        .isEqualTo(productsOverSteps(program.require("step"), "layers.0"));
    Function next = program.require("next");
    assertThat(next.of(next.outputs().getFirst().value()).shape().toString()).isEqualTo("[B, 13]");
  }

  /// The lines of the contractions in a layer whose result has every step.
  private static List<Integer> productsOverSteps(Function function, String path) {
    return function.nodes().stream()
        .filter(node -> node.op() instanceof Dot)
        .filter(node -> node.origin().path().startsWith(path))
        .filter(node -> function.of(node.result()).shape().dims().contains(Sketch.T))
        .map(node -> node.origin().line())
        .toList();
  }

  @Example
  void everyNodeSaysWhereItComesFrom() {
    Program program =
        Compiler.compile(MODEL.lower(), Optimization.O1, OPTIONS, Observer.NONE).program();
    for (Function function : program.functions()) {
      for (Node node : function.nodes()) assertThat(node.origin().place()).isNotEmpty();
    }
  }

  @Example
  void passesAreSeenByName() {
    var seen = new ArrayList<String>();
    Compiler.compile(
        MODEL.lower(),
        Optimization.O2,
        OPTIONS,
        new Snapshots(name -> true, (name, program) -> seen.add(name)));
    assertThat(seen).isEqualTo(Pipelines.names());
  }
}
