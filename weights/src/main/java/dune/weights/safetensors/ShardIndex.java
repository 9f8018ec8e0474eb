package dune.weights.safetensors;

import dune.ir.checkpoint.Json;
import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import dune.weights.Quoted;
import dune.weights.json.JsonFile;
import dune.weights.safetensors.Tensors.Located;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Reads `model.safetensors.index.json`: which tensor is in which file. The names of the files are
/// not trusted.
final class ShardIndex {
  private final Path index;

  ShardIndex(Path index) {
    this.index = index;
  }

  static Tensors single(SafetensorsFile file) {
    var tensors = new LinkedHashMap<String, Located>();
    file.header().tensors().forEach((name, info) -> tensors.put(name, new Located(file, info)));
    return new Tensors(List.of(file), tensors);
  }

  Tensors read() {
    var shards = new LinkedHashMap<String, SafetensorsFile>();
    var named = new LinkedHashMap<String, String>();
    weightMap()
        .forEach(
            (tensor, place) -> {
              var shard = shardName(tensor, place);
              shards.computeIfAbsent(shard, this::shard);
              named.put(tensor, shard);
            });
    var tensors = collect(shards);
    named.forEach((tensor, shard) -> check(tensor, shard, tensors, shards));
    return new Tensors(new ArrayList<>(shards.values()), tensors);
  }

  private Map<String, Json> weightMap() {
    if (JsonFile.read(index) instanceof Json.Fields(var root, _)
        && root.get("weight_map") instanceof Json.Fields(var weightMap, _)) {
      return weightMap;
    }
    throw new InputFailure(index, "it has no `weight_map`; this is not an index of safetensors");
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
    if (!plain || !name.endsWith(".safetensors")) {
      throw new InputFailure(
          index,
          at.line(),
          at.column(),
          Quoted.name(name) + " is not the name of a safetensors file in the same folder");
    }
    return name;
  }

  private SafetensorsFile shard(String name) {
    Path file = index.resolveSibling(name);
    if (!Files.exists(file)) {
      throw new EnvironmentFailure(
          Quoted.path(file) + " is missing, and the index names it; download it too");
    }
    return SafetensorsFile.read(file);
  }

  private Map<String, Located> collect(Map<String, SafetensorsFile> shards) {
    var tensors = new LinkedHashMap<String, Located>();
    for (SafetensorsFile file : shards.values()) {
      file.header()
          .tensors()
          .forEach(
              (name, info) -> {
                var former = tensors.put(name, new Located(file, info));
                if (former != null) {
                  throw new InputFailure(
                      file.path(),
                      Quoted.name(name)
                          + " is also in "
                          + Quoted.path(former.file().path())
                          + "; files of two checkpoints lie in this folder");
                }
              });
    }
    return tensors;
  }

  private void check(
      String tensor,
      String shard,
      Map<String, Located> tensors,
      Map<String, SafetensorsFile> shards) {
    var found = tensors.get(tensor);
    if (found == null || found.file() != shards.get(shard)) {
      throw new InputFailure(
          index,
          Quoted.name(tensor)
              + " should be in "
              + Quoted.name(shard)
              + " and is not; files of two checkpoints lie in this folder");
    }
  }
}
