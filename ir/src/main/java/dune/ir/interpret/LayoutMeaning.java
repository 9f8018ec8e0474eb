package dune.ir.interpret;

import dune.ir.Elem;
import java.util.Arrays;
import java.util.List;

/// What it means to move elements, to read at indices, and to write into a cache.
final class LayoutMeaning {
  private LayoutMeaning() {}

  static Array broadcast(Array x, long[] shape, List<Integer> axes) {
    long[] own = x.strides();
    var strides = new long[shape.length];
    for (int axis = 0; axis < own.length; axis++) strides[axes.get(axis)] = own[axis];
    return x.view(shape, strides, 0);
  }

  static Array slice(Array x, int axis, long start, long size, long step) {
    if (start < 0 || size < 0 || (size > 0 && start + (size - 1) * step >= x.dim(axis))) {
      throw new IndexOutOfBoundsException(
          size + " from " + start + " by " + step + " along axis " + axis + " of " + x);
    }
    long[] shape = x.shape();
    long[] strides = x.strides();
    long offset = start * strides[axis];
    shape[axis] = size;
    strides[axis] *= step;
    return x.view(shape, strides, offset);
  }

  static Array concat(List<Array> parts, int axis) {
    Array first = parts.getFirst();
    long[] shape = first.shape();
    shape[axis] = parts.stream().mapToLong(part -> part.dim(axis)).sum();
    int outer = Array.count(Arrays.copyOf(shape, axis));
    var result = new double[Array.count(shape)];
    int at = 0;
    for (int i = 0; i < outer; i++) {
      for (Array part : parts) {
        int length = part.count() / outer;
        System.arraycopy(part.data(), i * length, result, at, length);
        at += length;
      }
    }
    return Array.of(first.elem(), shape, result);
  }

  /// Arrays of one shape along a new leading axis.
  static Array stack(List<Array> parts, Elem elem, long[] shape) {
    var stacked = new long[shape.length + 1];
    stacked[0] = parts.size();
    System.arraycopy(shape, 0, stacked, 1, shape.length);
    var result = new double[Array.count(stacked)];
    int at = 0;
    for (Array part : parts) {
      System.arraycopy(part.data(), 0, result, at, part.count());
      at += part.count();
    }
    return Array.of(elem, stacked, result);
  }

  /// With the axes of each group taken as one: `x[batch, before, axis, after]` at `indices[batch,
  /// more]`.
  static Array gather(Array x, Array indices, int axis, int batch) {
    long[] from = x.shape();
    long[] at = indices.shape();
    int outer = Array.count(Arrays.copyOf(from, batch));
    int before = Array.count(Arrays.copyOfRange(from, batch, axis));
    int size = Math.toIntExact(from[axis]);
    int after = Array.count(Arrays.copyOfRange(from, axis + 1, from.length));
    int more = Array.count(Arrays.copyOfRange(at, batch, at.length));
    var result = new double[Array.count(outer, before, more, after)];
    int to = 0;
    for (int b = 0; b < outer; b++) {
      for (int i = 0; i < before; i++) {
        for (int j = 0; j < more; j++) {
          int index = Math.toIntExact((long) indices.data()[b * more + j]);
          if (index < 0 || index >= size) {
            throw new IndexOutOfBoundsException("index " + index + " of an axis of " + size);
          }
          System.arraycopy(x.data(), ((b * before + i) * size + index) * after, result, to, after);
          to += after;
        }
      }
    }
    var shape = new long[from.length - 1 + at.length - batch];
    System.arraycopy(from, 0, shape, 0, axis);
    System.arraycopy(at, batch, shape, axis, at.length - batch);
    System.arraycopy(from, axis + 1, shape, axis + at.length - batch, from.length - axis - 1);
    return Array.of(x.elem(), shape, result);
  }

  /// `cache[b, slots[b, t]] = x[b, t]`, in the order of `t`.
  static Array append(Array cache, Array x, Array slots) {
    int rows = Math.toIntExact(x.dim(0));
    int steps = Math.toIntExact(x.dim(1));
    int capacity = Math.toIntExact(cache.dim(1));
    if (rows != cache.dim(0)) {
      throw new IllegalArgumentException(rows + " rows for a state of " + cache.dim(0));
    }
    int width = Array.count(Arrays.copyOfRange(x.shape(), 2, x.rank()));
    double[] result = cache.data().clone();
    for (int b = 0; b < rows; b++) {
      for (int t = 0; t < steps; t++) {
        int from = b * steps + t;
        int slot = Math.toIntExact((long) slots.data()[from]);
        if (slot < 0 || slot >= capacity) {
          throw new IndexOutOfBoundsException("slot " + slot + " of " + capacity);
        }
        System.arraycopy(x.data(), from * width, result, (b * capacity + slot) * width, width);
      }
    }
    return Array.of(cache.elem(), cache.shape(), result);
  }
}
