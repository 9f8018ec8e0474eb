package dune.ir.interpret;

import static java.lang.Double.NEGATIVE_INFINITY;
import static java.lang.Double.NaN;
import static java.lang.Double.POSITIVE_INFINITY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dune.ir.Contraction.Dot;
import dune.ir.Contraction.Reduce;
import dune.ir.Contraction.ReduceKind;
import dune.ir.Contraction.Top;
import dune.ir.Elem;
import dune.ir.Elementwise.Binary;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Elementwise.Cast;
import dune.ir.Elementwise.Select;
import dune.ir.Elementwise.Unary;
import dune.ir.Elementwise.UnaryKind;
import dune.ir.Indexing.Gather;
import dune.ir.Layout.Broadcast;
import dune.ir.Layout.Concat;
import dune.ir.Layout.Permute;
import dune.ir.Layout.Reshape;
import dune.ir.Layout.Slice;
import dune.ir.Shape;
import dune.ir.Source;
import dune.ir.Type;
import dune.ir.dim.Dim;
import dune.ir.testkit.Apply;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What each operation means, against values worked out by hand.
class MeaningTest {
  private static final double E = Math.E;

  private static Array floats(double... numbers) {
    return Array.of(Elem.F32, new long[] {numbers.length}, numbers);
  }

  private static Array bools(double... numbers) {
    return Array.of(Elem.BOOL, new long[] {numbers.length}, numbers);
  }

  private static Array ints(long... numbers) {
    return Array.ints(new long[] {numbers.length}, numbers);
  }

  private static Array matrix(int rows, int columns, double... numbers) {
    return Array.of(Elem.F32, new long[] {rows, columns}, numbers);
  }

  private static Array unary(UnaryKind kind, Array x) {
    return Apply.op(in -> new Unary(kind, in.getFirst()), x).getFirst();
  }

  private static Array binary(BinaryKind kind, Array lhs, Array rhs) {
    return Apply.op(in -> new Binary(kind, in.get(0), in.get(1)), lhs, rhs).getFirst();
  }

  private static Array reduce(ReduceKind kind, Array x, Integer... axes) {
    return Apply.op(in -> new Reduce(kind, in.getFirst(), List.of(axes)), x).getFirst();
  }

  @Test
  void unary() {
    assertThat(unary(UnaryKind.NEG, ints(1, -2, 0)).data()).containsExactly(-1, 2, -0.0);
    assertThat(unary(UnaryKind.ABS, floats(1, -2)).data()).containsExactly(1, 2);
    assertThat(unary(UnaryKind.EXP, floats(0, 1, NEGATIVE_INFINITY)).data())
        .containsExactly(1, E, 0);
    assertThat(unary(UnaryKind.LOG, floats(1, 0, -1)).data())
        .containsExactly(0, NEGATIVE_INFINITY, NaN);
    assertThat(unary(UnaryKind.SQRT, floats(9, -1)).data()).containsExactly(3, NaN);
    assertThat(unary(UnaryKind.RSQRT, floats(4, 0)).data()).containsExactly(0.5, POSITIVE_INFINITY);
    assertThat(unary(UnaryKind.SIN, floats(0, Math.PI / 2)).data()).containsExactly(0, 1);
    assertThat(unary(UnaryKind.COS, floats(0)).data()).containsExactly(1);
    assertThat(unary(UnaryKind.TANH, floats(0, 100, -100)).data()).containsExactly(0, 1, -1);
    assertThat(unary(UnaryKind.ERF, floats(0, 10, -10)).data()).containsExactly(0, 1, -1);
    assertThat(unary(UnaryKind.FLOOR, floats(1.5, -1.5)).data()).containsExactly(1, -2);
    assertThat(unary(UnaryKind.CEIL, floats(1.5, -1.5)).data()).containsExactly(2, -1);
    assertThat(unary(UnaryKind.NOT, bools(0, 1)).data()).containsExactly(1, 0);
    assertThat(unary(UnaryKind.STOP_GRADIENT, floats(7)).data()).containsExactly(7);
  }

