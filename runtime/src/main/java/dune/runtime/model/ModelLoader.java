package dune.runtime.model;

import dune.backend.torch.TorchBackend;
import dune.backend.torch.TorchProgram;
import dune.backend.torch.emit.Emitted;
import dune.backend.torch.run.DeviceRequest;
import dune.runtime.adapter.Adaptation;
import dune.runtime.compile.Compiled;
import dune.weights.checkpoint.Checkpoint;
import java.nio.file.Path;
import java.util.List;

/// A compiled model and its weights.
public record ModelLoader(Compiled compiled, Checkpoint checkpoint) implements Loadable {
  /// Loads in one go.
  public static TorchModel load(
      Compiled compiled, Checkpoint checkpoint, DeviceRequest device, TorchModel.Mode wanted) {
    return new ModelLoader(compiled, checkpoint).load(device, wanted);
  }

  /// Loads with weights that come from anywhere.
  ///
  /// @param release runs when the model is closed
  public static TorchModel load(
      Compiled compiled,
      TorchBackend.Weights weights,
      Runnable release,
      DeviceRequest device,
      TorchModel.Mode wanted) {
    Emitted emitted = TorchBackend.emit(compiled.program());
    TorchProgram loaded = TorchBackend.load(emitted, weights, device);
    return new TorchModel(loaded, emitted.signature(), release, limits(compiled), wanted);
  }

  /// What a model was compiled for.
  public static TorchModel.Limits limits(Compiled compiled) {
    return new TorchModel.Limits(compiled.context(), compiled.chunk(), compiled.vocabulary());
  }

  @Override
  public TorchModel.Limits limits() {
    return limits(compiled);
  }

  @Override
  public Facts facts() {
    return Facts.of(compiled);
  }

  @Override
  public Path folder() {
    return checkpoint.folder();
  }

  @Override
  public List<String> reasons() {
    return compiled.reasons().stream().map(Object::toString).toList();
  }

  @Override
  public Adaptation adaptation() {
    return compiled.adaptation();
  }

  @Override
  public TorchModel load(DeviceRequest device, TorchModel.Mode wanted) {
    BoundWeights weights = BoundWeights.of(compiled, checkpoint);
    try {
      return load(compiled, weights, weights::close, device, wanted);
    } catch (RuntimeException e) {
      weights.close();
      throw e;
    }
  }
}
