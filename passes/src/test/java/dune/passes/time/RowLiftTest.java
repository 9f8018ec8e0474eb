package dune.passes.time;

import static org.assertj.core.api.Assertions.assertThat;

import dune.ir.Contraction.Dot;
import dune.ir.Contraction.Reduce;
import dune.ir.Contraction.ReduceKind;
import dune.ir.Contraction.Top;
import dune.ir.Elem;
import dune.ir.Elementwise.Binary;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Elementwise.Select;
import dune.ir.Function;
import dune.ir.FunctionBuilder;
import dune.ir.Indexing.Gather;
import dune.ir.Layout.Broadcast;
import dune.ir.Layout.Concat;
import dune.ir.Layout.Permute;
import dune.ir.Layout.Reshape;
import dune.ir.Layout.Slice;
import dune.ir.Op;
import dune.ir.Origin;
import dune.ir.Program;
import dune.ir.Shape;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.dim.Dim;
import dune.ir.interpret.Array;
import dune.ir.interpret.Interpreter;
import dune.ir.interpret.StateStore;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// An operation on values that got rows, against the same operation row by row.
final class RowLiftTest {
  private static final Dim B = Axes.ROWS;
  private static final int ROWS = 3;
  private static final Map<String, Long> SIZES = Map.of("B", (long) ROWS);

  /// An operand: its plain type, and whether it got rows.
  private record Operand(Type type, Image.Form form) {}

  private record Case(
      String title, List<Operand> operands, java.util.function.Function<List<Value>, Op> op) {}

  private static Operand plain(Object... dims) {
    return new Operand(new Type(Elem.F64, shape(dims)), Image.Form.PLAIN);
  }

  private static Operand perRow(Object... dims) {
    return new Operand(new Type(Elem.F64, shape(dims)), Image.Form.PER_ROW);
  }

  private static Operand of(Elem elem, Operand operand) {
    return new Operand(operand.type().with(elem), operand.form());
  }

  private static Shape shape(Object... dims) {
    return new Shape(
        Stream.of(dims).map(dim -> dim instanceof Dim named ? named : Dim.of((int) dim)).toList());
  }

  private static Op add(Value a, Value b) {
    return new Binary(BinaryKind.ADD, a, b);
  }

  private static Op dot(
      Value a,
      Value b,
      List<Integer> batchA,
      List<Integer> batchB,
      List<Integer> sumA,
      List<Integer> sumB) {
    return new Dot(a, b, batchA, batchB, sumA, sumB, Optional.empty());
  }

