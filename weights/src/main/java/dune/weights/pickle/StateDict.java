package dune.weights.pickle;

import dune.weights.pickle.Value.Dict;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Finds the model's tensors in what a training script saved: the dictionary of names and tensors
/// itself, or one that lies in another beside the optimizer, and gives them the names that the
/// model has without the wrappers of training.
final class StateDict {
  /// Under which keys training scripts keep the model, the more explicit first.
  private static final List<String> MODELS =
      List.of("model_state_dict", "state_dict", "model", "module", "net", "network", "weights");

  /// What lies beside models and holds tensors that are none of theirs.
  private static final Set<String> OTHERS =
      Set.of(
          "optimizer",
          "optimizer_state_dict",
          "optimizer_states",
          "optim",
          "lr_scheduler",
          "lr_schedulers",
          "scheduler",
          "scaler",
          "rng_state",
          "cuda_rng_state",
          "callbacks",
          "loops");

  private static final String COMPILED = "_orig_mod.";
  private static final String PARALLEL = "module.";
  private static final int DEEPEST = 16;

  private final Map<String, Value.Tensor> tensors = new LinkedHashMap<>();
  private final Set<Dict> seen = Collections.newSetFromMap(new IdentityHashMap<>());

  private StateDict() {}

  /// The tensors of the model by name; empty if there are none.
  static Map<String, Value.Tensor> of(Value root) {
    if (!(root instanceof Dict dict)) return Map.of();
    var found = new StateDict();
    found.collect(model(dict), "", 0);
    return unwrapped(found.tensors);
  }

  /// The innermost dictionary that is called like a model.
  private static Dict model(Dict root) {
    var dict = root;
    for (int depth = 0; depth < DEEPEST; depth++) {
      var inner = inner(dict);
      if (inner.isEmpty()) return dict;
      dict = inner.get();
    }
    return dict;
  }

  private static Optional<Dict> inner(Dict dict) {
    for (String key : MODELS) {
      if (dict.get(key).orElse(Value.None.NONE) instanceof Dict inner && hasTensors(inner)) {
        return Optional.of(inner);
      }
    }
    return Optional.empty();
  }

  private static boolean hasTensors(Dict dict) {
    return dict.entries.stream()
        .map(Dict.Entry::value)
        .anyMatch(value -> value instanceof Value.Tensor || value instanceof Dict);
  }

  /// Dictionaries within a dictionary add a step to the name. One that was seen before, itself
  /// included, is not gone through again.
  private void collect(Dict dict, String prefix, int depth) {
    if (depth > DEEPEST || !seen.add(dict)) return;
    for (Dict.Entry entry : dict.entries) {
      if (!(entry.key() instanceof Value.Text(var key))) continue;
      if (entry.value() instanceof Value.Tensor tensor) tensors.put(prefix + key, tensor);
      if (entry.value() instanceof Dict inner && !OTHERS.contains(key)) {
        collect(inner, prefix + key + ".", depth + 1);
      }
    }
  }

  private static Map<String, Value.Tensor> unwrapped(Map<String, Value.Tensor> tensors) {
    var names = new ArrayList<>(tensors.keySet());
    names.replaceAll(name -> name.replace(COMPILED, ""));
    if (names.stream().allMatch(name -> name.startsWith(PARALLEL))) {
      names.replaceAll(name -> name.substring(PARALLEL.length()));
    }
    if (Set.copyOf(names).size() < names.size()) return tensors;
    var unwrapped = new LinkedHashMap<String, Value.Tensor>();
    int at = 0;
    for (Value.Tensor tensor : tensors.values()) unwrapped.put(names.get(at++), tensor);
    return unwrapped;
  }
}
