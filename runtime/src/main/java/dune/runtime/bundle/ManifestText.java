package dune.runtime.bundle;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dune.backend.torch.emit.Signature;
import dune.backend.torch.run.Kernels;
import dune.ir.Elem;
import dune.ir.Shape;
import dune.ir.Type;
import dune.ir.dim.Dim;
import dune.runtime.model.TorchModel;
import dune.weights.InputFailure;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Manifests as JSON.
final class ManifestText {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private ManifestText() {}

  static String write(Manifest manifest) {
    ObjectNode root = JSON.createObjectNode();
    root.put("format", Manifest.FORMAT);
    root.put("compiler", manifest.compiler());
    root.put("rebuild", manifest.rebuild());
    root.put("model", manifest.model());
    root.putObject("source")
        .put("name", manifest.source().name())
        .put("sha256", manifest.source().sha256());
    ObjectNode parameters = root.putObject("parameters");
    manifest.parameters().forEach(parameters::put);
    root.put("elem", manifest.elem().text());
    root.put("context", manifest.limits().context());
    root.put("chunk", manifest.limits().chunk());
    root.put("vocabulary", manifest.limits().vocabulary());
    root.put("bytes_per_token", manifest.bytesPerToken());
    strings(root.putArray("recomputes"), manifest.reasons());
    weights(root.putObject("weights"), manifest.weights());
    root.put("checkpoint", manifest.checkpoint());
    signature(root.putObject("archive"), manifest.signature());
    try {
      return JSON.writeValueAsString(root) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void weights(ObjectNode node, Manifest.WeightFiles weights) {
    weights.relative().ifPresent(path -> node.put("relative", path.toString()));
    node.put("absolute", weights.absolute().toString());
    node.put("headers_sha256", weights.headers());
    node.put("embedded", weights.embedded() == Manifest.Embedding.EMBEDDED);
    ObjectNode ties = node.putObject("ties");
    weights.ties().forEach(ties::put);
  }

  private static void signature(ObjectNode node, Signature signature) {
    node.put("file", Manifest.ARCHIVE);
    ArrayNode methods = node.putArray("methods");
    for (Signature.Method method : signature.methods()) {
      ObjectNode one = methods.addObject().put("name", method.name());
      strings(one.putArray("inputs"), method.inputs());
      strings(one.putArray("dims"), method.dims());
      strings(one.putArray("outputs"), method.outputs());
      one.put("single", method.single().name().toLowerCase(Locale.ROOT));
    }
    ArrayNode states = node.putArray("states");
    for (Signature.StateSlot slot : signature.states()) {
      ObjectNode one =
          states.addObject().put("name", slot.name()).put("attribute", slot.attribute());
      one.put("elem", slot.type().elem().text());
      strings(
          one.putArray("shape"), slot.type().shape().dims().stream().map(Dim::toString).toList());
      one.put("initial", slot.initial());
    }
    ArrayNode weights = node.putArray("weights");
    for (Signature.WeightSlot slot : signature.weights()) {
      ObjectNode one =
          weights.addObject().put("attribute", slot.attribute()).put("elem", slot.elem().text());
      ArrayNode parts = one.putArray("parts");
      for (Signature.Part part : slot.parts()) {
        ArrayNode shape = parts.addObject().put("path", part.path()).putArray("shape");
        part.shape().forEach(shape::add);
      }
    }
  }

  private static void strings(ArrayNode node, List<String> values) {
    values.forEach(node::add);
  }

  /// @throws InputFailure if the text is no manifest, or one of another format
  static Manifest read(String text, Path file) {
    JsonNode root;
    try {
      root = JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new InputFailure(
          file,
          "it is not JSON (line %d); build the bundle again"
              .formatted(e.getLocation() == null ? 0 : e.getLocation().getLineNr()));
    }
    requireFormat(root, file);
    try {
      return manifest(root);
    } catch (IllegalArgumentException e) {
      throw new InputFailure(
          file,
          "it is damaged (%s); build the bundle again: %s"
              .formatted(e.getMessage(), rebuild(root)));
    }
  }

  private static void requireFormat(JsonNode root, Path file) {
    JsonNode format = root.path("format");
    if (format.isInt() && format.asInt() == Manifest.FORMAT) return;
    String made = root.path("compiler").asText("");
    throw new InputFailure(
        file,
        "it has the format %s, made by %s, and this dunec reads format %d; build it again: %s"
            .formatted(
                format.isMissingNode() ? "none" : format.asText(),
                made.isEmpty() ? "another program" : "dunec " + made,
                Manifest.FORMAT,
                rebuild(root)));
  }

  private static String rebuild(JsonNode root) {
    return root.path("rebuild").asText("dunec build MODEL.dune --weights DIR -o OUT");
  }

  private static Manifest manifest(JsonNode root) {
    JsonNode weights = required(root, "weights");
    JsonNode archive = required(root, "archive");
    return new Manifest(
        text(root, "compiler"),
        text(root, "model"),
        new Manifest.Source(
            text(required(root, "source"), "name"), text(required(root, "source"), "sha256")),
        text(root, "rebuild"),
        pairs(required(root, "parameters")),
        elem(root),
        new TorchModel.Limits(
            number(root, "context"), number(root, "chunk"), number(root, "vocabulary")),
        required(root, "bytes_per_token").asLong(),
        texts(required(root, "recomputes")),
        text(root, "checkpoint"),
        new Manifest.WeightFiles(
            weights.has("relative")
                ? Optional.of(Path.of(text(weights, "relative")))
                : Optional.empty(),
            Path.of(text(weights, "absolute")),
            text(weights, "headers_sha256"),
            required(weights, "embedded").asBoolean()
                ? Manifest.Embedding.EMBEDDED
                : Manifest.Embedding.NONE,
            pairs(required(weights, "ties"))),
        signature(archive));
  }

  private static Signature signature(JsonNode archive) {
    var weights = new ArrayList<Signature.WeightSlot>();
    for (JsonNode one : required(archive, "weights")) {
      var parts = new ArrayList<Signature.Part>();
      for (JsonNode part : required(one, "parts")) {
        var shape = new ArrayList<Long>();
        required(part, "shape").forEach(size -> shape.add(size.asLong()));
        parts.add(new Signature.Part(text(part, "path"), shape));
      }
      weights.add(new Signature.WeightSlot(text(one, "attribute"), elem(one), parts));
    }
    var states = new ArrayList<Signature.StateSlot>();
    for (JsonNode one : required(archive, "states")) {
      var dims = texts(required(one, "shape")).stream().map(Dim::parse).toList();
      states.add(
          new Signature.StateSlot(
              text(one, "name"),
              text(one, "attribute"),
              new Type(elem(one), new Shape(dims)),
              required(one, "initial").asDouble()));
    }
    var methods = new ArrayList<Signature.Method>();
    for (JsonNode one : required(archive, "methods")) {
      methods.add(
          new Signature.Method(
              text(one, "name"),
              texts(required(one, "inputs")),
              texts(required(one, "dims")),
              texts(required(one, "outputs")),
              kernels(text(one, "single"))));
    }
    return new Signature(weights, states, methods);
  }

  private static Kernels kernels(String name) {
    return Arrays.stream(Kernels.values())
        .filter(each -> each.name().toLowerCase(Locale.ROOT).equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no kernels `" + name + "`"));
  }

  private static JsonNode required(JsonNode node, String key) {
    JsonNode found = node.get(key);
    if (found == null) throw new IllegalArgumentException("`" + key + "` is missing");
    return found;
  }

  private static String text(JsonNode node, String key) {
    JsonNode found = required(node, key);
    if (!found.isTextual()) throw new IllegalArgumentException("`" + key + "` is no text");
    return found.asText();
  }

  private static int number(JsonNode node, String key) {
    JsonNode found = required(node, key);
    if (!found.isInt() || found.asInt() < 1)
      throw new IllegalArgumentException("`" + key + "` is no size");
    return found.asInt();
  }

  private static Elem elem(JsonNode node) {
    String name = text(node, "elem");
    return Elem.of(name).orElseThrow(() -> new IllegalArgumentException("no element type " + name));
  }

  private static List<String> texts(JsonNode array) {
    var texts = new ArrayList<String>();
    array.forEach(one -> texts.add(one.asText()));
    return texts;
  }

  private static Map<String, String> pairs(JsonNode object) {
    var pairs = new LinkedHashMap<String, String>();
    object.properties().forEach(entry -> pairs.put(entry.getKey(), entry.getValue().asText()));
    return pairs;
  }
}
