package dune.backend.torch.libtorch;

import org.bytedeco.pytorch.InferenceMode;
import org.bytedeco.pytorch.global.torch;

/// While open, this thread records no gradients and optimises no graph. Both are settings of a
/// thread, so each call sets them: 0.3 microseconds.
final class Inference implements AutoCloseable {
  private final InferenceMode mode = new InferenceMode(true);

  Inference() {
    torch.setGraphExecutorOptimize(false);
  }

  @Override
  public void close() {
    mode.close();
  }
}
