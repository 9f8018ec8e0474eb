package dune.ir.interpret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dune.ir.Control;
import dune.ir.Elem;
import dune.ir.Elementwise.Binary;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Function;
import dune.ir.FunctionBuilder;
import dune.ir.Initializer;
import dune.ir.Layout;
import dune.ir.Origin;
import dune.ir.Program;
import dune.ir.Region;
import dune.ir.Source;
import dune.ir.State;
import dune.ir.Stateful;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.Weight;
import dune.ir.dim.Dim;
import dune.ir.text.Parser;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// Calls, state and bodies.
class InterpreterTest {
  private static final Dim B = Dim.named("B");
  private static final Dim T = Dim.named("T");
  private static final Dim S = Dim.named("S");

  private static Program program(List<Weight> weights, List<State> states, Function function) {
    return new Program("test", weights, states, List.of(function));
  }

  private static Function function(FunctionBuilder builder, List<String> dims, Value... results) {
    var outputs = new java.util.ArrayList<Function.Output>();
    for (Value result : results) outputs.add(new Function.Output("y" + outputs.size(), result));
    return builder.build("f", dims, outputs, List.of());
  }

  private static Array noWeight(String path) {
    throw new AssertionError("no weight " + path);
  }

  @Test
  void dimensionsComeFromInputs() {
    var builder = new FunctionBuilder();
    Value x = builder.input("x", Type.of(Elem.F32, B, T));
    Value flat =
        builder.emit(new Layout.Reshape(x, Type.of(Elem.F32, B.times(T)).shape()), Origin.NONE);
    Program program = program(List.of(), List.of(), function(builder, List.of(), flat));

    Array six = Array.of(Elem.F32, new long[] {2, 3}, 1, 2, 3, 4, 5, 6);
    assertThat(Interpreter.run(program, "f", Map.of("x", six), InterpreterTest::noWeight).only())
        .isEqualTo(six.reshape(6));
    Array none = Array.of(Elem.F32, new long[] {2, 0});
    assertThat(
            Interpreter.run(program, "f", Map.of("x", none), InterpreterTest::noWeight)
                .only()
                .shape())
        .containsExactly(0);
  }

  @Test
  void inputsThatDoNotFitAreRefused() {
    var builder = new FunctionBuilder();
    Value x = builder.input("x", Type.of(Elem.F32, B, B));
    Program program = program(List.of(), List.of(), function(builder, List.of(), x));

    assertThatThrownBy(
            () ->
                Interpreter.run(
                    program,
                    "f",
                    Map.of("x", Array.filled(Elem.F32, new long[] {2, 3}, 0)),
                    InterpreterTest::noWeight))
        .hasMessageContaining("input `x` is f32[B, B], given f32[2, 3]");
    assertThatThrownBy(() -> Interpreter.run(program, "f", Map.of(), InterpreterTest::noWeight))
        .hasMessageContaining("no input `x`");
  }

  @Test
  void historyWithoutStateIsTheStepsOfThisCall() {
    var builder = new FunctionBuilder();
    Value x = builder.input("x", Type.of(Elem.F32, B, T));
    Value positions = builder.emit(new Source.Position(S), Origin.NONE);
    Value keys = builder.emit(new Layout.History(x, 1, S), Origin.NONE);
    Program program = program(List.of(), List.of(), function(builder, List.of(), positions, keys));

    Array steps = Array.of(Elem.F32, new long[] {1, 3}, 7, 8, 9);
    var outputs =
        Interpreter.run(program, "f", Map.of("x", steps), InterpreterTest::noWeight).outputs();
    assertThat(outputs)
        .containsEntry("y0", Array.ints(new long[] {3}, 0, 1, 2))
        .containsEntry("y1", steps);
  }

