package dune.weights.bind;

import dune.ir.Program;
import dune.ir.checkpoint.CheckpointMap;
import dune.ir.checkpoint.Pattern;
import dune.ir.checkpoint.Rule;
import dune.ir.checkpoint.TensorSource;
import dune.ir.checkpoint.WeightRequest;
import dune.weights.InputFailure;
import dune.weights.Quoted;
import dune.weights.layout.Strided;
import dune.weights.tensor.DType;
import dune.weights.tensor.DataFile;
import dune.weights.tensor.Source;
import dune.weights.tensor.TensorInfo;
import dune.weights.tensor.Tensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Reads a checkpoint clause backwards: which tensors a file must have for the model to be made of
/// it.
///
/// Names and shapes are guessed from the rules, and then bound as those of any file: the recipes
/// that come of it say where each element belongs. So what is written is what will be read, or it
/// is not written.
public final class Unbinder {

  /// What one weight says of a tensor: every shape that it may have. A split leaves open which axis
  /// it cuts, where several have the right size.
  private record Claim(WeightRequest weight, List<List<Long>> shapes) {}

  private final CheckpointMap map;
  private final Map<String, List<Claim>> claims = new LinkedHashMap<>();

  /// Of lists that the file holds as one tensor, the number of elements: by tensor and axis.
  private final Map<String, List<Long>> lists = new LinkedHashMap<>();

  private Unbinder(CheckpointMap map) {
    this.map = map;
  }

  /// The tensors of a file, in the order in which the program declares its weights. Tied weights
  /// have one tensor.
  ///
  /// @throws InputFailure if the clause cannot be read backwards
  public static List<FileTensor> unbind(CheckpointMap map, Program program) {
    return unbind(map, Binder.requests(program));
  }

  static List<FileTensor> unbind(CheckpointMap map, List<WeightRequest> requests) {
    return new Unbinder(map).run(requests);
  }

  private List<FileTensor> run(List<WeightRequest> requests) {
    requests.forEach(this::claim);
    var tensors = new LinkedHashMap<String, TensorInfo>();
    claims.forEach((name, made) -> tensors.put(name, info(name, made)));
    var report = Binder.bind(map, requests, List.of(), planned(tensors));
    if (!report.isComplete()) throw cannot(report);
    return placed(tensors, report.bindings());
  }

  // Names and shapes.

  private void claim(WeightRequest weight) {
    for (Rule rule : map.rules()) {
      var match = rule.ours().match(weight.path());
      if (match.isEmpty()) continue;
      claim(rule.theirs(), match.get(), weight, List.of(weight.shape()));
      return;
    }
    throw new InputFailure(
        "no rule of the checkpoint clause says where "
            + Quoted.name(weight.path())
            + " is kept; add one to `weights`");
  }

  private void claim(
      TensorSource source, Pattern.Match match, WeightRequest weight, List<List<Long>> shapes) {
    switch (source) {
      case TensorSource.Name name -> named(name, match, weight, shapes);
      case TensorSource.Coalesce(var first, _) -> claim(first, match, weight, shapes);
      case TensorSource.Transpose(var inner) ->
          claim(inner, match, weight, shapes.stream().map(Recipe::transposed).toList());
      case TensorSource.Halves(var inner, _) -> claim(inner, match, weight, shapes);
      case TensorSource.Split split ->
          claim(split.source(), match, weight, uncut(split, match, shapes));
    }
  }

  /// The shapes that become one of `shapes` by cutting this piece out.
  private static List<List<Long>> uncut(
      TensorSource.Split split, Pattern.Match match, List<List<Long>> shapes) {
    long piece = split.groups() * split.sizes().get(match.piece().orElse(0));
    long whole = split.groups() * split.sizes().stream().mapToLong(Long::longValue).sum();
    var uncut = new ArrayList<List<Long>>();
    for (List<Long> shape : shapes) {
      for (int axis = 0; axis < shape.size(); axis++) {
        if (shape.get(axis) != piece) continue;
        var candidate = new ArrayList<>(shape);
        candidate.set(axis, whole);
        uncut.add(List.copyOf(candidate));
      }
    }
    return uncut;
  }

  private void named(
      TensorSource.Name source,
      Pattern.Match match,
      WeightRequest weight,
      List<List<Long>> shapes) {
    var name = source.candidates(match).getFirst();
    if (!name.contains(Pattern.EACH)) {
      claim(name, match.elements(), weight, shapes);
      return;
    }
    if (weight.shape().isEmpty()) throw cannot(weight);
    for (long i = 0; i < weight.shape().getFirst(); i++) {
      var parts = shapes.stream().map(shape -> shape.subList(1, shape.size())).toList();
      claim(name.replace(Pattern.EACH, Long.toString(i)), match.elements(), weight, parts);
    }
  }

