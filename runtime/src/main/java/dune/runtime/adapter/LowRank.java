package dune.runtime.adapter;

import java.util.Arrays;

/// A change of a matrix by two thin ones: `scale * up * down` is added to it. Of DoRA, the rows of
/// the sum then get the lengths in `magnitude`.
///
/// The matrix stands for a function of `inputs` numbers that gives `outputs` numbers, whichever way
/// a file may keep it.
///
/// @param down A, `[rank, inputs]`, row-major
/// @param up B, `[outputs, rank]`, row-major
/// @param magnitude of DoRA (arXiv 2402.09353), `[outputs]`; otherwise empty
public record LowRank(int rank, float[] down, float[] up, double scale, float[] magnitude) {
  public static final float[] NO_MAGNITUDE = {};

  public LowRank {
    boolean whole = rank > 0 && down.length % rank == 0 && up.length % rank == 0;
    if (!whole || (magnitude.length != 0 && magnitude.length != up.length / rank)) {
      throw new IllegalArgumentException(
          "%d and %d numbers of rank %d".formatted(down.length, up.length, rank));
    }
  }

  public int inputs() {
    return down.length / rank;
  }

  public int outputs() {
    return up.length / rank;
  }

  public boolean isDora() {
    return magnitude.length > 0;
  }

  public LowRank scaled(double factor) {
    return new LowRank(rank, down, up, scale * factor, magnitude);
  }

  /// The change of a matrix of which this one's rows and columns were chosen: element `[i, j]` is
  /// this one's `[outputs[i], inputs[j]]`.
  LowRank chosen(int[] outputs, int[] inputs) {
    var down = new float[rank * inputs.length];
    for (int r = 0; r < rank; r++) {
      for (int j = 0; j < inputs.length; j++) {
        down[r * inputs.length + j] = this.down[r * inputs() + inputs[j]];
      }
    }
    var up = new float[outputs.length * rank];
    for (int i = 0; i < outputs.length; i++) {
      System.arraycopy(this.up, outputs[i] * rank, up, i * rank, rank);
    }
    var magnitude = new float[isDora() ? outputs.length : 0];
    for (int i = 0; i < magnitude.length; i++) magnitude[i] = this.magnitude[outputs[i]];
    return new LowRank(rank, down, up, scale, magnitude);
  }

  /// The change of the transposed matrix, as numbers; what are its outputs and inputs, and so a
  /// magnitude, has no meaning there.
  LowRank transposed() {
    return new LowRank(
        rank,
        transposed(up, outputs(), rank),
        transposed(down, rank, inputs()),
        scale,
        NO_MAGNITUDE);
  }

  private static float[] transposed(float[] matrix, int rows, int columns) {
    var transposed = new float[matrix.length];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) transposed[j * rows + i] = matrix[i * columns + j];
    }
    return transposed;
  }

  /// Two changes one after the other.
  LowRank and(LowRank other) {
    if (isDora() || other.isDora()) throw new IllegalArgumentException("lengths do not add");
    int sum = rank + other.rank;
    var down = Arrays.copyOf(this.down, this.down.length + other.down.length);
    System.arraycopy(other.down, 0, down, this.down.length, other.down.length);
    var up = new float[outputs() * sum];
    for (int i = 0; i < outputs(); i++) {
      for (int r = 0; r < rank; r++) up[i * sum + r] = (float) (scale * this.up[i * rank + r]);
      for (int r = 0; r < other.rank; r++) {
        up[i * sum + rank + r] = (float) (other.scale * other.up[i * other.rank + r]);
      }
    }
    return new LowRank(sum, down, up, 1, NO_MAGNITUDE);
  }

  /// Row `output` of what is added, `[inputs]`.
  double[] row(int output) {
    var row = new double[inputs()];
    for (int r = 0; r < rank; r++) {
      double factor = scale * up[output * rank + r];
      if (factor == 0) continue;
      int at = r * row.length;
      for (int j = 0; j < row.length; j++) row[j] += factor * down[at + j];
    }
    return row;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LowRank that
        && rank == that.rank
        && scale == that.scale
        && Arrays.equals(down, that.down)
        && Arrays.equals(up, that.up)
        && Arrays.equals(magnitude, that.magnitude);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(up);
  }

  @Override
  public String toString() {
    return "%s * [%d, %d] * [%d, %d]".formatted(scale, outputs(), rank, rank, inputs());
  }
}
