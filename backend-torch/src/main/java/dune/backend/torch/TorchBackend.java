package dune.backend.torch;

import dune.backend.torch.archive.Content;
import dune.backend.torch.emit.Emitted;
import dune.backend.torch.emit.Emitter;
import dune.backend.torch.emit.Probe;
import dune.backend.torch.emit.Probed;
import dune.backend.torch.emit.Signature;
import dune.backend.torch.libtorch.LibTorch;
import dune.backend.torch.run.Device;
import dune.backend.torch.run.DeviceRequest;
import dune.backend.torch.run.Learner;
import dune.backend.torch.run.LoadedModule;
import dune.backend.torch.run.Torch;
import dune.ir.Program;
import dune.weights.EnvironmentFailure;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/// Emits programs and loads them.
public final class TorchBackend {
  /// The bytes of the weights of a slot: little-endian, row-major, without gaps. They have to stay
  /// alive as long as the program that reads them.
  @FunctionalInterface
  public interface Weights {
    MemorySegment get(Signature.WeightSlot slot);
  }

  private TorchBackend() {}

  /// An archive whose weights are bound when it is loaded. Needs no native library.
  public static Emitted emit(Program program) {
    return Emitter.emit(program);
  }

  /// An archive through which gradients flow, whose weights are bound when it is loaded. Needs no
  /// native library.
  public static Emitted emitForLearning(Program program) {
    return Emitter.emitForLearning(program);
  }

  /// An archive with the weights in it, which needs nothing else. Needs no native library.
  public static Emitted emitWithWeights(Program program, Weights weights) {
    return Emitter.emit(program, slot -> new Content.Bytes(weights.get(slot)));
  }

  /// An archive whose methods observe themselves, for profiles. Needs no native library.
  public static Probed emit(Program program, Probe probe) {
    return Emitter.emit(program, probe);
  }

  /// Libtorch, loaded into this process on first use.
  ///
  /// @throws EnvironmentFailure if it is not there
  public static Torch torch() {
    return LibTorch.get();
  }

  /// Loads an archive and binds its weights.
  ///
  /// @param signature what the emitter said of the archive
  /// @throws EnvironmentFailure if the device is not there or the archive cannot be read
  public static TorchProgram load(
      Path archive, Signature signature, Weights weights, DeviceRequest device) {
    Torch torch = torch();
    Device where = torch.resolve(device);
    LoadedModule module = torch.load(archive, where);
    try {
      for (Signature.WeightSlot slot : signature.weights()) {
        module.bind(slot.attribute(), slot.elem(), slot.shape(), weights.get(slot));
      }
    } catch (RuntimeException e) {
      module.close();
      throw e;
    }
    return new TorchProgram(module, signature);
  }

  /// Loads what has just been emitted, by way of a temporary file.
  public static TorchProgram load(Emitted emitted, Weights weights, DeviceRequest device) {
    return byFile(emitted, file -> load(file, emitted.signature(), weights, device));
  }

  /// Loads what has just been emitted so that all its weights learn, by way of a temporary file.
  ///
  /// @param weights what they begin with, which is copied
  public static Learner learn(Emitted emitted, Weights weights, DeviceRequest device) {
    return learn(emitted, weights, _ -> true, device);
  }

  /// Loads what has just been emitted so that some of its weights learn, by way of a temporary
  /// file.
  ///
  /// @param weights what they begin with, which is copied where it learns
  /// @param learns whether the weights of a slot do
  public static Learner learn(
      Emitted emitted,
      Weights weights,
      Predicate<Signature.WeightSlot> learns,
      DeviceRequest device) {
    Torch torch = torch();
    List<Learner.Parameter> parameters =
        emitted.signature().weights().stream()
            .map(
                slot ->
                    new Learner.Parameter(
                        slot.attribute(),
                        slot.elem(),
                        slot.shape(),
                        weights.get(slot),
                        learns.test(slot)
                            ? Learner.Parameter.Kind.LEARNS
                            : Learner.Parameter.Kind.STAYS))
            .toList();
    return byFile(emitted, file -> torch.learn(file, torch.resolve(device), parameters));
  }

  private static <T> T byFile(Emitted emitted, Function<Path, T> load) {
    try {
      Path file = Files.createTempFile("dune", ".pt");
      try {
        emitted.archive().writeForNow(file);
        return load.apply(file);
      } finally {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw EnvironmentFailure.writing(Path.of(System.getProperty("java.io.tmpdir")), e);
    }
  }
}
