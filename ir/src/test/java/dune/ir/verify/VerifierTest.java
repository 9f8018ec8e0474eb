package dune.ir.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dune.ir.Function;
import dune.ir.Node;
import dune.ir.Origin;
import dune.ir.Program;
import dune.ir.Value;
import dune.ir.text.Parser;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VerifierTest {
  private static final String SAMPLE =
      """
      program Sample

      weight w: f32[4] = constant value=0
      weight v: f32[4] = constant value=0 tied w

      state keys: f32[B, 8, 4] = 0

      function step(%0 x: f32[B, T, 4], %1 slots: int[B, T], %2 first: f32[4]) dims S {
        %3: f32[4] = weight path=w type=f32[4]
        %4: f32[4] = add %2, %3
        append %0, %1 state=keys
        %5: f32[B, S, 4] = read_cache state=keys slots=S type=f32[B, S, 4]
        %6: f32[B, 8, 4] = read_state state=keys type=f32[B, 8, 4]
        write_state %6 state=keys
        %7: f32[4], %8: f32[3, 4] = scan steps=3 initial=[%4] {
          (%9: int[], %10: f32[4])
          %11: f32[4] = exp %10
          yield %11, %10
        }
        %12: f32[] = sum %4 axes=[0]
        %13: f32[4, 4] = broadcast %4 shape=[4, 4] axes=[1]
        %14: int[4, 2] = fill value=0 type=int[4, 2]
        %15: f32[4, 2, 4] = dispatch %13, %14 captures=[[%3], [%4]] {
          (%16: f32[rows, 4], %17: f32[4])
          %18: f32[rows, 4] = exp %16
          yield %18
        }
        penalty %12
        return y=%5, z=%7
      }
      """;

  private static List<String> problems(Program program) {
    return Verifier.verify(program, Origins.OPTIONAL).stream().map(Problem::message).toList();
  }

  @Test
  void acceptsTheSample() {
    assertThat(problems(Parser.parse(SAMPLE))).isEmpty();
    Verifier.require(Parser.parse(SAMPLE), Origins.OPTIONAL);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "%4: f32[4] = add | %4: f32[5] = add | %4 is recorded as f32[5], but is f32[4]",
        "read_cache state=keys | read_cache state=kyes | state kyes is not declared",
        "slots=S type=f32[B, S, 4] | slots=T type=f32[B, T, 4] | %5 is recorded as f32[B, S, 4],"
            + " but is f32[B, T, 4]",
        "read_state state=keys type=f32[B, 8, 4] | read_state state=keys type=f32[B, 7, 4] | state"
            + " keys is declared as f32[B, 8, 4]",
        "write_state %6 | write_state %5 | state keys is f32[B, 8, 4], written as f32[B, S, 4]",
        "state keys: f32[B, 8, 4] | state keys: f32[B, 8, 5] | cache keys is f32[B, 8, 5], used as"
            + " f32[B, T, 4]",
        "state keys: f32[B, 8, 4] | state keys: f32[8, 8, 4] | the first axis is not the rows:"
            + " f32[8, 8, 4]",
        "path=w | path=u | weight u is not declared",
        "weight w: f32[4] | weight w: f32[5] | weight w is declared as f32[5]",
        "weight w: f32[4] | weight w: f32[D] | a weight needs sizes in numbers: f32[D]",
        "tied w | tied u | tied to u, which is not declared",
        "tied w | tied v | tied to v, which is tied itself",
        "weight v: f32[4] | weight v: f32[5] | f32[5] tied to w, which is f32[4]",
        "weight v | weight w | is declared twice",
        "dims S | dims R | nothing gives `S` a size",
        "%1 slots | %1 x | two inputs are called x",
        "z=%7 | y=%7 | two outputs are called y",
        "penalty %12 | penalty %4 | penalty %4 is no number: f32[4]",
        "= exp %10 | = exp %4 | %4 is not visible",
        "yield %11, %10 | yield %4, %10 | the body gives %4 of elsewhere",
        "yield %11, %10 | yield %9, %10 | C2: the body gives [int[], f32[4]], not [f32[4]]",
        "sum %4 axes=[0] | sum %4 axes=[1] | C1: axes [1] of f32[4]",
        "(%16: f32[rows, 4] | (%16: f32[T, 4] | the rows of the body are called `T` like others",
      })
  void findsWhatIsWrong(String text, String broken, String message) {
    String source = SAMPLE.replace(text, broken);
    assertThat(source).isNotEqualTo(SAMPLE);
    assertThat(problems(Parser.parse(source))).contains(message);
  }

  private static final String WITH_TABLES =
      """
      program Sample

      weight w: f32[4] = constant value=0

      state keys: f32[B, 8, 4] = 0

      function tables() {
        %0: int[4] = iota size=4
        %1: f32[4] = cast %0 elem=f32
        %2: f32[] = constant value=2 elem=f32
        return cos=%1
      }

      function step(%0 x: f32[4]) {
        %1: f32[4] = prepared name=cos type=f32[4]
        %2: f32[4] = add %0, %1
        return y=%2
      }
      """;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "name=cos | name=sin | table sin is not made",
        "%1: f32[4] = prepared name=cos type=f32[4] | %1: f32[4] = prepared name=cos type=f16[4] |"
            + " table cos is made as f32[4]",
        "tables() | tables(%9 x: f32[]) | tables depend on the input x",
        "tables() | tables() dims S | tables depend on the size `S`",
        "return cos | penalty %2\\n  return cos | tables add nothing to a loss",
        "cast %0 elem=f32 | weight path=w type=f32[4] | tables depend on a weight",
        "cast %0 elem=f32 | random stream=a type=f32[4] | tables depend on chance",
        "cast %0 elem=f32 | prepared name=cos type=f32[4] | tables depend on themselves",
        "return cos | write_state %1 state=keys\\n  return cos | tables depend on state",
      })
  void tablesDependOnNothing(String text, String broken, String message) {
    assertThat(problems(Parser.parse(WITH_TABLES))).isEmpty();
    String source = WITH_TABLES.replace(text, broken.replace("\\n", "\n"));
    assertThat(source).isNotEqualTo(WITH_TABLES);
    assertThat(problems(Parser.parse(source))).contains(message);
  }

  @Test
  void findsAllProblemsAtOnce() {
    String source = SAMPLE.replace("path=w", "path=u").replace("penalty %12", "penalty %4");
    assertThat(problems(Parser.parse(source)))
        .containsExactly("weight u is not declared", "penalty %4 is no number: f32[4]");
    assertThatThrownBy(() -> Verifier.require(Parser.parse(source), Origins.OPTIONAL))
        .hasMessageContaining("function step: weight u is not declared\n")
        .hasMessageContaining("= weight path=u type=f32[4]");
  }

  @Test
  void bodiesMayNotTouchState() {
    String source =
        SAMPLE.replace(
            "yield %18",
            "%19: f32[B, 8, 4] = read_state state=keys type=f32[B, 8, 4]\n    yield %18");
    assertThat(problems(Parser.parse(source)))
        .containsExactly("a body may not touch the state of the program");
  }

  @Test
  void asksForOriginsWhereToldTo() {
    List<Problem> problems = Verifier.verify(Parser.parse(SAMPLE), Origins.REQUIRED);
    assertThat(problems).hasSize(13);
    assertThat(problems)
        .extracting(Problem::message)
        .containsOnly("does not say where it comes from");
  }

  @Test
  void findsUseBeforeDefinition() {
    Function step = Parser.parse(SAMPLE).require("step");
    var nodes = new ArrayList<>(step.nodes());
    nodes.addFirst(nodes.remove(1));
    assertThat(problems(with(step, nodes, step.outputs()))).containsExactly("%3 is not defined");
  }

  @Test
  void findsSecondDefinition() {
    Function step = Parser.parse(SAMPLE).require("step");
    var nodes = new ArrayList<>(step.nodes());
    nodes.add(nodes.get(0));
    assertThat(problems(with(step, nodes, step.outputs()))).containsExactly("%3 is defined twice");
  }

  @Test
  void findsMissingAndUntypedValues() {
    Function step = Parser.parse(SAMPLE).require("step");
    var outputs = List.of(new Function.Output("y", new Value(99)));
    assertThat(problems(with(step, step.nodes(), outputs)))
        .containsExactly("output y is %99, which is not defined");
    Node first = step.nodes().getFirst();
    var untyped = new ArrayList<>(step.nodes());
    untyped.add(new Node(List.of(new Value(50)), first.op(), Origin.NONE));
    assertThat(problems(with(step, untyped, step.outputs()))).containsExactly("%50 has no type");
  }

  private static Program with(Function step, List<Node> nodes, List<Function.Output> outputs) {
    Program sample = Parser.parse(SAMPLE);
    return new Program(
        sample.name(),
        sample.weights(),
        sample.states(),
        List.of(
            new Function(
                step.name(),
                step.inputs(),
                step.dims(),
                nodes,
                outputs,
                step.penalties(),
                step.types())));
  }
}