  @Test
  void tiedWeightsAreOne() {
    var builder = new FunctionBuilder();
    Type type = Type.of(Elem.F32, Dim.of(2));
    Value tied = builder.emit(new Source.Weight("head", type), Origin.NONE);
    var weights =
        List.of(
            new Weight("embed", type, new Initializer.Constant(0), Optional.empty(), Origin.NONE),
            new Weight(
                "head", type, new Initializer.Constant(0), Optional.of("embed"), Origin.NONE));
    Program program = program(weights, List.of(), function(builder, List.of(), tied));

    Array given = Array.of(Elem.F32, new long[] {2}, 3, 4);
    assertThat(
            Interpreter.run(
                    program, "f", Map.of(), path -> path.equals("embed") ? given : noWeight(path))
                .only())
        .isEqualTo(given);
  }

  @Test
  void tablesAreComputedByAFunctionOfTheirOwn() {
    Program program =
        Parser.parse(
            """
            program Sample

            function tables() {
              %0: int[3] = iota size=3
              %1: int[3] = mul %0, %0
              return lines=%0, "squares, of lines"=%1
            }

            function f(%0 at: int[T]) {
              %1: int[3] = prepared name="squares, of lines" type=int[3]
              %2: int[T] = gather %1, %0 axis=0 batch=0
              return y=%2
            }
            """);
    var interpreter = new Interpreter(program, InterpreterTest::noWeight);
    for (long[] at : new long[][] {{2}, {1, 2, 0}}) {
      Array indices =
          Array.of(Elem.INT, new long[] {at.length}, LongStream.of(at).asDoubleStream().toArray());
      double[] squares = LongStream.of(at).mapToDouble(one -> one * one).toArray();
      assertThat(
              interpreter.run("f", Map.of("at", indices), Map.of(), new StateStore()).only().data())
          .containsExactly(squares);
    }
  }

  @Test
  void scanHandsOnItsStateAndStacksValues() {
    var builder = new FunctionBuilder();
    Value initial = builder.input("initial", Type.scalar(Elem.INT));
    Value factor = builder.input("factor", Type.scalar(Elem.INT));
    FunctionBuilder inner = builder.region(List.of(Type.scalar(Elem.INT), Type.scalar(Elem.INT)));
    Value step = inner.arguments().get(0);
    Value state = inner.arguments().get(1);
    Value added = inner.emit(new Binary(BinaryKind.MUL, step, factor), Origin.NONE);
    Value next = inner.emit(new Binary(BinaryKind.ADD, state, added), Origin.NONE);
    Region body = inner.buildRegion(List.of(next, next));
    List<Value> results =
        builder.emitAll(
            new Control.Scan(Dim.named("N"), List.of(initial), inner.captured(), body),
            Origin.NONE);
    Program program =
        program(
            List.of(), List.of(), function(builder, List.of("N"), results.toArray(Value[]::new)));
    var interpreter = new Interpreter(program, InterpreterTest::noWeight);
    Map<String, Array> inputs =
        Map.of("initial", Array.scalar(Elem.INT, 1), "factor", Array.scalar(Elem.INT, 10));

    assertThat(interpreter.run("f", inputs, Map.of("N", 4L), new StateStore()).outputs())
        .containsEntry("y0", Array.scalar(Elem.INT, 61))
        .containsEntry("y1", Array.ints(new long[] {4}, 1, 11, 31, 61));
    assertThat(interpreter.run("f", inputs, Map.of("N", 0L), new StateStore()).outputs())
        .as("a scan of no steps gives back what it began with")
        .containsEntry("y0", Array.scalar(Elem.INT, 1))
        .containsEntry("y1", Array.ints(new long[] {0}));
  }

