package dune.runtime.adapter;

import dune.weights.convert.Conversion;
import dune.weights.convert.ElementStream;
import dune.weights.tensor.DType;
import dune.weights.tensor.Tensors.Located;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.stream.IntStream;

/// A low-rank change of a matrix of a file, computed in f64 as its elements pass by.
final class MatrixChange implements Conversion.Edit {
  private final int columns;
  private final Placement.Side side;
  private final LowRank change;

  /// As the matrix lies in the file.
  private final LowRank inFile;

  /// Of DoRA, what each output is multiplied with; otherwise empty.
  private final double[] gains;

  private MatrixChange(Located tensor, Placement.Side side, LowRank change, double[] gains) {
    this.columns = Math.toIntExact(tensor.info().shape().get(1));
    this.side = side;
    this.change = change;
    this.inFile =
        switch (side) {
          case OUTPUTS_FIRST -> change;
          case INPUTS_FIRST -> change.transposed();
        };
    this.gains = gains;
  }

  static MatrixChange of(Located tensor, Placement.Side side, LowRank change) {
    double[] gains = change.isDora() ? gains(tensor, side, change) : new double[0];
    return new MatrixChange(tensor, side, change, gains);
  }

  /// `magnitude / length` for each output: 1 where the length is what the magnitude says to the
  /// last digit of f32.
  static double[] gains(Located tensor, Placement.Side side, LowRank change) {
    double[] lengths = lengths(tensor, side, change);
    var gains = new double[lengths.length];
    for (int i = 0; i < gains.length; i++) gains[i] = change.magnitude()[i] / (float) lengths[i];
    return gains;
  }

  /// The lengths of what each output reads by, once the change is added: `[outputs]`.
  static double[] lengths(Located tensor, Placement.Side side, LowRank change) {
    var sum = new MatrixChange(tensor, side, change, new double[0]);
    var squares = new double[change.outputs()];
    long[] at = {0};
    try {
      ElementStream.write(
          tensor,
          DType.F64,
          bytes -> {
            double[] block = bytes.toArray(ValueLayout.JAVA_DOUBLE_UNALIGNED);
            sum.apply(at[0], block);
            for (int i = 0; i < block.length; i++) {
              squares[sum.output(at[0] + i)] += block[i] * block[i];
            }
            at[0] += block.length;
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Arrays.stream(squares).map(Math::sqrt).toArray();
  }

  private int output(long element) {
    return Math.toIntExact(
        switch (side) {
          case OUTPUTS_FIRST -> element / columns;
          case INPUTS_FIRST -> element % columns;
        });
  }

  @Override
  public void apply(long begin, double[] elements) {
    if (elements.length == 0) return;
    int first = Math.toIntExact(begin / columns);
    int last = Math.toIntExact((begin + elements.length - 1) / columns);
    IntStream.rangeClosed(first, last)
        .parallel()
        .forEach(
            row -> {
              double[] added = inFile.row(row);
              long at = (long) row * columns - begin;
              int end = (int) Math.min(columns, elements.length - at);
              for (int j = (int) Math.max(0, -at); j < end; j++) elements[(int) at + j] += added[j];
            });
    if (gains.length == 0) return;
    for (int i = 0; i < elements.length; i++) elements[i] *= gains[output(begin + i)];
  }

  @Override
  public String toString() {
    return change + " " + side;
  }
}
