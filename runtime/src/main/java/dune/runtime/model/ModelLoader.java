package dune.runtime.model;

import dune.backend.torch.TorchBackend;
import dune.backend.torch.TorchProgram;
import dune.backend.torch.emit.Emitted;
import dune.backend.torch.run.DeviceRequest;
import dune.ir.Function;
import dune.ir.Program;
import dune.runtime.compile.Compiled;
import dune.weights.checkpoint.Checkpoint;

/// Puts a compiled model on a device.
public final class ModelLoader {
  private ModelLoader() {}

  /// @param wanted recomputation also happens where the model cannot be cached
  public static TorchModel load(
      Compiled compiled, Checkpoint checkpoint, DeviceRequest device, TorchModel.Mode wanted) {
    Program program = compiled.program();
    BoundWeights weights =
        BoundWeights.bind(
            compiled.checkpoint(),
            BoundWeights.requests(program.weights()),
            BoundWeights.ties(program.weights()),
            checkpoint);
    try {
      Emitted emitted = TorchBackend.emit(program);
      TorchProgram loaded = TorchBackend.load(emitted, weights, device);
      return new TorchModel(
          loaded,
          emitted.signature(),
          weights::close,
          limits(compiled),
          mode(compiled.isCached(), wanted));
    } catch (RuntimeException e) {
      weights.close();
      throw e;
    }
  }

  static TorchModel.Mode mode(boolean cached, TorchModel.Mode wanted) {
    return cached ? wanted : TorchModel.Mode.RECOMPUTED;
  }

  public static TorchModel.Limits limits(Compiled compiled) {
    Function score = compiled.program().require("score");
    var logits = score.of(score.outputs().getFirst().value());
    int vocabulary = (int) logits.dim(2).size().orElseThrow();
    return new TorchModel.Limits(compiled.context(), compiled.chunk(), vocabulary);
  }
}
