package dune.ir.testkit;

import dune.ir.Elem;
import dune.ir.Shape;
import dune.ir.dim.Dim;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/// Random choices that proposals share.
final class Choices {
  private final Random random;
  private final List<Elem> floats;

  Choices(Random random, List<Elem> floats) {
    this.random = random;
    this.floats = floats;
  }

  /// One of the float types of the sample.
  Elem floats() {
    return one(floats);
  }

  /// The float type of the inputs.
  Elem mainFloat() {
    return floats.getFirst();
  }

  Shape numericShape(int rank) {
    return new Shape(
        IntStream.range(0, rank).mapToObj(_ -> Dim.of(random.nextLong(2, 5))).toList());
  }

  Shape shape(int rank) {
    return new Shape(IntStream.range(0, rank).mapToObj(_ -> dim()).toList());
  }

  Dim dim() {
    return one(List.of(Proposals.B, Proposals.T, Proposals.S, Dim.of(2), Dim.of(3), Dim.of(4)));
  }

  Elem elem() {
    return random.nextInt(2) == 0 ? one(floats) : one(List.of(Elem.INT, Elem.BOOL));
  }

  Elem number() {
    return random.nextBoolean() ? one(floats) : Elem.INT;
  }

  double number(Elem elem) {
    return switch (elem) {
      case BOOL -> random.nextInt(2);
      case INT -> random.nextInt(-1, 4);
      case F16, BF16, F32, F64 -> random.nextInt(-12, 13) / 8.0;
    };
  }

  List<Integer> some(int rank) {
    List<Integer> axes =
        IntStream.range(0, rank).filter(_ -> random.nextBoolean()).boxed().toList();
    return axes.isEmpty() ? List.of(random.nextInt(rank)) : axes;
  }

  <E> E one(List<E> list) {
    return list.get(random.nextInt(list.size()));
  }
}
