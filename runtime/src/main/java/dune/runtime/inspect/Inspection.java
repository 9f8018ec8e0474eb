package dune.runtime.inspect;

import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.elaborate.Elaborated;
import dune.ir.checkpoint.Config;
import dune.ir.checkpoint.Json;
import dune.ir.checkpoint.Tie;
import dune.ir.checkpoint.WeightRequest;
import dune.runtime.compile.CompileOptions;
import dune.runtime.compile.ModelCompiler;
import dune.runtime.library.ModelFile;
import dune.weights.bind.Binder;
import dune.weights.bind.BindingReport;
import dune.weights.bind.Finding;
import dune.weights.bind.Recipe;
import dune.weights.checkpoint.Checkpoint;
import dune.weights.safetensors.SafetensorsFile;
import dune.weights.tensor.DataFile;
import dune.weights.tensor.Tensors;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A checkpoint and the model that it is for.
///
/// @param architecture `LlamaForCausalLM`, if the config says
/// @param modelType `llama`, if the config says
public record Inspection(
    Checkpoint checkpoint,
    Optional<String> architecture,
    Optional<String> modelType,
    Mapping mapping) {

  /// How the tensors become weights.
  public sealed interface Mapping {
    /// A model fits, at least by name.
    record Known(ModelFile model, BindingReport report) implements Mapping {}

    /// The model cannot be made of this config.
    record Mistaken(ModelFile model, Diagnostics diagnostics) implements Mapping {}

    /// No model is written for the architecture.
    record Unknown(String architecture) implements Mapping {}

    /// The config does not name an architecture.
    record Unnamed() implements Mapping {}

    /// There is no config, without which no model has sizes.
    record Unsettled() implements Mapping {}
  }

  /// What becomes of a tensor, or of a part of it.
  ///
  /// @param path of the weight
  /// @param recipe how the weight is made
  /// @param declared the line of the `.dune` file that declares it
  public record Member(String path, String recipe, String declared) {}

  /// @param model the one that the tensors are for; without it, that of the architecture
  public static Inspection of(Checkpoint checkpoint, Optional<ModelFile> model) {
    var config =
        checkpoint.hasConfig() ? Optional.of(checkpoint.config()) : Optional.<Config>empty();
    var architecture = config.flatMap(found -> text(found.get("architectures").get(0)));
    return new Inspection(
        checkpoint,
        architecture,
        config.flatMap(found -> text(found.get("model_type"))),
        mapping(checkpoint, architecture, model));
  }

  private static Optional<String> text(Config config) {
    return config.value() instanceof Json.Text(var text, _) ? Optional.of(text) : Optional.empty();
  }

  private static Mapping mapping(
      Checkpoint checkpoint, Optional<String> architecture, Optional<ModelFile> model) {
    if (!checkpoint.hasConfig()) return new Mapping.Unsettled();
    if (model.isPresent()) return mapping(checkpoint, model.get());
    if (architecture.isEmpty()) return new Mapping.Unnamed();
    return ModelFile.find(architecture.get(), checkpoint.folder())
        .map(found -> mapping(checkpoint, found))
        .orElseGet(() -> new Mapping.Unknown(architecture.get()));
  }

  private static Mapping mapping(Checkpoint checkpoint, ModelFile model) {
    Elaborated elaborated = ModelCompiler.elaborate(model, checkpoint, CompileOptions.DEFAULTS);
    if (elaborated.program().isEmpty()) {
      return new Mapping.Mistaken(model, elaborated.diagnostics());
    }
    return new Mapping.Known(
        model,
        Binder.bind(
            ModelCompiler.clause(model, elaborated),
            elaborated.program().get(),
            checkpoint.tensors()));
  }

  /// Texts that the writers of safetensors files added, such as `format`.
  public Map<String, String> metadata() {
    var metadata = new LinkedHashMap<String, String>();
    for (DataFile file : checkpoint.tensors().files()) {
      if (file.path().toString().endsWith(".safetensors")) {
        SafetensorsFile.read(file.path()).header().metadata().forEach(metadata::putIfAbsent);
      }
    }
    return metadata;
  }

  /// By name of a tensor, the weights that are made of it.
  public Map<String, List<Member>> members() {
    var members = new LinkedHashMap<String, List<Member>>();
    if (!(mapping instanceof Mapping.Known(_, var report))) return members;
    for (Finding finding : report.findings()) {
      switch (finding) {
        case Finding.Ok(var binding) -> add(binding.request(), binding.recipe(), members);
        case Finding.Tied(Tie tie, var alias, _) ->
            add(new Member(tie.alias(), alias.text(), tie.origin().place()), alias, members);
        case Finding.Ignored _, Finding.Extra _, Finding.Problem _ -> {
          // Nothing becomes of it.
        }
      }
    }
    return members;
  }

  private static void add(WeightRequest request, Recipe recipe, Map<String, List<Member>> members) {
    add(new Member(request.path(), recipe.text(), request.origin().place()), recipe, members);
  }

  private static void add(Member member, Recipe recipe, Map<String, List<Member>> members) {
    for (Tensors.Located tensor : recipe.tensors()) {
      members.computeIfAbsent(tensor.info().name(), _ -> new ArrayList<>()).add(member);
    }
  }
}