  @Test
  void dispatchRunsTheChosenExperts() {
    // Expert e multiplies by factors[e]; all add the same term.
    var builder = new FunctionBuilder();
    Dim two = Dim.of(2);
    Value x = builder.input("x", Type.of(Elem.F32, T, two));
    Value choice = builder.input("choice", Type.of(Elem.INT, T, Dim.of(3)));
    Value ten = builder.input("ten", Type.scalar(Elem.F32));
    Value hundred = builder.input("hundred", Type.scalar(Elem.F32));
    Value term = builder.input("term", Type.scalar(Elem.F32));
    FunctionBuilder inner =
        builder.region(
            List.of(
                Type.of(Elem.F32, Dim.named("rows"), two),
                Type.scalar(Elem.F32),
                Type.scalar(Elem.F32)));
    List<Value> arguments = inner.arguments();
    Value scaled =
        inner.emit(new Binary(BinaryKind.MUL, arguments.get(0), arguments.get(1)), Origin.NONE);
    Value moved = inner.emit(new Binary(BinaryKind.ADD, scaled, arguments.get(2)), Origin.NONE);
    Region body = inner.buildRegion(List.of(moved));
    Value result =
        builder.emit(
            new Control.Dispatch(
                x, choice, List.of(List.of(ten), List.of(hundred)), List.of(term), body),
            Origin.NONE);
    Program program = program(List.of(), List.of(), function(builder, List.of(), result));

    Array output =
        Interpreter.run(
                program,
                "f",
                Map.of(
                    "x", Array.of(Elem.F32, new long[] {2, 2}, 1, 2, 3, 4),
                    "choice", Array.ints(new long[] {2, 3}, 0, 1, 0, 1, 1, 1),
                    "ten", Array.scalar(Elem.F32, 10),
                    "hundred", Array.scalar(Elem.F32, 100),
                    "term", Array.scalar(Elem.F32, 0.5)),
                InterpreterTest::noWeight)
            .only();
    assertThat(output)
        .isEqualTo(
            Array.of(
                Elem.F32,
                new long[] {2, 3, 2},
                10.5,
                20.5,
                100.5,
                200.5,
                10.5,
                20.5,
                300.5,
                400.5,
                300.5,
                400.5,
                300.5,
                400.5));
  }

  @Test
  void stateIsKeptBetweenCalls() {
    var builder = new FunctionBuilder();
    Type type = Type.of(Elem.F32, B);
    Value x = builder.input("x", type);
    Value before = builder.emit(new Stateful.ReadState("sum", type), Origin.NONE);
    Value after = builder.emit(new Binary(BinaryKind.ADD, before, x), Origin.NONE);
    builder.emitAll(new Stateful.WriteState("sum", after), Origin.NONE);
    Value again = builder.emit(new Stateful.ReadState("sum", type), Origin.NONE);
    Program program =
        program(
            List.of(),
            List.of(new State("sum", type, 100)),
            function(builder, List.of(), before, again));
    var interpreter = new Interpreter(program, InterpreterTest::noWeight);
    var states = new StateStore();
    Map<String, Array> inputs = Map.of("x", Array.of(Elem.F32, new long[] {2}, 1, 2));

    interpreter.run("f", inputs, Map.of(), states);
    StateStore copy = states.copy();
    interpreter.run("f", inputs, Map.of(), states);
    assertThat(states.get("sum")).contains(Array.of(Elem.F32, new long[] {2}, 102, 104));
    assertThat(copy.get("sum")).contains(Array.of(Elem.F32, new long[] {2}, 101, 102));
  }

  @Test
  void cachesAreWrittenAtTheSlotsOfEachStep() {
    var builder = new FunctionBuilder();
    Type type = Type.of(Elem.F32, B, Dim.of(3));
    Value x = builder.input("x", Type.of(Elem.F32, B, T));
    Value where = builder.input("slots", Type.of(Elem.INT, B, T));
    builder.emitAll(new Stateful.Append("keys", x, where), Origin.NONE);
    Value read =
        builder.emit(new Stateful.ReadCache("keys", S, Type.of(Elem.F32, B, S)), Origin.NONE);
    Program program =
        program(
            List.of(), List.of(new State("keys", type, 0)), function(builder, List.of("S"), read));

    Array slots =
        new Interpreter(program, InterpreterTest::noWeight)
            .run(
                "f",
                Map.of(
                    "x", Array.of(Elem.F32, new long[] {2, 2}, 1, 2, 3, 4),
                    "slots", Array.ints(new long[] {2, 2}, 0, 1, 2, 0)),
                Map.of("S", 3L),
                new StateStore())
            .only();
    assertThat(slots).isEqualTo(Array.of(Elem.F32, new long[] {2, 3}, 1, 2, 0, 4, 0, 3));
  }
}
