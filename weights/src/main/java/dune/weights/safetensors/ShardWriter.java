package dune.weights.safetensors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import dune.weights.AtomicFile;
import dune.weights.EnvironmentFailure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// Writes the tensors of a checkpoint as Hugging Face lays them out: one `model.safetensors`, or,
/// where that would be larger than a limit, shards of it and an index.
public final class ShardWriter {
  private static final String SINGLE = "model.safetensors";
  private static final String INDEX = "model.safetensors.index.json";
  private static final JsonFactory JSON = new JsonFactory();

  private ShardWriter() {}

  /// Tensors stay in the given order from shard to shard; a tensor larger than the limit has a
  /// shard of its own.
  ///
  /// @param shardSize the most bytes of the tensors of one file
  /// @throws EnvironmentFailure if a file cannot be written
  public static void write(Path folder, List<SafetensorsWriter.Tensor> tensors, long shardSize) {
    var shards = shards(tensors, shardSize);
    if (shards.size() == 1) {
      SafetensorsWriter.write(folder.resolve(SINGLE), SafetensorsWriter.PYTORCH, tensors);
      return;
    }
    var places = new TreeMap<String, String>();
    for (int i = 0; i < shards.size(); i++) {
      var name = String.format(Locale.ROOT, "model-%05d-of-%05d.safetensors", i + 1, shards.size());
      shards.get(i).forEach(tensor -> places.put(tensor.name(), name));
      SafetensorsWriter.write(folder.resolve(name), SafetensorsWriter.PYTORCH, shards.get(i));
    }
    long total = tensors.stream().mapToLong(SafetensorsWriter.Tensor::bytes).sum();
    // Last, so that whoever finds an index finds what it names.
    AtomicFile.write(folder.resolve(INDEX), index(places, total));
  }

  private static List<List<SafetensorsWriter.Tensor>> shards(
      List<SafetensorsWriter.Tensor> tensors, long shardSize) {
    if (shardSize < 1) throw new IllegalArgumentException("shards of " + shardSize + " bytes");
    var shards = new ArrayList<List<SafetensorsWriter.Tensor>>();
    shards.add(new ArrayList<>());
    long filled = 0;
    for (SafetensorsWriter.Tensor tensor : tensors) {
      if (!shards.getLast().isEmpty() && tensor.bytes() > shardSize - filled) {
        shards.add(new ArrayList<>());
        filled = 0;
      }
      shards.getLast().add(tensor);
      filled += tensor.bytes();
    }
    return shards;
  }

  private static byte[] index(Map<String, String> places, long total) {
    var json = new ByteArrayOutputStream();
    var printer = new DefaultPrettyPrinter();
    printer.indentObjectsWith(new DefaultIndenter("  ", "\n"));
    try (var generator = JSON.createGenerator(json).setPrettyPrinter(printer)) {
      generator.writeStartObject();
      generator.writeObjectFieldStart("metadata");
      generator.writeNumberField("total_size", total);
      generator.writeEndObject();
      generator.writeObjectFieldStart("weight_map");
      for (var place : places.entrySet()) {
        generator.writeStringField(place.getKey(), place.getValue());
      }
      generator.writeEndObject();
      generator.writeEndObject();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    return json.toByteArray();
  }
}
