package dune.runtime.bundle;

import dune.backend.torch.emit.Signature;
import dune.ir.Elem;
import dune.runtime.model.TorchModel;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What a bundle says of itself.
///
/// @param compiler version that made it
/// @param model name of the model
/// @param source name of its file, and the hash of that and of everything it imports
/// @param rebuild the command that makes the bundle again
/// @param parameters of the model, with their values
/// @param limits largest context and chunk
/// @param bytesPerToken the weights that one token of a text takes through the processor
/// @param reasons why the model cannot be continued step by step, if so
/// @param checkpoint the clause that says where files keep the weights, with numbers for names
/// @param weights where the weights lie
/// @param signature how the archive is called
public record Manifest(
    String compiler,
    String model,
    Source source,
    String rebuild,
    Map<String, String> parameters,
    Elem elem,
    TorchModel.Limits limits,
    long bytesPerToken,
    List<String> reasons,
    String checkpoint,
    WeightFiles weights,
    Signature signature) {

  /// The layout of manifest and folder. Another one is refused.
  public static final int FORMAT = 4;

  public static final String FILE = "manifest.json";
  public static final String ARCHIVE = "model.pt";

  /// The program that the archive was emitted from, as text; bundles of earlier versions lack it.
  public static final String PROGRAM = "program.ir";

  public Manifest {
    parameters = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
    reasons = List.copyOf(reasons);
  }

  /// @param sha256 of the model file and the files that it may import, in order
  public record Source(String name, String sha256) {}

  /// @param relative path from the bundle's folder; tried first, so that both may move together
  /// @param absolute path at build time
  /// @param headers hash of names, types and shapes of all tensors; the numbers are not hashed
  /// @param embedded whether the archive holds the weights, and the files are not needed
  /// @param ties other names of weights: alias to original
  public record WeightFiles(
      Optional<Path> relative,
      Path absolute,
      String headers,
      Embedding embedded,
      Map<String, String> ties) {
    public WeightFiles {
      ties = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(ties));
    }
  }

  /// Whether the archive holds the weights.
  public enum Embedding {
    NONE,
    EMBEDDED
  }
}
