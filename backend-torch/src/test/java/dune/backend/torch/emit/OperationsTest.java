package dune.backend.torch.emit;

import static org.assertj.core.api.Assertions.assertThat;

import dune.backend.torch.TorchBackend;
import dune.backend.torch.run.DeviceRequest;
import dune.backend.torch.run.Tensor;
import dune.ir.Contraction;
import dune.ir.Contraction.ReduceKind;
import dune.ir.Control;
import dune.ir.Elem;
import dune.ir.Elementwise;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Elementwise.UnaryKind;
import dune.ir.Function;
import dune.ir.FunctionBuilder;
import dune.ir.Indexing;
import dune.ir.Layout;
import dune.ir.Node;
import dune.ir.Op;
import dune.ir.Origin;
import dune.ir.Program;
import dune.ir.Region;
import dune.ir.Shape;
import dune.ir.Source;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.dim.Dim;
import dune.ir.interpret.Array;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Every operation, on libtorch and on the interpreter.
@Tag("torch")
class OperationsTest {
  private static final Dim B = Dim.named("B");
  private static final Dim T = Dim.named("T");
  private static final List<Elem> FLOATS = List.of(Elem.F64, Elem.F32, Elem.BF16, Elem.F16);

  record Case(SampleBuilder sample, Program program) {}

  @TestFactory
  Stream<DynamicTest> agreeWithTheInterpreter() {
    var all = cases();
    for (Elem elem : List.of(Elem.F32, Elem.BF16)) AttentionCases.addLong(all, elem);
    return all.stream().map(each -> DynamicTest.dynamicTest(each.sample().name, () -> check(each)));
  }

  private static void check(Case each) {
    try (var both = new Comparison(each.program(), each.sample().weights)) {
      both.begin("forward", each.sample().inputs, SampleBuilder.SIZES);
      // Twice, so that state is read back.
      both.check("forward", each.sample().inputs, SampleBuilder.SIZES);
      if (!each.program().states().isEmpty()) {
        both.check("forward", each.sample().inputs, SampleBuilder.SIZES);
      }
    }
  }

  /// Random numbers cannot be compared; {@link #randomNumbersLieBetweenZeroAndOne} looks at their
  /// range.
  @Test
  void everyOperationHasACase() {
    Set<Class<?>> covered = new LinkedHashSet<>();
    for (Case each : cases()) {
      each.program().functions().forEach(function -> collect(function.nodes(), covered));
    }
    covered.add(Source.Random.class);
    assertThat(leaves(Op.class)).allSatisfy(op -> assertThat(covered).contains(op));
  }

  @Test
  void randomNumbersLieBetweenZeroAndOne() {
    var s = new SampleBuilder("random");
    s.output(s.emit(new Source.Random("here", SampleBuilder.type(Elem.F32, "1000"))));
    try (var program =
            TorchBackend.load(
                TorchBackend.emit(s.program()), _ -> MemorySegment.NULL, DeviceRequest.CPU);
        var call = program.prepare("forward");
        Tensor numbers = call.run().getFirst()) {
      double sum = 0;
      for (double number : numbers.toDoubles()) {
        assertThat(number).isGreaterThanOrEqualTo(0).isLessThan(1);
        sum += number;
      }
      assertThat(sum / 1000).isBetween(0.45, 0.55);
    }
  }

  private static void collect(List<Node> nodes, Set<Class<?>> into) {
    for (Node node : nodes) {
      into.add(node.op().getClass());
      if (node.op() instanceof Control control) collect(control.body().nodes(), into);
    }
  }

  private static List<Class<?>> leaves(Class<?> type) {
    if (!type.isSealed()) return List.of(type);
    return Stream.of(type.getPermittedSubclasses()).flatMap(each -> leaves(each).stream()).toList();
  }

  static List<Case> cases() {
    var cases = new ArrayList<Case>();
    for (Elem elem : FLOATS) {
      elementwise(cases, elem);
      contractions(cases, elem);
      layout(cases, elem);
      indexing(cases, elem);
      ControlCases.add(cases, elem);
    }
    sources(cases);
    integers(cases);
    return cases;
  }

  static void add(List<Case> cases, String name, Consumer<SampleBuilder> body, String... dims) {
    var sample = new SampleBuilder(name);
    body.accept(sample);
    cases.add(new Case(sample, sample.program(dims)));
  }

