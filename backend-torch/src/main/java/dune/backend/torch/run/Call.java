package dune.backend.torch.run;

import java.util.List;

/// A method of a module, looked up once, with room for its arguments. Arguments stay set from run
/// to run. Not for use by two threads at a time.
public interface Call extends AutoCloseable {
  /// Sets argument `index`, counted without `self`; the tensor may be closed right after. It is
  /// moved to the module's device.
  Call set(int index, Tensor tensor);

  /// Sets argument `index` to a whole number.
  Call set(int index, long number);

  /// Runs the method without recording gradients. The caller closes the results; those of a list
  /// stand in its place.
  ///
  /// @throws TorchException if the method fails, with torch's words
  default List<Tensor> run() {
    return run(Kernels.MATRIX);
  }

  /// Runs the method as {@link #run()} does.
  List<Tensor> run(Kernels kernels);

  @Override
  void close();
}
