package dune.backend.torch.emit;

import dune.ir.Contraction;
import dune.ir.Control;
import dune.ir.Elem;
import dune.ir.Elementwise;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Elementwise.UnaryKind;
import dune.ir.FunctionBuilder;
import dune.ir.Indexing;
import dune.ir.Layout;
import dune.ir.Origin;
import dune.ir.Region;
import dune.ir.Shape;
import dune.ir.Source;
import dune.ir.Stateful;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.dim.Dim;
import dune.ir.interpret.Array;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Cases of operations with a body, and of operations on state.
final class ControlCases {
  private static final Dim T = Dim.named("T");
  private static final Dim S = Dim.named("S");

  private ControlCases() {}

  static void add(List<OperationsTest.Case> cases, Elem elem) {
    control(cases, elem);
    state(cases, elem);
    FusedCases.add(cases, elem);
  }

  private static void control(List<OperationsTest.Case> cases, Elem elem) {
    OperationsTest.add(
        cases,
        "scan " + elem,
        s -> {
          Value x = s.input(elem, "B T 2");
          Value weight = s.weight(elem, "2");
          Type state = SampleBuilder.type(elem, "B 2");
          Value zeros = s.emit(new Source.Fill(0, state));
          FunctionBuilder body = s.builder.region(List.of(Type.scalar(Elem.INT), state, state));
          Value step = body.arguments().get(0);
          Value before = body.arguments().get(1);
          Value older = body.arguments().get(2);
          Value now = body.emit(new Indexing.Gather(x, step, 1, 0), Origin.NONE);
          Value wide =
              body.emit(
                  new Layout.Broadcast(weight, state.shape(), OperationsTest.l(1)), Origin.NONE);
          Value decayed =
              body.emit(new Elementwise.Binary(BinaryKind.MUL, before, wide), Origin.NONE);
          Value next = body.emit(new Elementwise.Binary(BinaryKind.ADD, decayed, now), Origin.NONE);
          Value sum = body.emit(new Elementwise.Binary(BinaryKind.ADD, next, older), Origin.NONE);
          Value time = body.emit(new Elementwise.Cast(step, elem), Origin.NONE);
          // The states are handed on crosswise, so none may be replaced too early.
          Region region = body.buildRegion(List.of(next, before, sum, time));
          s.output(
              s.emitAll(new Control.Scan(T, List.of(zeros, zeros), body.captured(), region))
                  .toArray(Value[]::new));
        });
    for (Dim steps : List.of(Dim.ZERO, T.minus(Dim.ONE), T.minus(Dim.of(3)))) {
      OperationsTest.add(
          cases,
          "scan of " + steps + " steps " + elem,
          s -> {
            Value x = s.input(elem, "B T");
            Value zero = s.emit(new Source.Constant(0, elem));
            FunctionBuilder body =
                s.builder.region(List.of(Type.scalar(Elem.INT), Type.scalar(elem)));
            Value step = body.arguments().get(0);
            Value now = body.emit(new Indexing.Gather(x, step, 1, 0), Origin.NONE);
            Region region = body.buildRegion(List.of(body.arguments().get(1), now));
            s.output(
                s.emitAll(new Control.Scan(steps, List.of(zero), body.captured(), region))
                    .toArray(Value[]::new));
          });
    }
    dispatch(cases, elem, false);
    dispatch(cases, elem, true);
    fused(cases, elem);
  }