  private static void sources(List<Case> cases) {
    add(
        cases,
        "sources",
        s -> {
          s.input(Elem.INT, "B T");
          s.output(
              s.emit(new Source.Constant(0.1, Elem.F32)),
              s.emit(new Source.Constant(-3, Elem.INT)),
              s.emit(new Source.Constant(1, Elem.BOOL)),
              s.emit(new Source.Constant(Double.NEGATIVE_INFINITY, Elem.F64)),
              s.emit(new Source.Fill(1e-7, SampleBuilder.type(Elem.F32, "B 2"))),
              s.emit(new Source.Iota(Dim.of(4))),
              s.emit(new Source.Position(T)),
              s.emit(new Source.Size(B.times(T), Elem.INT)),
              s.emit(new Source.Size(T, Elem.F32)));
        });
    for (Elem elem : FLOATS) prepared(cases, elem);
    for (Elem elem : List.of(Elem.F64, Elem.F32, Elem.F16, Elem.BF16, Elem.INT, Elem.BOOL)) {
      add(
          cases,
          "table " + elem,
          s -> s.output(s.emit(new Source.Table(List.of(0.0, 1.0, 1.0), elem))));
    }
    add(
        cases,
        "sizes are computed",
        s -> {
          Value x = s.input(Elem.F64, "B T 6");
          s.output(
              s.emit(new Layout.Reshape(x, SampleBuilder.type(Elem.F64, "B*T*3 2").shape())),
              s.emit(new Layout.Slice(x, 1, T.minus(Dim.ONE), Dim.ONE, 1)),
              s.emit(new Source.Size(T.plus(Dim.ONE).dividedBy(Dim.of(2)), Elem.INT)));
        });
  }

  private static void elementwise(List<Case> cases, Elem elem) {
    for (UnaryKind kind : UnaryKind.values()) {
      if (kind == UnaryKind.NOT) continue;
      add(
          cases,
          kind + " " + elem,
          s -> s.output(s.emit(new Elementwise.Unary(kind, s.input(elem, "B T 2", 0.25, 2)))));
    }
    for (BinaryKind kind : BinaryKind.values()) {
      if (kind.isLogical()) continue;
      add(
          cases,
          kind + " " + elem,
          s -> {
            Value x = s.input(elem, "B T", 0.25, 2);
            Value y = s.input(elem, "B T", 0.25, 2);
            Value scalar = s.input(elem, "", 0.5, 2);
            Value constant = s.emit(new Source.Constant(0.7, elem));
            Value one = s.emit(new Source.Constant(1, elem));
            Value size = s.emit(new Source.Size(T, elem));
            s.output(
                s.emit(new Elementwise.Binary(kind, x, y)),
                s.emit(new Elementwise.Binary(kind, x, scalar)),
                s.emit(new Elementwise.Binary(kind, scalar, y)),
                s.emit(new Elementwise.Binary(kind, x, constant)),
                s.emit(new Elementwise.Binary(kind, constant, y)),
                s.emit(new Elementwise.Binary(kind, one, y)),
                s.emit(new Elementwise.Binary(kind, x, size)),
                s.emit(new Elementwise.Binary(kind, constant, size)));
          });
    }
    add(
        cases,
        "select " + elem,
        s -> {
          Value test = s.input(Elem.BOOL, "B T");
          Value x = s.input(elem, "B T");
          Value y = s.input(elem, "B T");
          Value low = s.emit(new Source.Constant(Double.NEGATIVE_INFINITY, elem));
          Value one = s.emit(new Source.Constant(1, elem));
          Value yes = s.emit(new Source.Constant(1, Elem.BOOL));
          s.output(
              s.emit(new Elementwise.Select(test, x, y)),
              s.emit(new Elementwise.Select(test, x, low)),
              s.emit(new Elementwise.Select(test, low, y)),
              s.emit(new Elementwise.Select(test, one, low)),
              s.emit(new Elementwise.Select(yes, x, y)));
        });
    for (Elem to : Elem.values()) {
      add(
          cases,
          "cast " + elem + " to " + to,
          s -> {
            Value half = s.emit(new Source.Constant(0.5, elem));
            s.output(
                s.emit(new Elementwise.Cast(s.input(elem, "B T"), to)),
                s.emit(new Elementwise.Cast(half, to)));
          });
    }
  }

