package dune.passes;

import static org.assertj.core.api.Assertions.assertThat;

import dune.ir.Elementwise.Unary;
import dune.ir.Elementwise.UnaryKind;
import dune.ir.Function;
import dune.ir.Node;
import dune.ir.Origin;
import dune.ir.Program;
import dune.ir.Source;
import dune.ir.interpret.Array;
import dune.ir.interpret.Interpreter;
import dune.ir.interpret.StateStore;
import dune.ir.text.Parser;
import dune.ir.text.Printer;
import dune.ir.verify.Origins;
import dune.ir.verify.Verifier;
import dune.passes.model.RandomPositions;
import dune.passes.model.SmallModel;
import dune.passes.pass.Observer;
import dune.passes.pass.Remark;
import dune.passes.tabulate.Tabulate;
import dune.passes.time.StepOptions;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/// What depends on positions alone is looked up, and nothing else is.
final class TabulateTest {
  private static final long CAPACITY = 6;

  /// Programs that compute this and that of positions, tokens and sizes.
  @Property(tries = 150, seed = "20261130", edgeCases = EdgeCasesMode.NONE)
  void lookupsKeepTheNumbers(@ForAll long seed) {
    Program before = RandomPositions.program(seed);
    Verifier.require(before, Origins.REQUIRED);
    Program after = Tabulate.apply(CAPACITY, before, Observer.NONE);
    Verifier.require(after, Origins.REQUIRED);
    assertThat(Tabulate.apply(CAPACITY, after, Observer.NONE)).isEqualTo(after);
    String text = Printer.print(after);
    assertThat(Printer.print(Parser.parse(text))).isEqualTo(text);
    var random = new Random(seed);
    var one = new Interpreter(before, TabulateTest::noWeight);
    var other = new Interpreter(after, TabulateTest::noWeight);
    for (int steps : new int[] {1, 3}) {
      Map<String, Array> inputs = RandomPositions.inputs(random, steps, (int) CAPACITY);
      Map<String, Long> dims = Map.of("S", CAPACITY);
      var expected = one.run("step", inputs, dims, new StateStore()).outputs();
      var found = other.run("step", inputs, dims, new StateStore()).outputs();
      expected.forEach(
          (name, array) ->
              assertThat(found.get(name).data()).as(text).containsExactly(array.data()));
    }
  }

  private static Array noWeight(String path) {
    throw new AssertionError("no weight " + path);
  }

  /// So that the property above means something.
  @Example
  void manyRandomProgramsHaveTables() {
    long tables =
        new Random(1)
            .longs(40)
            .filter(
                seed ->
                    Tabulate.apply(CAPACITY, RandomPositions.program(seed), Observer.NONE)
                        .tables()
                        .isPresent())
            .count();
    assertThat(tables).isGreaterThan(15);
  }

  @Example
  void aModelTurnsByTables() {
    for (Optimization level : List.of(Optimization.O1, Optimization.O2)) {
      Compiled compiled = compile(level, 24);
      Program program = compiled.program();
      Function tables = program.tables().orElseThrow();
      assertThat(count(tables, UnaryKind.COS)).isOne();
      assertThat(count(tables, UnaryKind.SIN)).isOne();
      assertThat(tables.outputs().stream().map(Function.Output::name))
          .containsExactly("layers.0.attn.table0", "layers.0.attn.table1");
      for (String name : List.of("step", "next")) {
        Function function = program.require(name);
        assertThat(count(function, UnaryKind.COS) + count(function, UnaryKind.SIN)).isZero();
        List<Node> read =
            function.nodes().stream().filter(node -> node.op() instanceof Source.Prepared).toList();
        assertThat(read).hasSize(2);
        assertThat(read).noneMatch(node -> node.origin().equals(Origin.NONE));
      }
      // Both stand on one line.
      assertThat(remarks(compiled)).containsExactly("computed once, as a table of f64[24, 2]");
    }
    assertThat(compile(Optimization.O0, 24).program().tables()).isEmpty();
  }

  @Example
  void aTableIsSmallBesideTheWeights() {
    Compiled compiled = compile(Optimization.O1, 1 << 20);
    assertThat(compiled.program().tables()).isEmpty();
    assertThat(remarks(compiled)).isNotEmpty().allMatch(text -> text.startsWith("no table: "));
  }

  private static Compiled compile(Optimization level, long capacity) {
    var model =
        SmallModel.attending(
            List.of(OptionalInt.empty(), OptionalInt.of(5)), 2, SmallModel.Mixing.SOFTMAX);
    return Compiler.compile(model.lower(), level, new StepOptions(capacity, 3), Observer.NONE);
  }

  private static List<String> remarks(Compiled compiled) {
    return compiled.remarks().stream()
        .filter(remark -> remark.pass().equals(Tabulate.PASS))
        .map(Remark::text)
        .toList();
  }

  private static long count(Function function, UnaryKind kind) {
    return function.nodes().stream()
        .filter(node -> node.op() instanceof Unary unary && unary.kind() == kind)
        .count();
  }

  /// Training has whole sequences, and no positions of rows.
  @Example
  void aLossHasNoTables() {
    var model = SmallModel.attending(List.of(OptionalInt.empty()), 2, SmallModel.Mixing.SOFTMAX);
    Program loss =
        Compiler.compileLoss(model.lower(), Optimization.O2, 24, Observer.NONE).program();
    assertThat(loss.tables()).isEmpty();
  }
}