  private static final List<Case> CASES =
      List.of(
          new Case(
              "two that got rows",
              List.of(perRow(2, 4), perRow(2, 4)),
              v -> add(v.get(0), v.get(1))),
          new Case("one without", List.of(perRow(2, 4), plain(2, 4)), v -> add(v.get(0), v.get(1))),
          new Case(
              "a scalar that got rows, with rows elsewhere",
              List.of(plain(2, B, 4), perRow()),
              v -> add(v.get(0), v.get(1))),
          new Case(
              "a scalar that got rows, without rows elsewhere",
              List.of(plain(2, 4), perRow()),
              v -> add(v.get(0), v.get(1))),
          new Case("scalars only", List.of(plain(), perRow()), v -> add(v.get(0), v.get(1))),
          new Case(
              "a scalar condition",
              List.of(of(Elem.BOOL, perRow()), plain(4, B), plain()),
              v -> new Select(v.get(0), v.get(1), v.get(2))),
          new Case(
              "a condition with axes",
              List.of(of(Elem.BOOL, perRow(4)), plain(), plain(4)),
              v -> new Select(v.get(0), v.get(1), v.get(2))),
          new Case(
              "spread to rows behind",
              List.of(perRow(2, 4)),
              v -> new Broadcast(v.get(0), shape(5, 2, B, 4), List.of(1, 3))),
          new Case(
              "spread to rows before",
              List.of(perRow(2, 4)),
              v -> new Broadcast(v.get(0), shape(B, 2, 4), List.of(1, 2))),
          new Case(
              "spread without rows",
              List.of(perRow(2, 4)),
              v -> new Broadcast(v.get(0), shape(2, 5, 4), List.of(0, 2))),
          new Case(
              "turned", List.of(perRow(2, 3, 4)), v -> new Permute(v.get(0), List.of(2, 0, 1))),
          new Case("reshaped", List.of(perRow(2, 6)), v -> new Reshape(v.get(0), shape(4, 3))),
          new Case(
              "sliced",
              List.of(perRow(2, 6)),
              v -> new Slice(v.get(0), 1, Dim.of(1), Dim.of(2), 3)),
          new Case(
              "put together",
              List.of(perRow(2, 1), plain(2, 2), perRow(2, 3)),
              v -> new Concat(v, 1)),
          new Case(
              "folded",
              List.of(perRow(2, 3, 4)),
              v -> new Reduce(ReduceKind.SUM, v.get(0), List.of(0, 2))),
          new Case("the largest", List.of(perRow(2, 5)), v -> new Top(v.get(0), Dim.of(2))),
          new Case(
              "picked from a table",
              List.of(plain(5, 2, 4), of(Elem.INT, perRow(3))),
              v -> new Gather(v.get(0), v.get(1), 1, 0)),
          new Case(
              "picked from a table with rows",
              List.of(plain(5, B, 2, 4), of(Elem.INT, perRow(3))),
              v -> new Gather(v.get(0), v.get(1), 2, 0)),
          new Case(
              "picked from a table with rows behind",
              List.of(plain(5, 2, B), of(Elem.INT, perRow(3, 2))),
              v -> new Gather(v.get(0), v.get(1), 1, 0)),
          new Case(
              "picked in step",
              List.of(plain(3, 5, 2), of(Elem.INT, perRow(3, 4))),
              v -> new Gather(v.get(0), v.get(1), 2, 1)),
          new Case(
              "picked from what got rows",
              List.of(perRow(5, 2), of(Elem.INT, plain(3))),
              v -> new Gather(v.get(0), v.get(1), 1, 0)),
          new Case(
              "picked from what got rows by one number",
              List.of(perRow(5, 2), of(Elem.INT, plain())),
              v -> new Gather(v.get(0), v.get(1), 1, 0)),
          new Case(
              "picked from what got rows by rows",
              List.of(perRow(5, 2), of(Elem.INT, plain(3, B))),
              v -> new Gather(v.get(0), v.get(1), 1, 0)),
          new Case(
              "picked where both got rows",
              List.of(perRow(5, 2), of(Elem.INT, perRow(3))),
              v -> new Gather(v.get(0), v.get(1), 1, 0)),
          new Case(
              "a product with a weight",
              List.of(perRow(2, 4), plain(3, 4)),
              v -> dot(v.get(0), v.get(1), List.of(), List.of(), List.of(1), List.of(1))),
          new Case(
              "a weight with a product",
              List.of(plain(3, 4), perRow(2, 4)),
              v -> dot(v.get(0), v.get(1), List.of(), List.of(), List.of(1), List.of(1))),
          new Case(
              "a product in step",
              List.of(perRow(5, 2, 4), plain(3, 4, 5)),
              v -> dot(v.get(0), v.get(1), List.of(0), List.of(2), List.of(2), List.of(1))),
          new Case(
              "a product of two that got rows",
              List.of(perRow(5, 2, 4), perRow(3, 4, 5)),
              v -> dot(v.get(0), v.get(1), List.of(0), List.of(2), List.of(2), List.of(1))),
          new Case(
              "a product with something that has rows behind",
              List.of(perRow(2, 4), plain(3, 4, B)),
              v -> dot(v.get(0), v.get(1), List.of(), List.of(), List.of(1), List.of(1))),
          new Case(
              "something that has rows in between, with a product",
              List.of(plain(3, B, 4), perRow(4, 2)),
              v -> dot(v.get(0), v.get(1), List.of(), List.of(), List.of(2), List.of(0))),
          new Case(
              "a product with a term",
              List.of(perRow(2, 4), plain(3, 4), plain(3)),
              v ->
                  new Dot(
                      v.get(0),
                      v.get(1),
                      List.of(),
                      List.of(),
                      List.of(1),
                      List.of(1),
                      Optional.of(v.get(2)))),
          new Case(
              "a product with a term that got rows, and rows behind",
              List.of(plain(2, 4), plain(4, 3, B), perRow()),
              v ->
                  new Dot(
                      v.get(0),
                      v.get(1),
                      List.of(),
                      List.of(),
                      List.of(1),
                      List.of(0),
                      Optional.of(v.get(2)))));

