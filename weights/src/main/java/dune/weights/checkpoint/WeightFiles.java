package dune.weights.checkpoint;

import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import dune.weights.Quoted;
import dune.weights.safetensors.Tensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/// Decides which files hold the weights.
final class WeightFiles {
  private static final String SINGLE = "model.safetensors";
  private static final String SUFFIX = ".safetensors";
  private static final String INDEX_SUFFIX = ".safetensors.index.json";

  private WeightFiles() {}

  static Tensors ofFile(Path file) {
    var name = file.getFileName().toString();
    if (name.endsWith(INDEX_SUFFIX)) return Tensors.readIndex(file);
    if (name.endsWith(SUFFIX)) return Tensors.read(file);
    throw new InputFailure(file, "it is not called `.safetensors`; " + advice(name));
  }

  /// `model.safetensors` before an index before the only other file, as Hugging Face's library
  /// looks for them.
  static Tensors of(Path folder) {
    if (Files.isRegularFile(folder.resolve(SINGLE))) return Tensors.read(folder.resolve(SINGLE));
    var names = names(folder);
    var indices = names.stream().filter(name -> name.endsWith(INDEX_SUFFIX)).toList();
    if (indices.size() == 1) return Tensors.readIndex(folder.resolve(indices.getFirst()));
    var files = names.stream().filter(name -> name.endsWith(SUFFIX)).toList();
    if (indices.isEmpty() && files.size() == 1)
      return Tensors.read(folder.resolve(files.getFirst()));
    var several = indices.isEmpty() ? files : indices;
    if (several.isEmpty()) throw none(folder, names);
    throw new InputFailure(
        folder,
        "it holds several files of weights; name one of them: "
            + several.stream().limit(5).map(Quoted::plain).collect(Collectors.joining(", "))
            + (several.size() > 5 ? " ..." : ""));
  }

  private static List<String> names(Path folder) {
    try (var files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    } catch (IOException failure) {
      throw EnvironmentFailure.reading(folder, failure);
    }
  }

  private static EnvironmentFailure none(Path folder, List<String> names) {
    var other =
        names.stream()
            .filter(name -> name.matches(".*\\.(bin|pt|pth|ckpt|gguf)"))
            .findFirst()
            .map(name -> "it has " + Quoted.name(name) + ", but " + advice(name))
            .orElse("download model.safetensors there");
    return new EnvironmentFailure(Quoted.path(folder) + " holds no safetensors file; " + other);
  }

  private static String advice(String name) {
    return "dune reads safetensors only; convert " + Quoted.name(name) + " to it first";
  }
}