  /// Of two tables one is read, in a body.
  private static void prepared(List<Case> cases, Elem elem) {
    var tables = new SampleBuilder("tables");
    Value step = tables.emit(new Source.Iota(Dim.of(4)));
    Value x = tables.emit(new Elementwise.Cast(step, elem));
    Value cos = tables.emit(new Elementwise.Unary(UnaryKind.COS, x));
    Function made =
        tables.builder.build(
            Program.TABLES,
            List.of(),
            List.of(new Function.Output("steps", step), new Function.Output("a.cos", cos)),
            List.of());
    var s = new SampleBuilder("prepared " + elem);
    Value at = s.input(Elem.INT, "B T");
    FunctionBuilder body = s.builder.region(List.of(Type.scalar(Elem.INT), s.builder.of(at)));
    Value table = body.emit(new Source.Prepared("a.cos", made.of(cos)), Origin.NONE);
    Value read =
        body.emit(new Indexing.Gather(table, body.arguments().getLast(), 0, 0), Origin.NONE);
    Region region = body.buildRegion(List.of(body.arguments().getLast(), read));
    s.output(s.emitAll(new Control.Scan(Dim.of(2), List.of(at), List.of(), region)).getLast());
    Program program = s.program();
    cases.add(
        new Case(
            s,
            new Program(
                program.name(),
                program.weights(),
                program.states(),
                List.of(program.functions().getFirst(), made))));
  }

  private static void integers(List<Case> cases) {
    for (BinaryKind kind : BinaryKind.values()) {
      if (kind == BinaryKind.DIV || kind == BinaryKind.POW) continue;
      Elem elem = kind.isLogical() ? Elem.BOOL : Elem.INT;
      add(
          cases,
          kind + " " + elem,
          s -> {
            Value x = s.input(elem, "B T");
            Value y = s.input(elem, "B T");
            Value constant = s.emit(new Source.Constant(1, elem));
            if (kind == BinaryKind.MOD) {
              // Towards the divisor's sign, and never by zero.
              Value three = s.emit(new Source.Constant(-3, elem));
              s.output(s.emit(new Elementwise.Binary(kind, x, three)));
              return;
            }
            s.output(
                s.emit(new Elementwise.Binary(kind, x, y)),
                s.emit(new Elementwise.Binary(kind, x, constant)),
                s.emit(new Elementwise.Binary(kind, constant, y)));
          });
    }
    add(
        cases,
        "select truth values",
        s -> {
          Value test = s.input(Elem.BOOL, "B T");
          Value yes = s.emit(new Source.Constant(1, Elem.BOOL));
          s.output(
              s.emit(new Elementwise.Select(test, yes, test)),
              s.emit(new Elementwise.Select(test, test, yes)),
              s.emit(new Elementwise.Select(test, yes, yes)));
        });
    add(
        cases,
        "integers and bools",
        s -> {
          Value x = s.input(Elem.INT, "B T");
          Value b = s.input(Elem.BOOL, "B T 2");
          s.output(
              s.emit(new Elementwise.Unary(UnaryKind.NEG, x)),
              s.emit(new Elementwise.Unary(UnaryKind.ABS, x)),
              s.emit(new Elementwise.Unary(UnaryKind.NOT, b)),
              s.emit(new Elementwise.Cast(x, Elem.BOOL)),
              s.emit(new Elementwise.Cast(b, Elem.F32)),
              s.emit(new Contraction.Reduce(ReduceKind.SUM, x, List.of(0, 1))),
              s.emit(new Contraction.Reduce(ReduceKind.MAX, x, List.of(1))),
              s.emit(new Contraction.Reduce(ReduceKind.MIN, x, List.of(0))),
              s.emit(new Contraction.Reduce(ReduceKind.ANY, b, List.of(0, 2))),
              s.emit(new Contraction.Reduce(ReduceKind.ALL, b, List.of(0, 1))));
        });
  }