  private static void dispatch(List<OperationsTest.Case> cases, Elem elem, boolean weighed) {
    OperationsTest.add(
        cases,
        (weighed ? "weighed dispatch " : "dispatch ") + elem,
        s -> {
          Value x = s.input(elem, "B T 4");
          Value choice =
              s.input(
                  SampleBuilder.type(Elem.INT, "B T 2"),
                  Array.ints(new long[] {2, 3, 2}, 0, 4, 4, 1, 1, 0, 4, 0, 1, 4, 0, 1));
          Value scale = s.input(elem, "3");
          var captures = new ArrayList<List<Value>>();
          Value common = s.weight(elem, "3");
          for (int expert = 0; expert < 5; expert++) {
            captures.add(List.of(s.weight(elem, "3 4"), common));
          }
          Dim rows = Dim.named("rows");
          FunctionBuilder body =
              s.builder.region(
                  List.of(
                      Type.of(elem, rows, Dim.of(4)),
                      SampleBuilder.type(elem, "3 4"),
                      SampleBuilder.type(elem, "3"),
                      SampleBuilder.type(elem, "3")));
          List<Value> arguments = body.arguments();
          Value product =
              body.emit(
                  new Contraction.Dot(
                      arguments.get(0),
                      arguments.get(1),
                      OperationsTest.l(),
                      OperationsTest.l(),
                      OperationsTest.l(1),
                      OperationsTest.l(1),
                      Optional.of(arguments.get(2))),
                  Origin.NONE);
          Shape shape = Shape.of(rows, Dim.of(3));
          Value wide =
              body.emit(
                  new Layout.Broadcast(arguments.get(3), shape, OperationsTest.l(1)), Origin.NONE);
          Value scaled =
              body.emit(new Elementwise.Binary(BinaryKind.MUL, product, wide), Origin.NONE);
          // Twice the rows, as a size that only the body knows.
          Value doubled = body.emit(new Layout.Concat(List.of(scaled, scaled), 0), Origin.NONE);
          Value half = body.emit(new Layout.Slice(doubled, 0, rows, rows, 1), Origin.NONE);
          Region region = body.buildRegion(List.of(half));
          var dispatch = new Control.Dispatch(x, choice, captures, List.of(scale), region);
          s.output(s.emit(weighed ? dispatch.weighedBy(s.input(elem, "B T 2")) : dispatch));
        });
  }

  private static void fused(List<OperationsTest.Case> cases, Elem elem) {
    OperationsTest.add(
        cases,
        "fused " + elem,
        s -> {
          Value x = s.input(elem, "B T 4");
          Value number = s.emit(new Source.Constant(0.5, elem));
          FunctionBuilder body = s.builder.region(List.of(s.builder.of(x), Type.scalar(elem)));
          Value own = body.arguments().getFirst();
          Value bent = body.emit(new Elementwise.Unary(UnaryKind.TANH, own), Origin.NONE);
          Value scaled =
              body.emit(
                  new Elementwise.Binary(BinaryKind.MUL, bent, body.arguments().get(1)),
                  Origin.NONE);
          Region region = body.buildRegion(List.of(scaled, bent));
          s.output(
              s.emitAll(new Control.Fused(Control.FusedKind.REGION, List.of(x, number), region))
                  .toArray(Value[]::new));
        });
  }

  private static void state(List<OperationsTest.Case> cases, Elem elem) {
    OperationsTest.add(
        cases,
        "state " + elem,
        s -> {
          Value x = s.input(elem, "B T");
          String state = s.state(elem, "B T", 0.5);
          Value before = s.emit(new Stateful.ReadState(state, SampleBuilder.type(elem, "B T")));
          Value after = s.emit(new Elementwise.Binary(BinaryKind.ADD, before, x));
          s.emitAll(new Stateful.WriteState(state, after));
          Value read = s.emit(new Stateful.ReadState(state, SampleBuilder.type(elem, "B T")));
          s.output(before, read);
        });
    OperationsTest.add(
        cases,
        "cache " + elem,
        s -> {
          Value x = s.input(elem, "B T 2");
          Value slots =
              s.input(
                  SampleBuilder.type(Elem.INT, "B T"),
                  Array.ints(new long[] {2, 3}, 4, 0, 1, 2, 5, 3));
          String state = s.state(elem, "B 6 2", -1);
          Type read = SampleBuilder.type(elem, "B S 2");
          Value before = s.emit(new Stateful.ReadCache(state, S, read));
          s.emitAll(new Stateful.Append(state, x, slots));
          Value after = s.emit(new Stateful.ReadCache(state, S, read));
          s.output(before, after);
        },
        "S");
  }
}
