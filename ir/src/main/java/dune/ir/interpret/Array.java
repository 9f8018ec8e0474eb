package dune.ir.interpret;

import dune.ir.Elem;
import java.util.Arrays;

/// A tensor with numbers in it: row-major, every number a double.
///
/// Floats of every element type are held unrounded. An `int` is a whole number of at most 2^53,
/// which a double holds exactly; a `bool` is 0 or 1. An array is not changed after construction:
/// whoever gets {@link #data} must not write to it.
public final class Array {
  /// Up to here doubles hold every whole number.
  static final double LARGEST_INT = 0x1p53;

  private final Elem elem;
  private final long[] shape;
  private final double[] data;

  private Array(Elem elem, long[] shape, double[] data) {
    this.elem = elem;
    this.shape = shape;
    this.data = data;
  }

  /// @throws IllegalArgumentException if the shape has another number of elements, or a number is
  ///   no `elem`
  public static Array of(Elem elem, long[] shape, double... data) {
    if (count(shape) != data.length) {
      throw new IllegalArgumentException(
          data.length + " numbers for shape " + Arrays.toString(shape));
    }
    if (!elem.isFloat()) {
      for (double number : data) {
        if (!isLegal(elem, number)) throw new IllegalArgumentException(number + " is no " + elem);
      }
    }
    return new Array(elem, shape.clone(), data);
  }

  public static Array scalar(Elem elem, double number) {
    return of(elem, new long[0], number);
  }

  /// The same number everywhere.
  public static Array filled(Elem elem, long[] shape, double number) {
    var data = new double[count(shape)];
    Arrays.fill(data, number);
    return of(elem, shape, data);
  }

  /// `int` numbers of a shape.
  public static Array ints(long[] shape, long... numbers) {
    return of(Elem.INT, shape, Arrays.stream(numbers).asDoubleStream().toArray());
  }

  public Elem elem() {
    return elem;
  }

  public long[] shape() {
    return shape.clone();
  }

  public int rank() {
    return shape.length;
  }

  public long dim(int axis) {
    return shape[axis];
  }

  /// The number of elements.
  public int count() {
    return data.length;
  }

  /// The numbers in row-major order; not to be written to.
  public double[] data() {
    return data;
  }

  /// The number at one place.
  public double get(long... index) {
    long offset = 0;
    for (int axis = 0; axis < shape.length; axis++) {
      if (index[axis] < 0 || index[axis] >= shape[axis]) {
        throw new IndexOutOfBoundsException(Arrays.toString(index) + " of " + this);
      }
      offset = offset * shape[axis] + index[axis];
    }
    return data[(int) offset];
  }

  /// The same numbers in the same order under another shape.
  public Array reshape(long... to) {
    return of(elem, to, data);
  }

  /// Axis `i` of the result is axis `order[i]` of this array.
  public Array permute(int... order) {
    long[] strides = strides();
    var to = new long[order.length];
    var steps = new long[order.length];
    for (int axis = 0; axis < order.length; axis++) {
      to[axis] = shape[order[axis]];
      steps[axis] = strides[order[axis]];
    }
    return view(to, steps, 0);
  }

  /// The part of this array that begins at `start` along `axis` and is `size` long.
  public Array slice(int axis, long start, long size) {
    var to = shape.clone();
    to[axis] = size;
    long[] strides = strides();
    return view(to, strides, start * strides[axis]);
  }

  /// A new array: its element `[i, j, ..]` is the one of this array at offset `start + i *
  /// strides[0] + j * strides[1] + ..`.
  Array view(long[] to, long[] strides, long start) {
    var result = new double[count(to)];
    if (result.length > 0) copy(result, 0, to, strides, 0, Math.toIntExact(start));
    return new Array(elem, to, result);
  }

  private int copy(double[] result, int at, long[] to, long[] strides, int axis, int from) {
    if (axis == to.length) {
      result[at] = data[from];
      return at + 1;
    }
    int step = (int) strides[axis];
    if (axis == to.length - 1) {
      for (int i = 0; i < to[axis]; i++) result[at + i] = data[from + i * step];
      return at + (int) to[axis];
    }
    int next = at;
    for (int i = 0; i < to[axis]; i++) {
      next = copy(result, next, to, strides, axis + 1, from + i * step);
    }
    return next;
  }

  /// How far apart neighbours along each axis lie.
  long[] strides() {
    var strides = new long[shape.length];
    long stride = 1;
    for (int axis = shape.length - 1; axis >= 0; axis--) {
      strides[axis] = stride;
      stride *= shape[axis];
    }
    return strides;
  }

  /// The product of some sizes, which must fit an array of the machine.
  static int count(long... sizes) {
    long count = 1;
    for (long size : sizes) {
      if (size < 0) throw new IllegalArgumentException("a size of " + size);
      count = Math.multiplyExact(count, size);
    }
    return Math.toIntExact(count);
  }

  static boolean isLegal(Elem elem, double number) {
    return switch (elem) {
      case BOOL -> number == 0 || number == 1;
      case INT -> number == Math.rint(number) && Math.abs(number) <= LARGEST_INT;
      case F16, BF16, F32, F64 -> true;
    };
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Array array
        && elem == array.elem
        && Arrays.equals(shape, array.shape)
        && Arrays.equals(data, array.data);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * elem.hashCode() + Arrays.hashCode(shape)) + Arrays.hashCode(data);
  }

  /// Type and the first numbers.
  @Override
  public String toString() {
    int shown = Math.min(data.length, 16);
    String numbers = Arrays.toString(Arrays.copyOf(data, shown));
    return elem + Arrays.toString(shape) + " " + numbers + (shown < data.length ? " .." : "");
  }
}