  @Test
  void arithmetic() {
    assertThat(binary(BinaryKind.ADD, ints(1, 2), ints(10, 20))).isEqualTo(ints(11, 22));
    assertThat(binary(BinaryKind.SUB, floats(1, 2), floats(10, 20)).data())
        .containsExactly(-9, -18);
    assertThat(binary(BinaryKind.MUL, floats(3), floats(0.1)).data()).containsExactly(3 * 0.1);
    assertThat(binary(BinaryKind.DIV, floats(1, 1), floats(4, 0)).data())
        .containsExactly(0.25, POSITIVE_INFINITY);
    assertThat(binary(BinaryKind.MOD, ints(7, -7, 7, -7), ints(3, 3, -3, -3)))
        .isEqualTo(ints(1, 2, -2, -1));
    assertThat(binary(BinaryKind.MOD, floats(-0.5, 5.5), floats(2, 2)).data())
        .containsExactly(1.5, 1.5);
    assertThat(binary(BinaryKind.POW, floats(2, 4, 1, 0), floats(10, 0.5, NaN, 0)).data())
        .containsExactly(1024, 2, 1, 1);
    assertThat(binary(BinaryKind.MIN, floats(1, NaN), floats(2, 0)).data()).containsExactly(1, NaN);
    assertThat(binary(BinaryKind.MAX, floats(1, 0), floats(2, NaN)).data()).containsExactly(2, NaN);
  }

  @Test
  void scalarsMeetEveryElement() {
    Array two = Array.scalar(Elem.F32, 2);
    assertThat(binary(BinaryKind.SUB, floats(5, 6), two).data()).containsExactly(3, 4);
    assertThat(binary(BinaryKind.SUB, two, floats(5, 6)).data()).containsExactly(-3, -4);
    assertThat(binary(BinaryKind.SUB, two, two)).isEqualTo(Array.scalar(Elem.F32, 0));
  }

  @Test
  void comparisons() {
    Array left = floats(1, 2, 3, NaN);
    Array right = floats(2, 2, 2, NaN);
    assertThat(binary(BinaryKind.EQ, left, right)).isEqualTo(bools(0, 1, 0, 0));
    assertThat(binary(BinaryKind.NE, left, right)).isEqualTo(bools(1, 0, 1, 1));
    assertThat(binary(BinaryKind.LT, left, right)).isEqualTo(bools(1, 0, 0, 0));
    assertThat(binary(BinaryKind.LE, left, right)).isEqualTo(bools(1, 1, 0, 0));
    assertThat(binary(BinaryKind.GT, left, right)).isEqualTo(bools(0, 0, 1, 0));
    assertThat(binary(BinaryKind.GE, left, right)).isEqualTo(bools(0, 1, 1, 0));
  }

  @Test
  void logic() {
    Array left = bools(0, 0, 1, 1);
    Array right = bools(0, 1, 0, 1);
    assertThat(binary(BinaryKind.AND, left, right)).isEqualTo(bools(0, 0, 0, 1));
    assertThat(binary(BinaryKind.OR, left, right)).isEqualTo(bools(0, 1, 1, 1));
  }

  @Test
  void select() {
    Array chosen =
        Apply.op(
                in -> new Select(in.get(0), in.get(1), in.get(2)),
                bools(1, 0),
                floats(1, 2),
                Array.scalar(Elem.F32, NEGATIVE_INFINITY))
            .getFirst();
    assertThat(chosen.data()).containsExactly(1, NEGATIVE_INFINITY);
  }

  @Test
  void cast() {
    assertThat(Apply.op(in -> new Cast(in.getFirst(), Elem.INT), floats(1.9, -1.9)).getFirst())
        .isEqualTo(ints(1, -1));
    assertThat(Apply.op(in -> new Cast(in.getFirst(), Elem.BOOL), floats(0, 0.1)).getFirst())
        .isEqualTo(bools(0, 1));
    assertThat(Apply.op(in -> new Cast(in.getFirst(), Elem.BF16), floats(0.1)).getFirst())
        .as("casts between floating types do not round")
        .isEqualTo(Array.of(Elem.BF16, new long[] {1}, 0.1));
  }

  @Test
  void numbersThatAreNoIntAreRefused() {
    assertThatThrownBy(() -> Apply.op(in -> new Cast(in.getFirst(), Elem.INT), floats(NaN)))
        .isInstanceOf(InterpreterException.class)
        .hasMessageContaining("NaN is no int in Cast");
    assertThatThrownBy(() -> binary(BinaryKind.MUL, ints(1L << 40), ints(1L << 40)))
        .isInstanceOf(InterpreterException.class);
    assertThatThrownBy(() -> binary(BinaryKind.MOD, ints(1), ints(0)))
        .isInstanceOf(InterpreterException.class);
  }