  private void claim(
      String name, List<Long> elements, WeightRequest weight, List<List<Long>> shapes) {
    claims.computeIfAbsent(name, _ -> new ArrayList<>()).add(new Claim(weight, shapes));
    lists.merge(
        name,
        elements.stream().map(element -> element + 1).toList(),
        (one, other) -> {
          if (one.size() != other.size()) throw cannot(weight);
          var most = new ArrayList<Long>();
          for (int i = 0; i < one.size(); i++) most.add(Math.max(one.get(i), other.get(i)));
          return most;
        });
  }

  /// The first shape that all weights of a tensor agree on.
  private TensorInfo info(String name, List<Claim> claims) {
    var shapes = new ArrayList<>(claims.getFirst().shapes());
    for (Claim claim : claims) shapes.retainAll(claim.shapes());
    if (shapes.isEmpty()) throw cannot(claims.getLast().weight());
    var shape = new ArrayList<>(lists.get(name));
    shape.addAll(shapes.getFirst());
    var type = DType.of(claims.getFirst().weight().elem());
    return new TensorInfo(name, type, shape);
  }

  /// As if the tensors lay in a file.
  private static Tensors planned(Map<String, TensorInfo> infos) {
    var file = new DataFile(Path.of("model.safetensors"), 0);
    var tensors = new LinkedHashMap<String, Tensors.Located>();
    infos.forEach(
        (name, info) -> {
          var region = new Source.Region(file, 0, info.bytes(), Strided.of(info.shape()));
          tensors.put(name, new Tensors.Located(info, region));
        });
    return new Tensors(tensors);
  }

  // Places.

  private static List<FileTensor> placed(Map<String, TensorInfo> tensors, List<Binding> bindings) {
    var parts = new LinkedHashMap<String, List<FileTensor.Part>>();
    tensors.keySet().forEach(name -> parts.put(name, new ArrayList<>()));
    for (Binding binding : bindings) {
      var located = binding.recipe().tensors();
      var strided = strided(binding);
      long size = elements(located.getFirst().info());
      for (int i = 0; i < located.size(); i++) {
        // A stacked weight lies in a row of tensors, of which this is one.
        var part =
            new FileTensor.Part(binding.request(), strided.offset() - i * size, steps(strided));
        parts.get(located.get(i).info().name()).add(part);
      }
    }
    return tensors.values().stream()
        .map(tensor -> checked(new FileTensor(tensor, parts.get(tensor.name()))))
        .toList();
  }

  private static long elements(TensorInfo tensor) {
    return tensor.shape().stream().reduce(1L, Math::multiplyExact);
  }

  private static List<FileTensor.Step> steps(Strided strided) {
    var steps = new ArrayList<FileTensor.Step>();
    long inWeight = 1;
    for (Strided.Run run : strided.runs().reversed()) {
      steps.add(new FileTensor.Step(run.size(), run.stride(), inWeight));
      inWeight *= run.size();
    }
    return steps;
  }

  /// Where the elements of a weight lie in its tensor, or in the row of its tensors.
  private static Strided strided(Binding binding) {
    return strided(binding.recipe()).orElseThrow(() -> cannot(binding.request()));
  }

  private static Optional<Strided> strided(Recipe recipe) {
    return switch (recipe) {
      case Recipe.Whole _, Recipe.Stacked _ -> Optional.of(Strided.of(recipe.shape()));
      case Recipe.Transposed(var source) -> strided(source).map(Strided::transposed);
      case Recipe.Element(var source, var index) ->
          strided(source).flatMap(strided -> strided.element(index));
      case Recipe.Piece(var source, var axis, var groups, var offset, var size) ->
          strided(source).flatMap(strided -> strided.piece(axis, groups, offset, size));
      case Recipe.Halved(var source, var groups) ->
          strided(source).flatMap(strided -> strided.halved(groups));
    };
  }

  /// Two weights in one place would mean that one of them is not what it was meant to be.
  private static FileTensor checked(FileTensor tensor) {
    long count = elements(tensor.info());
    long held = tensor.parts().stream().mapToLong(part -> part.places(count)).sum();
    if (held <= count) return tensor;
    throw new InputFailure(
        "the checkpoint clause keeps "
            + Quoted.name(tensor.parts().getFirst().weight().path())
            + " and "
            + Quoted.name(tensor.parts().getLast().weight().path())
            + " at the same places of "
            + Quoted.name(tensor.info().name())
            + "; such a checkpoint can be read, but not written");
  }

  // What cannot be read backwards.

  private static InputFailure cannot(WeightRequest weight) {
    return new InputFailure(
        "the rule of the checkpoint clause for "
            + Quoted.name(weight.path())
            + " cannot be read backwards, so no checkpoint can be written by it");
  }

  private static InputFailure cannot(BindingReport report) {
    return new InputFailure(
        "the checkpoint clause cannot be read backwards: "
            + ReportText.line(report.problems().getFirst()));
  }
}