  private static void contractions(List<Case> cases, Elem elem) {
    for (ReduceKind kind :
        List.of(ReduceKind.SUM, ReduceKind.MEAN, ReduceKind.MAX, ReduceKind.MIN)) {
      add(
          cases,
          kind + " " + elem,
          s -> {
            Value x = s.input(elem, "B T 4");
            s.output(
                s.emit(new Contraction.Reduce(kind, x, List.of(2))),
                s.emit(new Contraction.Reduce(kind, x, List.of(0, 2))),
                s.emit(new Contraction.Reduce(kind, x, List.of(0, 1, 2))));
          });
    }
    add(
        cases,
        "top " + elem,
        s -> {
          // Distinct numbers: which of two equal ones comes first is not what this asks.
          var numbers = new double[] {3, -1, 0.5, 2, 7, -4, 1, 8, 5, 6, -2, -3};
          Value x =
              s.input(SampleBuilder.type(elem, "B 6"), Array.of(elem, new long[] {2, 6}, numbers));
          s.output(s.emitAll(new Contraction.Top(x, Dim.of(3))).toArray(Value[]::new));
        });
    dot(cases, elem, "linear", "B T 4", "6 4", l(), l(), l(2), l(1), "6");
    dot(cases, elem, "transposed weight", "B T 4", "4 6", l(), l(), l(2), l(0), "6");
    dot(cases, elem, "weight on the left", "6 4", "B T 4", l(), l(), l(1), l(2), "T");
    dot(cases, elem, "spread weight", "B T 4", "2 3 4", l(), l(), l(2), l(2), "2 3");
    dot(cases, elem, "two summed axes", "B T 2 3", "5 3 2", l(), l(), l(2, 3), l(2, 1), "5");
    dot(cases, elem, "summed axis first", "4 B", "4 3", l(), l(), l(0), l(0), "B 3");
    dot(cases, elem, "vector", "B T 4", "4", l(), l(), l(2), l(0), "T");
    dot(cases, elem, "two vectors", "4", "4", l(), l(), l(0), l(0), "");
    dot(cases, elem, "scores", "B T 2 3 4", "B S 2 4", l(0, 2), l(0, 2), l(4), l(3), "S");
    dot(cases, elem, "values", "B 2 T 3 S", "B S 2 4", l(0, 1), l(0, 2), l(4), l(1), "3 4");
    dot(cases, elem, "inner", "B T 4", "B T 4", l(0, 1), l(0, 1), l(2), l(2), "T");
    dot(cases, elem, "batch matrix", "B T 4", "B 4 5", l(0), l(0), l(2), l(1), "5");
    dot(cases, elem, "sum before free", "B 4 T", "B 4 5", l(0), l(0), l(1), l(1), "T 5");
    dot(cases, elem, "outer", "B T", "B 4", l(0), l(0), l(), l(), "4");
    dot(cases, elem, "outer without batch", "B T", "4", l(), l(), l(), l(), "4");
    dot(cases, elem, "elementwise", "B T", "T B", l(0, 1), l(1, 0), l(), l(), "T");
  }

  static List<Integer> l(Integer... axes) {
    return List.of(axes);
  }

  private static void dot(
      List<Case> cases,
      Elem elem,
      String name,
      String lhs,
      String rhs,
      List<Integer> lhsBatch,
      List<Integer> rhsBatch,
      List<Integer> lhsSum,
      List<Integer> rhsSum,
      String plus) {
    add(
        cases,
        "dot " + name + " " + elem,
        s -> {
          Value left = s.input(elem, lhs);
          Value right = rhs.matches("[0-9 ]+") ? s.weight(elem, rhs) : s.input(elem, rhs);
          Value term = s.input(elem, plus);
          s.output(
              s.emit(
                  new Contraction.Dot(
                      left, right, lhsBatch, rhsBatch, lhsSum, rhsSum, Optional.empty())),
              s.emit(
                  new Contraction.Dot(
                      left, right, lhsBatch, rhsBatch, lhsSum, rhsSum, Optional.of(term))));
        });
  }

