package dune.passes.rewrite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dune.ir.Elem;
import dune.ir.Elementwise.Cast;
import dune.ir.Elementwise.Unary;
import dune.ir.Elementwise.UnaryKind;
import dune.ir.Function;
import dune.ir.text.Parser;
import dune.ir.text.Printer;
import dune.passes.pass.Observer;
import dune.passes.pass.PassException;
import dune.passes.pass.RuleCounts;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class RewriterTest {

  private static Function parse(String function) {
    return Parser.parse("program P\n\n" + function).functions().getFirst();
  }

  private static Rule<Unary> rule(
      java.util.function.BiFunction<Unary, Match, Optional<dune.ir.Value>> rewrite) {
    return new Rule<>() {
      @Override
      public Class<Unary> root() {
        return Unary.class;
      }

      @Override
      public Optional<dune.ir.Value> rewrite(Unary op, Match match) {
        return rewrite.apply(op, match);
      }

      @Override
      public String name() {
        return "Sample";
      }
    };
  }

  private static final Rule<Unary> NEG_TO_ABS =
      rule(
          (op, match) ->
              op.kind() == UnaryKind.NEG
                  ? Optional.of(match.emit(new Unary(UnaryKind.ABS, op.x())))
                  : Optional.empty());

  @Test
  void newNodesComeFromWhereTheOldOnesCame() {
    Function before =
        parse(
            """
            function f(%0 x: f64[4]) {
              %1: f64[4] = exp %0  // model.dune:3:1 @layers.0
              %2: f64[4] = neg %1  // model.dune:4:9 @layers.1
              return y=%2
            }
            """);
    var counts = new RuleCounts();
    assertThat(Printer.print(new Rewriter(List.of(NEG_TO_ABS), counts).rewrite(before)))
        .isEqualTo(
            """
            function f(%0 x: f64[4]) {
              %1: f64[4] = exp %0  // model.dune:3:1 @layers.0
              %2: f64[4] = abs %1  // model.dune:4:9 @layers.1
              return y=%2
            }
            """);
    assertThat(counts.counts()).containsExactly(java.util.Map.entry("Sample", 1));
  }

  @Test
  void deadNodesGoAndEqualOnesAreJoined() {
    Function before =
        parse(
            """
            function f(%0 x: f64[4]) {
              %1: f64[4] = neg %0
              %2: f64[4] = exp %0
              %3: f64[4] = abs %0
              %4: f64[4] = add %1, %3
              return y=%4
            }
            """);
    assertThat(Printer.print(new Rewriter(List.of(NEG_TO_ABS), Observer.NONE).rewrite(before)))
        .isEqualTo(
            """
            function f(%0 x: f64[4]) {
              %1: f64[4] = abs %0
              %2: f64[4] = add %1, %1
              return y=%2
            }
            """);
  }

  @Test
  void bodiesAreRewrittenAndCaptureOnlyWhatTheyUse() {
    Function before =
        parse(
            """
            function f(%0 x: f64[4], %1 z: f64[4]) dims T {
              %2: f64[4], %3: f64[T, 4] = scan steps=T initial=[%0] captures=[%0, %1] {
                (%4: int[], %5: f64[4], %6: f64[4], %7: f64[4])
                %8: f64[4] = neg %7
                %9: f64[4] = exp %6
                %10: f64[4] = add %5, %8
                yield %10, %10
              }
              return y=%3
            }
            """);
    assertThat(Printer.print(new Rewriter(List.of(NEG_TO_ABS), Observer.NONE).rewrite(before)))
        .isEqualTo(
            """
            function f(%0 x: f64[4], %1 z: f64[4]) dims T {
              %2: f64[4], %3: f64[T, 4] = scan steps=T initial=[%0] captures=[%1] {
                (%4: int[], %5: f64[4], %6: f64[4])
                %7: f64[4] = abs %6
                %8: f64[4] = add %5, %7
                yield %8, %8
              }
              return y=%3
            }
            """);
  }

  @Test
  void writesStayAndReadsOfNobodyGo() {
    Function before =
        parse(
            """
            function f(%0 x: f64[B, 4]) {
              %1: f64[B, 4] = read_state state=s type=f64[B, 4]
              %2: f64[B, 4] = read_state state=t type=f64[B, 4]
              %3: f64[B, 4] = add %0, %1
              write_state %3 state=s
              return
            }
            """);
    assertThat(Printer.print(new Rewriter(List.of(), Observer.NONE).rewrite(before)))
        .isEqualTo(
            """
            function f(%0 x: f64[B, 4]) {
              %1: f64[B, 4] = read_state state=s type=f64[B, 4]
              %2: f64[B, 4] = add %0, %1
              write_state %2 state=s
              return
            }
            """);
  }

  private static final Function NEGATION =
      parse(
          """
          function f(%0 x: f64[4]) {
            %1: f64[4] = neg %0
            return y=%1
          }
          """);

  @Test
  void aRuleThatChangesTheTypeIsCaught() {
    Rule<Unary> narrows = rule((op, match) -> Optional.of(match.emit(new Cast(op.x(), Elem.F32))));
    assertThatThrownBy(() -> new Rewriter(List.of(narrows), Observer.NONE).rewrite(NEGATION))
        .isInstanceOf(PassException.class)
        .hasMessageStartingWith("Sample replaces ");
  }

  @Test
  void rulesThatNeverRestAreNamed() {
    Rule<Unary> turns =
        rule(
            (op, match) ->
                Optional.of(
                    match.emit(
                        new Unary(
                            op.kind() == UnaryKind.NEG ? UnaryKind.ABS : UnaryKind.NEG, op.x()))));
    assertThatThrownBy(() -> new Rewriter(List.of(turns), Observer.NONE).rewrite(NEGATION))
        .isInstanceOf(PassException.class)
        .hasMessage("rules still fire in `f` after 32 sweeps: [Sample]");
  }
}
