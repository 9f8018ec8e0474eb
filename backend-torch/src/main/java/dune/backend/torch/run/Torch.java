package dune.backend.torch.run;

import dune.ir.Elem;
import dune.ir.Initializer;
import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/// A tensor runtime.
public interface Torch {
  /// The device that `request` means on this machine.
  ///
  /// @throws EnvironmentFailure if it is not there
  Device resolve(DeviceRequest request);

  /// How many threads one operation may use.
  void useThreads(int count);

  int threads();

  /// @throws EnvironmentFailure if the file cannot be read
  /// @throws InputFailure if the file is no archive, or damaged
  /// @throws TorchException if torch refuses what it says
  LoadedModule load(Path archive, Device device);

  /// Loads an archive whose weights learn.
  ///
  /// @throws EnvironmentFailure if the file cannot be read
  /// @throws InputFailure if the file is no archive, or damaged
  /// @throws TorchException if torch refuses what it says
  Learner learn(Path archive, Device device, List<Learner.Parameter> parameters);

  /// An `int` tensor with a copy of `values`.
  Tensor of(long[] values, long... shape);

  /// An `f32` tensor with a copy of `values`.
  Tensor of(float[] values, long... shape);

  /// Fills memory outside of the Java heap with numbers as an initializer says: the same for the
  /// same seed and number of threads.
  void draw(Initializer initializer, long seed, Elem elem, MemorySegment into);

  /// A tensor with a copy of `data`: little-endian, row-major, without gaps.
  Tensor of(Elem elem, MemorySegment data, long... shape);
}
