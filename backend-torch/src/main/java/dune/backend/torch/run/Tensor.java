package dune.backend.torch.run;

import dune.ir.Elem;

/// A tensor on some device. It counts as a reference: closing it frees the memory once nobody else
/// refers to it.
public interface Tensor extends AutoCloseable {
  Elem elem();

  /// The sizes of the axes, outermost first.
  long[] shape();

  Device device();

  /// The memory that its numbers lie in, which views share.
  Memory memory();

  /// Memory on a device.
  ///
  /// @param bytes how much was allocated
  record Memory(long address, long bytes) {}

  /// `size` elements along `axis` from `start`, as a view.
  Tensor narrow(int axis, long start, long size);

  /// The elements in row-major order, converted if need be.
  float[] toFloats();

  /// The elements in row-major order, converted if need be.
  double[] toDoubles();

  /// The elements in row-major order; floats are cut off, `bool` gives 0 and 1.
  long[] toLongs();

  @Override
  void close();
}
