package dune.runtime.model;

import dune.backend.torch.run.DeviceRequest;
import dune.runtime.adapter.Adaptation;
import java.nio.file.Path;
import java.util.List;

/// A model that is ready to be put on a device: whatever can be found wrong before the slow part
/// begins has been looked at.
public interface Loadable {
  TorchModel.Limits limits();

  Facts facts();

  /// Where the tokenizer lies.
  Path folder();

  /// Why every token is computed from the beginning, if so.
  List<String> reasons();

  /// The adapters that it is loaded with.
  default Adaptation adaptation() {
    return Adaptation.NONE;
  }

  /// Binds the weights and loads.
  ///
  /// @param wanted recomputation also happens where the model cannot be cached
  /// @throws dune.weights.EnvironmentFailure if the device or the native library is not there
  /// @throws dune.weights.InputFailure if weights do not fit
  TorchModel load(DeviceRequest device, TorchModel.Mode wanted);
}
