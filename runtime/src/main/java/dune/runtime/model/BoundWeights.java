package dune.runtime.model;

import dune.backend.torch.TorchBackend;
import dune.backend.torch.emit.Signature;
import dune.ir.Weight;
import dune.ir.checkpoint.CheckpointMap;
import dune.ir.checkpoint.Tie;
import dune.ir.checkpoint.WeightRequest;
import dune.passes.lora.Adapter;
import dune.runtime.adapter.Adaptation;
import dune.runtime.compile.Compiled;
import dune.weights.InputFailure;
import dune.weights.bind.Binder;
import dune.weights.bind.Binding;
import dune.weights.bind.BindingReport;
import dune.weights.bind.Finding;
import dune.weights.bind.ReportText;
import dune.weights.bind.WeightLoader;
import dune.weights.checkpoint.Checkpoint;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The weights of a checkpoint, found for a model and mapped. Closing it unmaps the files.
public final class BoundWeights implements TorchBackend.Weights, AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final Map<String, Binding> bindings = new LinkedHashMap<>();
  private final Map<List<String>, MemorySegment> loaded = new LinkedHashMap<>();
  private final WeightLoader loader;

  private final Adaptation adaptation;

  private BoundWeights(BindingReport report, Checkpoint checkpoint, Adaptation adaptation) {
    this.adaptation = adaptation;
    for (Binding binding : report.bindings()) bindings.put(binding.request().path(), binding);
    try {
      loader = new WeightLoader(checkpoint.tensors().map(arena), arena);
      compareTied(report, checkpoint);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /// @throws InputFailure if a weight has no tensor that fits; the message names the first
  public static BoundWeights bind(
      CheckpointMap map, List<WeightRequest> requests, List<Tie> ties, Checkpoint checkpoint) {
    return bind(map, requests, ties, checkpoint, Adaptation.NONE);
  }

  private static BoundWeights bind(
      CheckpointMap map,
      List<WeightRequest> requests,
      List<Tie> ties,
      Checkpoint checkpoint,
      Adaptation adaptation) {
    BindingReport report = Binder.bind(map, requests, ties, checkpoint.tensors());
    if (!report.isComplete()) {
      var problems = report.problems();
      String more =
          problems.size() > 1
              ? " (and %d more; `dunec check --weights` lists all)".formatted(problems.size() - 1)
              : "";
      throw new InputFailure(
          checkpoint.folder(),
          ReportText.line(problems.getFirst()).strip().replaceAll(" {2,}", " ") + more);
    }
    return new BoundWeights(report, checkpoint, adaptation);
  }

  /// The weights of a compiled model.
  ///
  /// @throws InputFailure if one has no tensor that fits
  public static BoundWeights of(Compiled compiled, Checkpoint checkpoint) {
    List<Weight> weights =
        compiled.program().weights().stream()
            .filter(weight -> !Adapter.isOf(weight.path()))
            .toList();
    return bind(
        compiled.checkpoint(), requests(weights), ties(weights), checkpoint, compiled.adaptation());
  }

  /// Of a tied weight some files have two copies, which should hold the same numbers.
  private void compareTied(BindingReport report, Checkpoint checkpoint) {
    for (Finding.Tied tied : report.tied()) {
      Binding original = bindings.get(tied.tie().of());
      if (tied.kind() == Finding.Tied.Kind.COPY
          && original != null
          && !loader.isEqual(original, tied)) {
        throw new InputFailure(
            checkpoint.folder(),
            "`%s` is tied to `%s`, and the file has other numbers for it; set `tie_word_embeddings` to false in config.json"
                .formatted(tied.tie().alias(), tied.tie().of()));
      }
    }
  }

  /// What a program asks for; tied weights are asked for once.
  private static List<WeightRequest> requests(List<Weight> weights) {
    return weights.stream()
        .filter(weight -> weight.tiedTo().isEmpty())
        .map(WeightRequest::of)
        .toList();
  }

  private static List<Tie> ties(List<Weight> weights) {
    return weights.stream()
        .filter(weight -> weight.tiedTo().isPresent())
        .map(weight -> new Tie(weight.path(), weight.tiedTo().get(), weight.origin()))
        .toList();
  }

  @Override
  public MemorySegment get(Signature.WeightSlot slot) {
    if (!Adapter.isOf(slot.paths().getFirst())) return get(slot.paths());
    return adaptation.bytes(slot, arena);
  }

  public MemorySegment get(String path) {
    return get(List.of(path));
  }

  private MemorySegment get(List<String> paths) {
    return loaded.computeIfAbsent(
        paths, all -> loader.load(all.stream().map(bindings::get).toList()).bytes());
  }

  @Override
  public void close() {
    arena.close();
  }
}
