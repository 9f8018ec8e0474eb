package dune.weights.safetensors;

import dune.ir.checkpoint.Json;
import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import dune.weights.Quoted;
import dune.weights.json.JsonFile;
import dune.weights.tensor.Tensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// Reads an index such as `model.safetensors.index.json`: which tensor is in which file. The names
/// of the files are not trusted.
public final class ShardIndex {
  private final Path index;
  private final List<String> suffixes;
  private final Function<Path, Tensors> reader;

  /// @param suffixes how the names of the files may end
  /// @param reader reads one of the files
  public ShardIndex(Path index, List<String> suffixes, Function<Path, Tensors> reader) {
    this.index = index;
    this.suffixes = List.copyOf(suffixes);
    this.reader = reader;
  }

  /// The tensors of all safetensors files that an index names; see {@link #read()}.
  public static Tensors read(Path index) {
    var safetensors = List.of(".safetensors");
    return new ShardIndex(index, safetensors, file -> SafetensorsFile.read(file).tensors()).read();
  }

  /// @throws EnvironmentFailure if a file is missing or cannot be read
  /// @throws InputFailure if index and files contradict each other
  public Tensors read() {
    var shards = new LinkedHashMap<String, Tensors>();
    var named = new LinkedHashMap<String, String>();
    weightMap()
        .forEach(
            (tensor, place) -> {
              var shard = shardName(tensor, place);
              shards.computeIfAbsent(shard, this::shard);
              named.put(tensor, shard);
            });
    named.forEach(
        (tensor, shard) -> {
          if (shards.get(shard).find(tensor).isEmpty()) throw astray(tensor, shard);
        });
    return Tensors.of(List.copyOf(shards.values()));
  }

  private Map<String, Json> weightMap() {
    if (JsonFile.read(index) instanceof Json.Fields(var root, _)
        && root.get("weight_map") instanceof Json.Fields(var weightMap, _)) {
      return weightMap;
    }
    throw new InputFailure(index, "it has no `weight_map`; this is not an index of weights");
  }

  private String shardName(String tensor, Json place) {
    if (!(place instanceof Json.Text(var name, var at))) {
      throw new InputFailure(
          index,
          place.place().line(),
          place.place().column(),
          "the file of " + Quoted.name(tensor) + " is not a text");
    }
    boolean plain = name.matches("[^/\\\\:\\x00]+") && !name.startsWith(".");
    if (!plain || suffixes.stream().noneMatch(name::endsWith)) {
      throw new InputFailure(
          index,
          at.line(),
          at.column(),
          Quoted.name(name)
              + " is not the name of a "
              + String.join(" or ", suffixes)
              + " file in the same folder");
    }
    return name;
  }

  private Tensors shard(String name) {
    Path file = index.resolveSibling(name);
    if (!Files.exists(file)) {
      throw new EnvironmentFailure(
          Quoted.path(file) + " is missing, and the index names it; download it too");
    }
    return reader.apply(file);
  }

  private InputFailure astray(String tensor, String shard) {
    return new InputFailure(
        index,
        Quoted.name(tensor)
            + " should be in "
            + Quoted.name(shard)
            + " and is not; files of two checkpoints lie in this folder");
  }
}
