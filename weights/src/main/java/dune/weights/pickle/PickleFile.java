package dune.weights.pickle;

import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import dune.weights.Quoted;
import dune.weights.layout.Strided;
import dune.weights.tensor.DataFile;
import dune.weights.tensor.Source;
import dune.weights.tensor.TensorInfo;
import dune.weights.tensor.Tensors;
import dune.weights.tensor.Tensors.Located;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// A checkpoint of PyTorch: `pytorch_model.bin`, `consolidated.00.pth`, `ckpt.pt`.
public final class PickleFile {
  /// Views may repeat numbers, and several names may mean the same; beyond this, nothing good.
  private static final int MOST_REPETITION = 8;

  private static final long SMALL = 64L << 20;

  private final Path path;

  private PickleFile(Path path) {
    this.path = path;
  }

  /// The tensors of the model that the file holds, each where it lies. Reads the pickle, no tensor.
  ///
  /// @throws EnvironmentFailure if the file cannot be read
  /// @throws InputFailure if it is no such file, is broken, or asks for more than tensors
  public static Tensors read(Path path) {
    if (Files.isDirectory(path)) {
      throw new EnvironmentFailure(
          "cannot read " + Quoted.path(path) + ": it is a folder; name a checkpoint file");
    }
    try (var arena = Arena.ofConfined()) {
      var file = new DataFile(path, Files.size(path));
      return new PickleFile(path).read(file, file.map(arena));
    } catch (IOException failure) {
      throw EnvironmentFailure.reading(path, failure);
    }
  }

  private Tensors read(DataFile file, MemorySegment bytes) {
    var container = Container.of(bytes);
    var pickled =
        switch (container) {
          case ZIP -> ZipCheckpoint.read(path, bytes);
          case STREAM -> LegacyCheckpoint.read(path, bytes);
          case EMPTY, TAR, GZIP, LFS_POINTER, WEB_PAGE, GGUF, SAFETENSORS, HDF5, OTHER ->
              throw new InputFailure(path, container.refusal());
        };
    var found = StateDict.of(pickled.root());
    if (found.isEmpty()) {
      throw new InputFailure(
          path,
          "it has no dictionary of named tensors; save the model's `state_dict()` with torch.save");
    }
    var tensors = new LinkedHashMap<String, Located>();
    found.forEach((name, tensor) -> tensors.put(name, located(name, tensor, file, pickled)));
    requireBearable(tensors, file);
    return new Tensors(tensors);
  }

  private static Located located(String name, Value.Tensor tensor, DataFile file, Pickled pickled) {
    var place = pickled.storages().find(tensor.storage());
    var layout = Strided.of(tensor.offset(), tensor.shape(), tensor.strides());
    return new Located(
        new TensorInfo(name, tensor.type(), tensor.shape()),
        new Source.Region(file, place.begin(), place.bytes(), layout));
  }

  private void requireBearable(Map<String, Located> tensors, DataFile file) {
    long most = file.size() * MOST_REPETITION + SMALL;
    long total = 0;
    for (Located tensor : tensors.values()) {
      total += Math.min(tensor.info().bytes(), Long.MAX_VALUE - total);
    }
    if (total <= most) return;
    throw new InputFailure(
        path,
        "its tensors would take %d bytes, and it has %d: they repeat the same numbers too often; it"
                .formatted(total, file.size())
            + " is damaged or hostile");
  }
}
