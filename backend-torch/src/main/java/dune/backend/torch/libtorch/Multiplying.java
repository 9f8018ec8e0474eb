package dune.backend.torch.libtorch;

import dune.backend.torch.run.Kernels;
import org.bytedeco.pytorch.Context;
import org.bytedeco.pytorch.global.torch;

/// While open, libtorch multiplies with these kernels. It is a setting of the whole process:
/// another thread that computes meanwhile gets the same numbers, but for rounding, at another
/// speed.
final class Multiplying implements AutoCloseable {
  private static final Context CONTEXT = torch.globalContext();

  private final Kernels kernels;

  Multiplying(Kernels kernels) {
    this.kernels = kernels;
    if (kernels == Kernels.VECTOR) CONTEXT.setUserEnabledMkldnn(false);
  }

  @Override
  public void close() {
    // And never what it was before, which may be what another thread has set.
    if (kernels == Kernels.VECTOR) CONTEXT.setUserEnabledMkldnn(true);
  }
}
