package dune.passes.pass;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dune.ir.Elem;
import dune.ir.Elementwise.Unary;
import dune.ir.Elementwise.UnaryKind;
import dune.ir.Function;
import dune.ir.FunctionBuilder;
import dune.ir.Layout.History;
import dune.ir.Node;
import dune.ir.Origin;
import dune.ir.Program;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PassManagerTest {
  private static final Origin HERE = new Origin("model.dune", 1, 1, "");

  private static Program program(Origin origin) {
    var builder = new FunctionBuilder();
    Value x = builder.input("x", Type.of(Elem.F64, Dim.named("B"), Dim.named("T")));
    Value y = builder.emit(new Unary(UnaryKind.EXP, x), origin);
    Value z = builder.emit(new History(y, 1, Dim.named("S")), origin);
    return new Program(
        "P",
        List.of(),
        List.of(),
        List.of(
            builder.build("forward", List.of(), List.of(new Function.Output("z", z)), List.of())));
  }

  private static Pass pass(String name, Stage after, Pass.Transformation transformation) {
    return new Pass(name, "for this test", Stage.WRITTEN, after, transformation);
  }

  private static Pass idle(String name) {
    return pass(name, Stage.WRITTEN, (program, observer) -> program);
  }

  private static Program withNodes(Program program, List<Node> nodes) {
    Function f = program.functions().getFirst();
    return new Program(
        program.name(),
        program.weights(),
        program.states(),
        List.of(
            new Function(
                f.name(), f.inputs(), f.dims(), nodes, f.outputs(), f.penalties(), f.types())));
  }

  @Test
  void passesRunInOrderAndAreWatched() {
    var heard = new ArrayList<String>();
    Observer watch =
        new Observer() {
          @Override
          public void began(Pass pass, Program program) {
            heard.add("began " + pass.name());
          }

          @Override
          public void ended(Pass pass, Program program, Duration time) {
            heard.add("ended " + pass.name());
          }

          @Override
          public void remarked(Remark remark) {
            heard.add(remark.toString());
          }
        };
    var timings = new Timings();
    var printed = new ArrayList<String>();
    var snapshots = new Snapshots("second"::equals, (pass, program) -> printed.add(pass));
    Pass tells =
        pass(
            "second",
            Stage.WRITTEN,
            (program, observer) -> {
              observer.remarked(new Remark("second", HERE, "is told"));
              return program;
            });
    new PassManager(List.of(idle("first"), tells), Observer.all(List.of(watch, timings, snapshots)))
        .run(program(HERE));
    assertThat(heard)
        .containsExactly(
            "began first", "ended first", "began second", "model.dune:1: is told", "ended second");
    assertThat(timings.all()).extracting(Timings.Timing::pass).containsExactly("first", "second");
    assertThat(printed).containsExactly("second");
  }

  @Test
  void anIllFormedResultNamesThePass() {
    Pass drops =
        pass(
            "drop-first",
            Stage.WRITTEN,
            (program, observer) -> {
              List<Node> nodes = program.functions().getFirst().nodes();
              return withNodes(program, nodes.subList(1, nodes.size()));
            });
    assertThatThrownBy(() -> new PassManager(List.of(drops), Observer.NONE).run(program(HERE)))
        .isInstanceOf(PassException.class)
        .hasMessageContaining("`drop-first` broke the program");
  }

  @Test
  void anOriginThatGetsLostNamesThePass() {
    Pass forgets =
        pass(
            "forget",
            Stage.WRITTEN,
            (program, observer) ->
                withNodes(
                    program,
                    program.functions().getFirst().nodes().stream()
                        .map(node -> new Node(node.results(), node.op(), Origin.NONE))
                        .toList()));
    assertThatThrownBy(() -> new PassManager(List.of(forgets), Observer.NONE).run(program(HERE)))
        .isInstanceOf(PassException.class)
        .hasMessageContaining("`forget` broke the program");
    // A program without origins has none to lose.
    new PassManager(List.of(forgets), Observer.NONE).run(program(Origin.NONE));
  }

  @Test
  void operationsOfAnotherStageAreRefused() {
    Pass claims = pass("claim", Stage.DERIVED, (program, observer) -> program);
    assertThatThrownBy(() -> new PassManager(List.of(claims), Observer.NONE).run(program(HERE)))
        .isInstanceOf(PassException.class)
        .hasMessageContaining("`claim` left history");
  }

  @Test
  void aPassThatFailsSaysOnWhat() {
    Pass fails =
        pass(
            "fail",
            Stage.WRITTEN,
            (program, observer) -> {
              throw new IllegalStateException("lost");
            });
    Program given = program(HERE);
    assertThatThrownBy(
            () -> new PassManager(List.of(idle("first"), fails), Observer.NONE).run(given))
        .isInstanceOfSatisfying(
            PassException.class,
            failure -> assertThat(failure.reproducer()).contains(new Reproducer(fails, given)))
        .hasMessageContaining("`fail` failed")
        .hasMessageContaining("lost")
        .hasCauseInstanceOf(IllegalStateException.class);
  }

  @Test
  void passesMustFitTogether() {
    Pass derives = pass("derive", Stage.DERIVED, (program, observer) -> program);
    assertThatThrownBy(() -> new PassManager(List.of(derives, idle("late")), Observer.NONE))
        .isInstanceOf(PassException.class)
        .hasMessage("`late` takes WRITTEN programs, but `derive` makes DERIVED");
  }
}