  @Test
  void reduce() {
    Array x = matrix(2, 3, 1, 2, 3, 4, 5, 6);
    assertThat(reduce(ReduceKind.SUM, x, 0).data()).containsExactly(5, 7, 9);
    assertThat(reduce(ReduceKind.SUM, x, 1).data()).containsExactly(6, 15);
    assertThat(reduce(ReduceKind.SUM, x, 0, 1)).isEqualTo(Array.scalar(Elem.F32, 21));
    assertThat(reduce(ReduceKind.MEAN, x, 1).data()).containsExactly(2, 5);
    assertThat(reduce(ReduceKind.MAX, x, 0).data()).containsExactly(4, 5, 6);
    assertThat(reduce(ReduceKind.MIN, floats(3, NaN, 1), 0).data()).containsExactly(NaN);
    assertThat(reduce(ReduceKind.ANY, bools(0, 1), 0).data()).containsExactly(1);
    assertThat(reduce(ReduceKind.ALL, bools(0, 1), 0).data()).containsExactly(0);
  }

  @Test
  void reduceNothing() {
    Array none = matrix(2, 0);
    assertThat(reduce(ReduceKind.SUM, none, 1).data()).containsExactly(0, 0);
    assertThat(reduce(ReduceKind.MEAN, none, 1).data()).containsExactly(NaN, NaN);
    assertThat(reduce(ReduceKind.MAX, none, 1).data())
        .containsExactly(NEGATIVE_INFINITY, NEGATIVE_INFINITY);
    assertThat(reduce(ReduceKind.SUM, none, 0).data()).isEmpty();
  }

  @Test
  void dot() {
    Array x = matrix(2, 3, 1, 2, 3, 4, 5, 6);
    Array weight = matrix(2, 3, 1, 0, 1, 0, 1, 0);
    Array product =
        Apply.op(
                in ->
                    new Dot(
                        in.get(0),
                        in.get(1),
                        List.of(),
                        List.of(),
                        List.of(1),
                        List.of(1),
                        Optional.of(in.get(2))),
                x,
                weight,
                floats(10, 20))
            .getFirst();
    assertThat(product).isEqualTo(matrix(2, 2, 14, 22, 20, 25));
  }

  @Test
  void dotWithBatchInOtherPlaces() {
    // lhs[k, b, m] and rhs[b, n, k] over k give [b, m, n].
    Array lhs = Array.of(Elem.F32, new long[] {2, 2, 1}, 1, 2, 3, 4);
    Array rhs = Array.of(Elem.F32, new long[] {2, 1, 2}, 1, 10, 100, 1000);
    Array product =
        Apply.op(
                in ->
                    new Dot(
                        in.get(0),
                        in.get(1),
                        List.of(1),
                        List.of(0),
                        List.of(0),
                        List.of(2),
                        Optional.empty()),
                lhs,
                rhs)
            .getFirst();
    assertThat(product).isEqualTo(Array.of(Elem.F32, new long[] {2, 1, 1}, 31, 4200));
  }

  @Test
  void outerProduct() {
    Array product =
        Apply.op(
                in ->
                    new Dot(
                        in.get(0),
                        in.get(1),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        Optional.empty()),
                floats(1, 2),
                floats(10, 20, 30))
            .getFirst();
    assertThat(product).isEqualTo(matrix(2, 3, 10, 20, 30, 20, 40, 60));
  }

  @Test
  void top() {
    List<Array> top =
        Apply.op(in -> new Top(in.getFirst(), Dim.of(2)), matrix(2, 4, 1, 5, 5, 2, 3, NaN, 4, 0));
    assertThat(top.get(0).data()).containsExactly(5, 5, NaN, 4);
    assertThat(top.get(1)).isEqualTo(Array.ints(new long[] {2, 2}, 1, 2, 1, 2));
  }

  @Test
  void reshapeAndPermute() {
    Array x = matrix(2, 3, 1, 2, 3, 4, 5, 6);
    assertThat(Apply.op(in -> new Reshape(in.getFirst(), Shape.of(3L, 2L)), x).getFirst())
        .isEqualTo(matrix(3, 2, 1, 2, 3, 4, 5, 6));
    assertThat(Apply.op(in -> new Permute(in.getFirst(), List.of(1, 0)), x).getFirst())
        .isEqualTo(matrix(3, 2, 1, 4, 2, 5, 3, 6));
    Array cube = Array.of(Elem.F32, new long[] {2, 1, 3}, 1, 2, 3, 4, 5, 6);
    assertThat(Apply.op(in -> new Permute(in.getFirst(), List.of(2, 0, 1)), cube).getFirst())
        .isEqualTo(Array.of(Elem.F32, new long[] {3, 2, 1}, 1, 4, 2, 5, 3, 6));
  }

