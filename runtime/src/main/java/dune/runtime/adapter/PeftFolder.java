package dune.runtime.adapter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import dune.weights.Quoted;
import dune.weights.bind.Convert;
import dune.weights.safetensors.SafetensorsFile;
import dune.weights.safetensors.SafetensorsWriter;
import dune.weights.tensor.DType;
import dune.weights.tensor.Source;
import dune.weights.tensor.Tensors;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// An adapter as PEFT keeps it: `adapter_config.json` and `adapter_model.safetensors`.
///
/// A module is a matrix of the base by its PyTorch name, `model.layers.0.self_attn.q_proj`.
///
/// @param modules the changes, in the order of the file
public record PeftFolder(Path folder, Map<String, LowRank> modules) {
  public static final String CONFIG = "adapter_config.json";
  static final String WEIGHTS = "adapter_model.safetensors";

  private static final String PREFIX = "base_model.model.";
  private static final String DOWN = ".lora_A.weight";
  private static final String UP = ".lora_B.weight";
  private static final String MAGNITUDE = ".lora_magnitude_vector";

  /// What changes the meaning of the numbers in ways that dune does not know.
  private static final List<String> UNKNOWN =
      List.of(
          "layer_replication",
          "alora_invocation_tokens",
          "use_qalora",
          "use_bdlora",
          "lora_bias",
          "arrow_config",
          "kasa_config",
          "monteclora_config",
          "velora_config");

  private static final ObjectMapper JSON = new ObjectMapper();