  private static void layout(List<Case> cases, Elem elem) {
    add(
        cases,
        "layout " + elem,
        s -> {
          Value x = s.input(elem, "B T 6");
          Value y = s.input(elem, "B T 2");
          s.output(
              s.emit(new Layout.Reshape(x, SampleBuilder.type(elem, "B*T 2 3").shape())),
              s.emit(new Layout.Permute(x, List.of(2, 0, 1))),
              s.emit(new Layout.Slice(x, 2, Dim.of(1), Dim.of(4), 1)),
              s.emit(new Layout.Slice(x, 2, Dim.of(1), Dim.of(3), 2)),
              s.emit(new Layout.Slice(x, 1, Dim.ZERO, T, 1)),
              s.emit(new Layout.Concat(List.of(x, y, x), 2)),
              s.emit(
                  new Layout.Broadcast(
                      y, SampleBuilder.type(elem, "3 B T S 2").shape(), l(1, 2, 4))));
        },
        "S");
    add(
        cases,
        "history " + elem,
        s -> {
          Value x = s.input(elem, "B T 2");
          Dim keys = Dim.named("keys");
          Value renamed = s.emit(new Layout.History(x, 1, keys));
          Value position = s.emit(new Source.Position(keys));
          s.output(renamed, position);
        });
    add(
        cases,
        "broadcasts that are not written out " + elem,
        s -> {
          Value x = s.input(elem, "B T 4");
          Value row = s.input(elem, "4");
          Value column = s.input(elem, "B T");
          Value number = s.emit(new Source.Constant(0.3, elem));
          Shape shape = SampleBuilder.type(elem, "B T 4").shape();
          Value rows = s.emit(new Layout.Broadcast(row, shape, l(2)));
          Value columns = s.emit(new Layout.Broadcast(column, shape, l(0, 1)));
          Value filled = s.emit(new Layout.Broadcast(number, shape, l()));
          Value both = s.emit(new Elementwise.Binary(BinaryKind.ADD, rows, columns));
          Value twice = s.emit(new Elementwise.Binary(BinaryKind.MUL, columns, columns));
          Value flags = s.emit(new Elementwise.Binary(BinaryKind.GT, columns, filled));
          s.output(
              s.emit(new Elementwise.Binary(BinaryKind.MUL, x, rows)),
              s.emit(new Elementwise.Binary(BinaryKind.SUB, columns, x)),
              s.emit(new Elementwise.Binary(BinaryKind.ADD, filled, x)),
              s.emit(new Elementwise.Select(flags, rows, filled)),
              s.emit(new Elementwise.Select(flags, filled, filled)),
              both,
              twice,
              filled,
              s.emit(new Contraction.Reduce(ReduceKind.SUM, twice, l(2))),
              s.emit(new Contraction.Reduce(ReduceKind.MAX, twice, l(0, 1))),
              s.emit(new Contraction.Reduce(ReduceKind.SUM, rows, l(0))),
              s.emit(new Contraction.Reduce(ReduceKind.SUM, filled, l(1, 2))),
              s.emit(new Layout.Permute(twice, l(2, 0, 1))),
              s.emit(new Layout.Permute(rows, l(1, 2, 0))),
              s.emit(new Layout.Slice(twice, 2, Dim.ONE, Dim.of(2), 1)),
              s.emit(new Layout.Slice(rows, 2, Dim.ONE, Dim.of(2), 1)),
              s.emit(new Layout.Slice(rows, 0, Dim.ONE, Dim.ONE, 1)),
              s.emit(new Layout.Reshape(rows, SampleBuilder.type(elem, "B*T 4").shape())),
              s.emit(new Layout.Reshape(filled, SampleBuilder.type(elem, "B*T 4").shape())),
              s.emit(new Layout.Concat(List.of(rows, filled, columns), 1)),
              s.emit(new Elementwise.Cast(twice, Elem.F64)),
              s.emit(
                  new Layout.Broadcast(
                      twice, SampleBuilder.type(elem, "2 B T 3 4").shape(), l(1, 2, 4))),
              s.emit(
                  new Layout.Broadcast(
                      rows, SampleBuilder.type(elem, "B T 4 2").shape(), l(0, 1, 2))),
              s.emit(new Contraction.Dot(twice, rows, l(0), l(0), l(2), l(2), Optional.empty())));
        });
  }

  private static void indexing(List<Case> cases, Elem elem) {
    add(
        cases,
        "gather " + elem,
        s -> {
          Value table = s.weight(elem, "4 6");
          Value cube = s.input(elem, "B 4 6");
          Value vector = s.input(elem, "4");
          Value ids = s.input(Elem.INT, "B T");
          Value one = s.input(Elem.INT, "");
          Value two = s.emit(new Source.Constant(2, Elem.INT));
          Value filled = s.emit(new Source.Fill(1, SampleBuilder.type(elem, "4 6")));
          s.output(
              s.emit(new Indexing.Gather(table, ids, 0, 0)),
              s.emit(new Indexing.Gather(table, ids, 1, 0)),
              s.emit(new Indexing.Gather(vector, ids, 0, 0)),
              s.emit(new Indexing.Gather(cube, one, 1, 0)),
              s.emit(new Indexing.Gather(cube, two, 1, 0)),
              s.emit(new Indexing.Gather(cube, ids, 1, 1)),
              s.emit(new Indexing.Gather(cube, ids, 2, 1)),
              s.emit(new Indexing.Gather(cube, ids, 2, 0)),
              s.emit(new Indexing.Gather(filled, ids, 0, 0)));
        });
  }
}