  @Test
  void broadcast() {
    assertThat(
            Apply.op(
                    in -> new Broadcast(in.getFirst(), Shape.of(2L, 3L, 2L), List.of(1)),
                    floats(1, 2, 3))
                .getFirst())
        .isEqualTo(Array.of(Elem.F32, new long[] {2, 3, 2}, 1, 1, 2, 2, 3, 3, 1, 1, 2, 2, 3, 3));
    assertThat(
            Apply.op(
                    in -> new Broadcast(in.getFirst(), Shape.of(2L), List.of()),
                    Array.scalar(Elem.F32, 7))
                .getFirst())
        .isEqualTo(floats(7, 7));
  }

  @Test
  void slice() {
    Array x = matrix(2, 5, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    assertThat(Apply.op(in -> new Slice(in.getFirst(), 1, Dim.of(1), Dim.of(2), 3), x).getFirst())
        .isEqualTo(matrix(2, 2, 1, 4, 6, 9));
    assertThat(Apply.op(in -> new Slice(in.getFirst(), 0, Dim.of(1), Dim.of(1), 1), x).getFirst())
        .isEqualTo(matrix(1, 5, 5, 6, 7, 8, 9));
    assertThat(Apply.op(in -> new Slice(in.getFirst(), 1, Dim.of(5), Dim.of(0), 1), x).getFirst())
        .isEqualTo(matrix(2, 0));
  }

  @Test
  void concat() {
    Array x = matrix(2, 1, 1, 2);
    Array y = matrix(2, 2, 10, 11, 20, 21);
    assertThat(Apply.op(in -> new Concat(in, 1), x, y, matrix(2, 0)).getFirst())
        .isEqualTo(matrix(2, 3, 1, 10, 11, 2, 20, 21));
    assertThat(Apply.op(in -> new Concat(in, 0), y, y).getFirst())
        .isEqualTo(matrix(4, 2, 10, 11, 20, 21, 10, 11, 20, 21));
  }

  @Test
  void gather() {
    Array table = matrix(3, 2, 0, 1, 10, 11, 20, 21);
    assertThat(Apply.op(in -> new Gather(in.get(0), in.get(1), 0, 0), table, ints(2, 0)).getFirst())
        .isEqualTo(matrix(2, 2, 20, 21, 0, 1));
    assertThat(Apply.op(in -> new Gather(in.get(0), in.get(1), 1, 0), table, ints(1)).getFirst())
        .isEqualTo(matrix(3, 1, 1, 11, 21));
    assertThat(
            Apply.op(
                    in -> new Gather(in.get(0), in.get(1), 1, 1),
                    table,
                    Array.ints(new long[] {3, 1}, 1, 0, 1))
                .getFirst())
        .isEqualTo(matrix(3, 1, 1, 10, 21));
    assertThat(
            Apply.op(in -> new Gather(in.get(0), in.get(1), 1, 1), table, ints(1, 0, 1)).getFirst())
        .isEqualTo(floats(1, 10, 21));
  }

  @Test
  void gatherRefusesIndicesBeyondTheAxis() {
    assertThatThrownBy(
            () -> Apply.op(in -> new Gather(in.get(0), in.get(1), 0, 0), floats(1), ints(-1)))
        .isInstanceOf(InterpreterException.class)
        .hasMessageContaining("index -1 of an axis of 1");
  }

  @Test
  void sources() {
    assertThat(Apply.op(_ -> new Source.Constant(0.1, Elem.BF16)).getFirst())
        .isEqualTo(Array.scalar(Elem.BF16, 0.1));
    assertThat(Apply.op(_ -> new Source.Table(List.of(1.0, 0.5), Elem.F32)).getFirst())
        .isEqualTo(floats(1, 0.5));
    assertThat(Apply.op(_ -> new Source.Fill(3, Type.of(Elem.INT, Dim.of(2)))).getFirst())
        .isEqualTo(ints(3, 3));
    assertThat(Apply.op(_ -> new Source.Iota(Dim.of(3))).getFirst()).isEqualTo(ints(0, 1, 2));
    assertThat(Apply.op(_ -> new Source.Iota(Dim.ZERO)).getFirst()).isEqualTo(ints());
    Array random = Apply.op(_ -> new Source.Random("a", Type.of(Elem.F32, Dim.of(100)))).getFirst();
    assertThat(random.data()).doesNotHaveDuplicates();
    assertThat(Arrays.stream(random.data())).allMatch(x -> x >= 0 && x < 1);
    assertThat(Apply.op(_ -> new Source.Random("a", Type.of(Elem.F32, Dim.of(100)))).getFirst())
        .as("a stream repeats itself")
        .isEqualTo(random);
  }
}