  public PeftFolder {
    modules = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(modules));
  }

  /// Whether a folder has an adapter.
  public static boolean isOne(Path folder) {
    return Files.isRegularFile(folder.resolve(CONFIG));
  }

  /// @throws EnvironmentFailure if a file is absent or cannot be read
  /// @throws InputFailure if it is no LoRA, or one of a kind that dune does not know
  public static PeftFolder read(Path folder) {
    Path file = folder.resolve(CONFIG);
    if (!Files.isDirectory(folder) || !Files.isRegularFile(file)) {
      throw new EnvironmentFailure(
          "%s has no %s; name a folder with an adapter in PEFT's layout"
              .formatted(Quoted.path(folder), CONFIG));
    }
    if (!Files.isRegularFile(folder.resolve(WEIGHTS))) {
      throw new EnvironmentFailure(
          "%s has no %s, which holds the numbers of the adapter; copy it there%s"
              .formatted(
                  Quoted.path(folder),
                  WEIGHTS,
                  Files.isRegularFile(folder.resolve("adapter_model.bin"))
                      ? " (adapter_model.bin is older; save it with a PEFT of this year)"
                      : ""));
    }
    return new PeftFolder(folder, new Reader(folder, config(file)).modules());
  }

  private static JsonNode config(Path file) {
    try {
      JsonNode config = JSON.readTree(Files.readAllBytes(file));
      if (!config.isObject()) throw new InputFailure(file, "it is not a JSON object");
      return config;
    } catch (JsonProcessingException e) {
      throw new InputFailure(file, "it is damaged: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw EnvironmentFailure.reading(file, e);
    }
  }

  private static final class Reader {
    private final Path folder;
    private final JsonNode config;
    private final Tensors tensors;

    Reader(Path folder, JsonNode config) {
      this.folder = folder;
      this.config = config;
      this.tensors = SafetensorsFile.read(folder.resolve(WEIGHTS)).tensors();
    }

    Map<String, LowRank> modules() {
      requireKnown();
      var modules = new LinkedHashMap<String, LowRank>();
      try (Arena arena = Arena.ofConfined()) {
        Tensors.Mapped mapped = tensors.map(arena);
        for (String name : names()) modules.put(PeftFolder.module(name), module(name, mapped));
      }
      if (modules.isEmpty()) throw new InputFailure(folder.resolve(WEIGHTS), "it has no adapter");
      return modules;
    }

    private void requireKnown() {
      Path file = folder.resolve(CONFIG);
      String type = config.path("peft_type").asText();
      if (!type.equals("LORA")) {
        throw new InputFailure(
            file, "its `peft_type` is \"%s\"; dune reads \"LORA\"".formatted(type));
      }
      for (String key : UNKNOWN) {
        JsonNode value = config.path(key);
        boolean off =
            value.isMissingNode()
                || value.isNull()
                || (value.isBoolean() && !value.asBoolean())
                || (value.isContainerNode() && value.isEmpty());
        if (off) continue;
        throw new InputFailure(
            file,
            "it sets `%s`, which changes what the numbers mean; dune does not know it"
                .formatted(key));
      }
    }

    private Set<String> names() {
      var names = new LinkedHashSet<String>();
      for (String name : tensors.all().keySet()) {
        boolean known = name.endsWith(DOWN) || name.endsWith(UP) || name.endsWith(MAGNITUDE);
        if (known) {
          names.add(name.substring(0, name.lastIndexOf(".lora_")));
          continue;
        }
        throw new InputFailure(
            folder.resolve(WEIGHTS),
            name.contains(".lora_embedding_")
                ? "%s adapts an embedding; dune adapts products only".formatted(Quoted.name(name))
                : "%s is no part of a low-rank adapter (`bias` and `modules_to_save` are not read)"
                    .formatted(Quoted.name(name)));
      }
      return names;
    }

    private LowRank module(String name, Tensors.Mapped mapped) {
      Tensors.Located down = matrix(name + DOWN);
      Tensors.Located up = matrix(name + UP);
      long rank = down.info().shape().getFirst();
      if (rank == 0 || up.info().shape().get(1) != rank) {
        throw new InputFailure(
            folder.resolve(WEIGHTS),
            "%s is %s and %s is %s; their ranks differ"
                .formatted(
                    Quoted.name(name + DOWN),
                    down.info().shape(),
                    Quoted.name(name + UP),
                    up.info().shape()));
      }
      boolean dora = tensors.find(name + MAGNITUDE).isPresent();
      if (dora != config.path("use_dora").asBoolean()) {
        throw new InputFailure(
            folder.resolve(CONFIG),
            "its `use_dora` is %s, and %s %s a magnitude"
                .formatted(!dora, Quoted.name(name), dora ? "has" : "has not"));
      }
      float[] magnitude =
          dora
              ? floats(tensors.find(name + MAGNITUDE).orElseThrow(), mapped)
              : LowRank.NO_MAGNITUDE;
      if (dora && magnitude.length != up.info().shape().getFirst()) {
        throw new InputFailure(
            folder.resolve(WEIGHTS),
            "%s has %d numbers, and %d outputs are there"
                .formatted(
                    Quoted.name(name + MAGNITUDE), magnitude.length, up.info().shape().getFirst()));
      }
      return new LowRank(
          Math.toIntExact(rank),
          floats(down, mapped),
          floats(up, mapped),
          scale(PeftFolder.module(name), rank),
          magnitude);
    }

    private Tensors.Located matrix(String name) {
      Tensors.Located found =
          tensors
              .find(name)
              .orElseThrow(
                  () ->
                      new InputFailure(
                          folder.resolve(WEIGHTS),
                          "%s is missing; a low-rank adapter has A and B"
                              .formatted(Quoted.name(name))));
      if (found.info().shape().size() == 2) return found;
      throw new InputFailure(
          folder.resolve(WEIGHTS),
          "%s is %s; a matrix is expected".formatted(Quoted.name(name), found.info().shape()));
    }

    private float[] floats(Tensors.Located tensor, Tensors.Mapped mapped) {
      var region = (Source.Region) tensor.source();
      DType type = tensor.info().type();
      if (!Convert.isPossible(type, DType.F32)) {
        throw new InputFailure(
            folder.resolve(WEIGHTS),
            "%s is of %s; floats are expected".formatted(Quoted.name(tensor.info().name()), type));
      }
      long count = tensor.info().shape().stream().reduce(1L, Math::multiplyExact);
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment plain = arena.allocate(count * Float.BYTES, Float.BYTES);
        Convert.convert(mapped.of(region), type, plain, DType.F32, count);
        return plain.toArray(ValueLayout.JAVA_FLOAT);
      }
    }

    private double scale(String module, long rank) {
      double alpha = config.path("lora_alpha").asDouble(8);
      var patterns = config.path("alpha_pattern").fields();
      while (patterns.hasNext()) {
        var pattern = patterns.next();
        if (!matches(pattern.getKey(), module)) continue;
        alpha = pattern.getValue().asDouble();
        break;
      }
      return alpha / (config.path("use_rslora").asBoolean() ? Math.sqrt(rank) : rank);
    }

    private static boolean matches(String key, String module) {
      try {
        return Pattern.matches("(.*\\.)?(" + key + ")", module);
      } catch (PatternSyntaxException _) {
        return key.equals(module);
      }
    }
  }

  private static String module(String tensor) {
    return tensor.startsWith(PREFIX) ? tensor.substring(PREFIX.length()) : tensor;
  }

  // Writing.

  /// What there is to say of an adapter beside its numbers.
  ///
  /// @param base where the base model lies, as the config says it
  /// @param scaling how `alpha` becomes the scale
  /// @param dropout of the inputs, when it was trained
  public record Description(String base, Scaling scaling, double dropout) {}

  /// How strong a change is by its rank.
  public enum Scaling {
    /// `alpha / rank`, arXiv 2106.09685.
    PLAIN,
    /// `alpha / sqrt(rank)`, arXiv 2312.03732.
    RANK_STABILIZED;

    double alpha(double scale, int rank) {
      double alpha = scale * (this == PLAIN ? rank : Math.sqrt(rank));
      // What was divided comes back with an error of rounding.
      double whole = Math.rint(alpha);
      return Math.abs(alpha - whole) < 1e-9 * Math.abs(whole) ? whole : alpha;
    }
  }

  /// Writes the two files into a folder that is there.
  ///
  /// @param targets the modules by names that PEFT finds no others by
  /// @param side how the file of the base keeps the matrices
  static void write(
      Path folder,
      Map<String, LowRank> modules,
      List<String> targets,
      Placement.Side side,
      Description description) {
    SafetensorsWriter.write(folder.resolve(WEIGHTS), SafetensorsWriter.PYTORCH, tensors(modules));
    LowRank first = modules.values().iterator().next();
    Scaling scaling = description.scaling();
    double alpha = scaling.alpha(first.scale(), first.rank());
    ObjectNode config =
        JSON.createObjectNode()
            .put("peft_type", "LORA")
            .put("task_type", "CAUSAL_LM")
            .put("base_model_name_or_path", description.base())
            .put("inference_mode", true)
            .put("r", first.rank());
    put(config, "lora_alpha", alpha);
    config
        .put("lora_dropout", description.dropout())
        .put("bias", "none")
        .put("fan_in_fan_out", side == Placement.Side.INPUTS_FIRST)
        .put("use_rslora", scaling == Scaling.RANK_STABILIZED)
        .put("use_dora", first.isDora());
    var names = config.putArray("target_modules");
    targets.forEach(names::add);
    ObjectNode ranks = config.putObject("rank_pattern");
    ObjectNode alphas = config.putObject("alpha_pattern");
    modules.forEach(
        (module, change) -> {
          String key = Pattern.compile("^[^.]*\\.").matcher(module).replaceFirst("");
          if (change.rank() != first.rank()) ranks.put(key, change.rank());
          double own = scaling.alpha(change.scale(), change.rank());
          if (own != alpha) put(alphas, key, own);
        });
    try {
      Files.writeString(folder.resolve(CONFIG), config.toPrettyString() + "\n");
    } catch (IOException e) {
      throw EnvironmentFailure.writing(folder.resolve(CONFIG), e);
    }
  }

  private static void put(ObjectNode node, String key, double number) {
    if (number == (int) number) node.put(key, (int) number);
    else node.put(key, number);
  }

  private static List<SafetensorsWriter.Tensor> tensors(Map<String, LowRank> modules) {
    var tensors = new ArrayList<SafetensorsWriter.Tensor>();
    modules.forEach(
        (module, change) -> {
          long rank = change.rank();
          String name = PREFIX + module;
          tensors.add(
              SafetensorsWriter.Tensor.of(
                  name + DOWN, List.of(rank, (long) change.inputs()), change.down()));
          tensors.add(
              SafetensorsWriter.Tensor.of(
                  name + UP, List.of((long) change.outputs(), rank), change.up()));
          if (change.isDora()) {
            tensors.add(
                SafetensorsWriter.Tensor.of(
                    name + MAGNITUDE, List.of((long) change.outputs()), change.magnitude()));
          }
        });
    return tensors;
  }
}
