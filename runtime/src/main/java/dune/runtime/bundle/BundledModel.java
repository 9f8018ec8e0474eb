package dune.runtime.bundle;

import dune.backend.torch.TorchBackend;
import dune.backend.torch.TorchProgram;
import dune.backend.torch.emit.Signature;
import dune.backend.torch.run.DeviceRequest;
import dune.frontend.elaborate.CheckpointText;
import dune.ir.Origin;
import dune.ir.checkpoint.CheckpointMap;
import dune.ir.checkpoint.Tie;
import dune.ir.checkpoint.WeightRequest;
import dune.runtime.model.BoundWeights;
import dune.runtime.model.Facts;
import dune.runtime.model.Loadable;
import dune.runtime.model.TorchModel;
import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import dune.weights.checkpoint.Checkpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// The model of a bundle.
///
/// @param checkpoint its weights, unless the archive holds them
record BundledModel(Bundle bundle, TorchModel.Limits limits, Optional<Checkpoint> checkpoint)
    implements Loadable {
  BundledModel {
    if (!Files.isReadable(bundle.folder().resolve(Manifest.ARCHIVE))) {
      throw new EnvironmentFailure(
          "cannot read %s: the bundle has lost its archive; build it again: %s"
              .formatted(bundle.folder().resolve(Manifest.ARCHIVE), bundle.manifest().rebuild()));
    }
  }

  @Override
  public Facts facts() {
    Manifest manifest = bundle.manifest();
    return new Facts(manifest.model(), manifest.elem(), manifest.bytesPerToken());
  }

  @Override
  public Path folder() {
    return checkpoint.map(Checkpoint::folder).orElse(bundle.folder());
  }

  @Override
  public List<String> reasons() {
    return bundle.manifest().reasons();
  }

  @Override
  public TorchModel load(DeviceRequest device, TorchModel.Mode wanted) {
    Signature signature = bundle.manifest().signature();
    if (checkpoint.isEmpty()) {
      var bare = new Signature(List.of(), signature.states(), signature.methods());
      TorchProgram program = load(bare, BundledModel::absent, device);
      return new TorchModel(program, bare, () -> {}, limits, wanted);
    }
    BoundWeights weights = bind(checkpoint.get());
    try {
      TorchProgram program = load(signature, weights, device);
      return new TorchModel(program, signature, weights::close, limits, wanted);
    } catch (RuntimeException e) {
      weights.close();
      throw e;
    }
  }

  private static java.lang.foreign.MemorySegment absent(Signature.WeightSlot slot) {
    throw new IllegalStateException(slot + " is in the archive");
  }

  private TorchProgram load(
      Signature signature, TorchBackend.Weights weights, DeviceRequest device) {
    return TorchBackend.load(bundle.folder().resolve(Manifest.ARCHIVE), signature, weights, device);
  }

  private BoundWeights bind(Checkpoint files) {
    Manifest manifest = bundle.manifest();
    CheckpointMap map =
        CheckpointText.read(manifest.checkpoint())
            .orElseThrow(
                () ->
                    new InputFailure(
                        bundle.folder().resolve(Manifest.FILE),
                        "its checkpoint clause cannot be read; build it again: "
                            + manifest.rebuild()));
    List<WeightRequest> requests =
        manifest.signature().weights().stream()
            .flatMap(slot -> requests(slot).stream())
            .distinct()
            .toList();
    List<Tie> ties =
        manifest.weights().ties().entrySet().stream()
            .map(tie -> new Tie(tie.getKey(), tie.getValue(), Origin.NONE))
            .toList();
    return BoundWeights.bind(map, requests, ties, files);
  }

  private static List<WeightRequest> requests(Signature.WeightSlot slot) {
    return slot.parts().stream()
        .map(part -> new WeightRequest(part.path(), part.shape(), slot.elem(), Origin.NONE))
        .toList();
  }
}
