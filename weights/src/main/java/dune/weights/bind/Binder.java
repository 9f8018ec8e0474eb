package dune.weights.bind;

import dune.ir.Program;
import dune.ir.Weight;
import dune.ir.checkpoint.CheckpointMap;
import dune.ir.checkpoint.Tie;
import dune.ir.checkpoint.WeightRequest;
import dune.weights.bind.Finding.Tied;
import dune.weights.bind.Resolver.Result;
import dune.weights.tensor.DType;
import dune.weights.tensor.TensorInfo;
import dune.weights.tensor.Tensors;
import dune.weights.tensor.Tensors.Located;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Finds for each weight the tensors that it is made of, and for each tensor the weight that wants
/// it. Reads headers only.
public final class Binder {
  private final CheckpointMap map;
  private final Tensors tensors;
  private final Resolver resolver;

  /// Names of tensors that are spoken for, rightly or wrongly.
  private final Set<String> claimed = new LinkedHashSet<>();

  private Binder(CheckpointMap map, Tensors tensors) {
    this.map = map;
    this.tensors = tensors;
    this.resolver = new Resolver(map, tensors);
  }

  /// Binds the weights of a program, whose sizes are all known.
  public static BindingReport bind(CheckpointMap map, Program program, Tensors tensors) {
    var ties = new ArrayList<Tie>();
    for (Weight weight : program.weights()) {
      weight.tiedTo().ifPresent(of -> ties.add(new Tie(weight.path(), of, weight.origin())));
    }
    return bind(map, requests(program), ties, tensors);
  }

  /// What a program asks of a file: all its weights, but for those that are other names.
  static List<WeightRequest> requests(Program program) {
    return program.weights().stream()
        .filter(weight -> weight.tiedTo().isEmpty())
        .map(WeightRequest::of)
        .toList();
  }

  public static BindingReport bind(
      CheckpointMap map, List<WeightRequest> requests, List<Tie> ties, Tensors tensors) {
    return new Binder(map, tensors).bind(requests, ties);
  }

  private BindingReport bind(List<WeightRequest> requests, List<Tie> ties) {
    var findings = new LinkedHashMap<String, Finding>();
    for (WeightRequest request : requests) {
      findings.put(request.path(), finding(request, request.path()));
    }
    var tied = new ArrayList<Finding>();
    for (Tie tie : ties) tie(tie, findings).ifPresent(tied::add);

    var rest = rest();
    var suggestions = new Suggestions(rest.unwanted().values());
    var wanted = new LinkedHashMap<String, WeightRequest>();
    findings.replaceAll((path, finding) -> suggest(finding, suggestions, wanted));

    var all = new ArrayList<Finding>(findings.values());
    all.addAll(tied);
    rest.ignored().forEach(tensor -> all.add(new Finding.Ignored(tensor)));
    rest.unwanted()
        .forEach(
            (name, tensor) ->
                all.add(new Finding.Extra(tensor, Optional.ofNullable(wanted.get(name)))));
    return new BindingReport(all);
  }

  /// @param path where the rules are to look: that of the request, or another name of the same
  ///   weight
  private Finding finding(WeightRequest request, String path) {
    return switch (resolver.resolve(path, request.shape())) {
      case Result.Found(var recipe) -> checked(request, recipe);
      case Result.Unmapped() -> new Finding.Unmapped(request);
      case Result.Absent(var names) -> new Finding.Missing(request, names, Optional.empty());
      case Result.Misfit(var tensor, var expected) -> misfit(request, tensor, expected);
    };
  }

  private Finding checked(WeightRequest request, Recipe recipe) {
    for (Located tensor : recipe.tensors()) claimed.add(tensor.info().name());
    if (!recipe.shape().equals(request.shape())) {
      return misfit(
          request, recipe.tensors().getFirst().info(), Resolver.expected(recipe, request.shape()));
    }
    for (Located tensor : recipe.tensors()) {
      if (!Convert.isPossible(tensor.info().type(), DType.of(request.elem()))) {
        return new Finding.WrongType(request, tensor.info());
      }
    }
    return new Finding.Ok(new Binding(request, recipe));
  }

  private Finding misfit(WeightRequest request, TensorInfo tensor, List<Long> expected) {
    claimed.add(tensor.name());
    boolean turned =
        !tensor.shape().equals(expected) && Recipe.transposed(tensor.shape()).equals(expected);
    return turned
        ? new Finding.Transposed(request, tensor)
        : new Finding.WrongShape(request, tensor, expected);
  }

  /// The weight is requested under one name. Some files have a tensor for the other name too, and a
  /// few only for that.
  private Optional<Finding> tie(Tie tie, Map<String, Finding> findings) {
    var finding = findings.get(tie.of());
    if (finding == null) return Optional.empty();
    return switch (finding) {
      case Finding.Ok(var binding) -> copy(tie, binding);
      case Finding.Missing(var request, _, _) -> {
        if (!(finding(request, tie.alias()) instanceof Finding.Ok(var only))) {
          yield Optional.empty();
        }
        findings.put(tie.of(), new Finding.Ok(only));
        yield Optional.of(new Tied(tie, only.recipe(), Tied.Kind.INSTEAD));
      }
      case Finding.Unmapped _, Finding.WrongShape _, Finding.Transposed _, Finding.WrongType _ ->
          Optional.empty();
      case Tied _, Finding.Ignored _, Finding.Extra _ ->
          throw new IllegalStateException(tie.of() + " was found as " + finding);
    };
  }

  private Optional<Finding> copy(Tie tie, Binding binding) {
    var request =
        new WeightRequest(
            tie.alias(), binding.request().shape(), binding.request().elem(), tie.origin());
    return switch (finding(request, tie.alias())) {
      case Finding.Ok(var copy) ->
          copy.recipe().equals(binding.recipe())
              ? Optional.empty()
              : Optional.of(new Tied(tie, copy.recipe(), Tied.Kind.COPY));
      case Finding.Missing _, Finding.Unmapped _ -> Optional.empty();
      case Finding contradiction -> Optional.of(contradiction);
    };
  }

  private record Rest(Map<String, TensorInfo> unwanted, List<TensorInfo> ignored) {}

  private Rest rest() {
    var unwanted = new LinkedHashMap<String, TensorInfo>();
    var ignored = new ArrayList<TensorInfo>();
    tensors
        .all()
        .forEach(
            (name, tensor) -> {
              if (claimed.contains(name)) return;
              if (map.ignores().stream().anyMatch(ignore -> ignore.covers(name))) {
                ignored.add(tensor.info());
              } else {
                unwanted.put(name, tensor.info());
              }
            });
    return new Rest(unwanted, ignored);
  }

  private static Finding suggest(
      Finding finding, Suggestions suggestions, Map<String, WeightRequest> wanted) {
    if (!(finding instanceof Finding.Missing(var request, var expected, _))) return finding;
    var meant = suggestions.find(expected.getFirst(), request.shape());
    meant.ifPresent(tensor -> wanted.putIfAbsent(tensor.name(), request));
    return new Finding.Missing(request, expected, meant.map(TensorInfo::name));
  }
}
