package dune.backend.torch.run;

import dune.ir.Elem;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// An archive in memory, ready to run.
public interface LoadedModule extends AutoCloseable {
  Device device();

  /// Gives an attribute its numbers: little-endian, row-major, without gaps. On the processor they
  /// are used where they lie and never written, so `data` must stay alive until this module is
  /// closed, and may be a read-only mapped file; on another device, or from the Java heap, they are
  /// copied.
  ///
  /// @throws IllegalArgumentException if the size of `data` is not that of the shape
  void bind(String attribute, Elem elem, List<Long> shape, MemorySegment data);

  /// Gives an attribute fresh memory that holds `value` everywhere.
  void fill(String attribute, Elem elem, List<Long> shape, double value);

  /// What an attribute holds now.
  Tensor attribute(String name);

  /// Looks up a method.
  ///
  /// @param arguments how many it takes, without `self`
  /// @throws TorchException if there is none of that name
  Call prepare(String method, int arguments);

  @Override
  void close();
}
