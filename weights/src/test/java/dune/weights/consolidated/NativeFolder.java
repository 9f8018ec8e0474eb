package dune.weights.consolidated;

import dune.weights.Elements;
import dune.weights.Resources;
import dune.weights.safetensors.SafetensorsFile;
import dune.weights.safetensors.SafetensorsWriter;
import dune.weights.tensor.DType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Writes the golden LLaMA as Meta would have published it: other names, rotary pairs side by side,
/// and a part of each tensor for each of some machines. Bytes are moved one by one, in no way that
/// the reader knows.
final class NativeFolder {
  static final Path GOLDEN = Resources.golden("llama.safetensors");

  private static final int HEADS = 4;
  private static final int KEY_HEADS = 2;

  private static final Map<String, String> NAMES = new LinkedHashMap<>();

  static {
    NAMES.put("model.embed_tokens", "tok_embeddings");
    NAMES.put("model.norm", "norm");
    NAMES.put("lm_head", "output");
    NAMES.put("model.layers", "layers");
    NAMES.put("input_layernorm", "attention_norm");
    NAMES.put("post_attention_layernorm", "ffn_norm");
    NAMES.put("self_attn.q_proj", "attention.wq");
    NAMES.put("self_attn.k_proj", "attention.wk");
    NAMES.put("self_attn.v_proj", "attention.wv");
    NAMES.put("self_attn.o_proj", "attention.wo");
    NAMES.put("mlp.gate_proj", "feed_forward.w1");
    NAMES.put("mlp.down_proj", "feed_forward.w2");
    NAMES.put("mlp.up_proj", "feed_forward.w3");
  }

  /// Rows of floats.
  record Matrix(int rows, int columns, byte[] bytes) {
    Matrix part(int axis, int index, int count) {
      int height = axis == 0 ? rows / count : rows;
      int width = axis == 1 ? columns / count : columns;
      int top = axis == 0 ? index * height : 0;
      int left = axis == 1 ? index * width : 0;
      var part = new byte[height * width * 4];
      for (int row = 0; row < height; row++) {
        int from = ((top + row) * columns + left) * 4;
        System.arraycopy(bytes, from, part, row * width * 4, width * 4);
      }
      return new Matrix(height, width, part);
    }

    /// Row `i` of the first half of a head and row `i` of its second half become neighbours.
    Matrix interleaved(int heads) {
      var turned = new byte[bytes.length];
      int size = rows / heads;
      for (int head = 0; head < heads; head++) {
        for (int i = 0; i < size / 2; i++) {
          copyRow(turned, head * size + i, head * size + 2 * i);
          copyRow(turned, head * size + size / 2 + i, head * size + 2 * i + 1);
        }
      }
      return new Matrix(rows, columns, turned);
    }

    private void copyRow(byte[] to, int from, int row) {
      System.arraycopy(bytes, from * columns * 4, to, row * columns * 4, columns * 4);
    }
  }

  private final Path folder;

  NativeFolder(Path folder) {
    this.folder = folder;
  }

  static final String PARAMS =
      """
      {"dim": 48, "n_layers": 3, "n_heads": 4, "n_kv_heads": 2, "vocab_size": -1,
       "multiple_of": 16, "norm_eps": 1e-05}
      """;

  /// @param embeddingAxis along which the embedding is cut
  void write(int machines, int embeddingAxis) throws IOException {
    for (int machine = 0; machine < machines; machine++) {
      var tensors = new ArrayList<SafetensorsWriter.Tensor>();
      for (var tensor : SafetensorsFile.read(GOLDEN).tensors().all().values()) {
        var name = theirs(tensor.info().name());
        var shape = tensor.info().shape();
        int rows = shape.getFirst().intValue();
        int columns = shape.size() == 1 ? 1 : shape.getLast().intValue();
        var matrix = new Matrix(rows, columns, Elements.of(tensor));
        if (name.endsWith("wq.weight")) matrix = matrix.interleaved(HEADS);
        if (name.endsWith("wk.weight")) matrix = matrix.interleaved(KEY_HEADS);
        int axis = axis(name, embeddingAxis);
        if (axis >= 0) matrix = matrix.part(axis, machine, machines);
        tensors.add(written(name, shape.size(), matrix));
      }
      tensors.add(written("rope.freqs", 1, new Matrix(6, 1, new byte[24])));
      var file = folder.resolve("consolidated.%02d.safetensors".formatted(machine));
      SafetensorsWriter.write(file, Map.of(), tensors);
    }
    Files.writeString(folder.resolve("params.json"), PARAMS);
  }

  private static SafetensorsWriter.Tensor written(String name, int rank, Matrix matrix) {
    var shape =
        rank == 1
            ? List.of((long) matrix.rows())
            : List.of((long) matrix.rows(), (long) matrix.columns());
    var content = SafetensorsWriter.Content.of(MemorySegment.ofArray(matrix.bytes()));
    return new SafetensorsWriter.Tensor(name, DType.F32, shape, content);
  }

  private static String theirs(String name) {
    var theirs = name;
    for (var entry : NAMES.entrySet()) theirs = theirs.replace(entry.getKey(), entry.getValue());
    return theirs;
  }

  private static int axis(String name, int embeddingAxis) {
    if (name.startsWith("tok_embeddings")) return embeddingAxis;
    if (name.contains("norm")) return -1;
    return name.endsWith("wo.weight") || name.endsWith("w2.weight") ? 1 : 0;
  }
}