  @TestFactory
  Stream<DynamicTest> rowsMakeNoDifference() {
    return CASES.stream().map(one -> DynamicTest.dynamicTest(one.title(), () -> check(one)));
  }

  private static void check(Case one) {
    var random = new Random(one.title().hashCode());
    List<Array> arrays = one.operands().stream().map(operand -> array(operand, random)).toList();
    List<Image> images = new ArrayList<>();
    List<Array> lifted = run(one, arrays, one.operands(), images);
    for (int row = 0; row < ROWS; row++) {
      var single = new ArrayList<Array>();
      var plain = new ArrayList<Operand>();
      for (int i = 0; i < arrays.size(); i++) {
        Operand operand = one.operands().get(i);
        boolean rows = operand.form() == Image.Form.PER_ROW;
        single.add(rows ? row(arrays.get(i), 0, row) : arrays.get(i));
        plain.add(new Operand(operand.type(), Image.Form.PLAIN));
      }
      var plainImages = new ArrayList<Image>();
      List<Array> expected = run(one, single, plain, plainImages);
      for (int i = 0; i < expected.size(); i++) {
        Array whole = expected.get(i);
        int axis = rowsOf(one, plain, i);
        Array wanted = axis < 0 ? whole : row(whole, axis, row);
        Array found = row(lifted.get(i), images.get(i).isPerRow() ? 0 : axis, row);
        assertThat(found.shape()).containsExactly(wanted.shape());
        assertThat(found.data()).containsExactly(wanted.data());
      }
    }
  }

  /// Where the plain result has rows, or -1.
  private static int rowsOf(Case one, List<Operand> plain, int result) {
    var builder = new FunctionBuilder();
    var values = new ArrayList<Value>();
    for (Operand operand : plain) values.add(builder.input("x" + values.size(), operand.type()));
    Value value = builder.emitAll(one.op().apply(values), Origin.NONE).get(result);
    return Axes.rows(builder.of(value).shape()).orElse(-1);
  }

  private static List<Array> run(
      Case one, List<Array> arrays, List<Operand> operands, List<Image> results) {
    var builder = new FunctionBuilder();
    var values = new ArrayList<Value>();
    var images = new LinkedHashMap<Value, Image>();
    Map<String, Array> inputs = new LinkedHashMap<>();
    for (int i = 0; i < arrays.size(); i++) {
      Operand operand = operands.get(i);
      boolean rows = operand.form() == Image.Form.PER_ROW;
      var dims = new ArrayList<Dim>();
      if (rows) dims.add(B);
      dims.addAll(operand.type().shape().dims());
      Value value = builder.input("x" + i, operand.type().with(new Shape(dims)));
      values.add(value);
      images.put(value, new Image(value, operand.form()));
      inputs.put("x" + i, arrays.get(i));
    }
    results.addAll(new RowLift(builder, Origin.NONE).emit(one.op().apply(values), images::get));
    var outputs = new ArrayList<Function.Output>();
    for (Image image : results) {
      outputs.add(new Function.Output("y" + outputs.size(), image.value()));
    }
    var program =
        new Program(
            "P",
            List.of(),
            List.of(),
            List.of(builder.build("f", List.of("B"), outputs, List.of())));
    return List.copyOf(
        new Interpreter(
                program,
                path -> {
                  throw new IllegalStateException(path);
                })
            .run("f", inputs, SIZES, new StateStore())
            .outputs()
            .values());
  }

  private static Array array(Operand operand, Random random) {
    var sizes = new ArrayList<Long>();
    if (operand.form() == Image.Form.PER_ROW) sizes.add((long) ROWS);
    for (long size : operand.type().shape().evaluate(SIZES)) sizes.add(size);
    long[] shape = sizes.stream().mapToLong(Long::longValue).toArray();
    Elem elem = operand.type().elem();
    int count = Array.filled(elem, shape, 0).count();
    // Whole numbers: sums are exact in any order; as indices they lie in every axis here.
    double[] numbers = random.ints(count, 0, elem.isFloat() ? 50 : 2).asDoubleStream().toArray();
    return Array.of(elem, shape, numbers);
  }

  private static Array row(Array array, int axis, int row) {
    var rest = new ArrayList<Long>();
    for (int i = 0; i < array.rank(); i++) if (i != axis) rest.add(array.dim(i));
    return array.slice(axis, row, 1).reshape(rest.stream().mapToLong(Long::longValue).toArray());
  }
}
