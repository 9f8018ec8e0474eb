package dune.runtime.adapter;

import dune.passes.lora.Adapter;
import dune.weights.InputFailure;
import dune.weights.Quoted;
import dune.weights.bind.Binding;
import dune.weights.bind.FileTensor;
import dune.weights.tensor.Tensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Puts adapters of a model's weights where PEFT looks for them: as changes of the matrices that
/// the base's file has. Several weights that are parts of one matrix, such as the queries and
/// values of GPT-2, become one adapter whose rank is the sum of theirs; B is 0 where the output of
/// one meets the rank of another.
public final class PeftWriter {
  private final List<Part> parts = new ArrayList<>();

  /// The names of all matrices of the base.
  private final List<String> matrices;

  /// @param module as PEFT finds it, whatever the file of the base leaves out of its names
  private record Part(Adapter adapter, Placement place, String module, Tensors.Located tensor) {}

  /// @param bindings of the weights of the base
  /// @param usual the tensors that a file of the model has by custom
  /// @throws InputFailure if a weight is not part of one matrix of the file
  public PeftWriter(List<Adapter> adapters, List<Binding> bindings, List<FileTensor> usual) {
    var names = new LinkedHashMap<String, String>();
    for (FileTensor tensor : usual) {
      for (FileTensor.Part part : tensor.parts()) {
        names.put(part.weight().path(), Placement.module(tensor.info().name()));
      }
    }
    var byPath = new LinkedHashMap<String, Binding>();
    for (Binding binding : bindings) byPath.put(binding.request().path(), binding);
    for (Adapter adapter : adapters) {
      Binding binding = byPath.get(adapter.weight());
      Placement place =
          Placement.of(binding)
              .orElseThrow(
                  () ->
                      new InputFailure(
                          "%s is not part of one matrix of the file, so PEFT has no place for an adapter of it; leave it out of the selector"
                              .formatted(Quoted.name(adapter.weight()))));
      parts.add(
          new Part(
              adapter,
              place,
              names.getOrDefault(adapter.weight(), place.module()),
              binding.recipe().tensors().getFirst()));
    }
    this.matrices =
        bindings.stream()
            .flatMap(
                binding ->
                    Placement.of(binding).stream()
                        .map(place -> names.getOrDefault(binding.request().path(), place.module())))
            .distinct()
            .toList();
  }

  /// Writes into a folder that is there.
  ///
  /// @param numbers by path of the adapters' weights, row-major
  public void write(Path folder, Map<String, float[]> numbers, PeftFolder.Description description) {
    var byModule =
        parts.stream()
            .collect(Collectors.groupingBy(Part::module, LinkedHashMap::new, Collectors.toList()));
    var modules = new LinkedHashMap<String, LowRank>();
    byModule.forEach((module, all) -> modules.put(module, together(all, numbers)));
    PeftFolder.write(
        folder,
        modules,
        targets(List.copyOf(modules.keySet())),
        parts.getFirst().place().side(),
        description);
  }

  private static LowRank together(List<Part> parts, Map<String, float[]> numbers) {
    Placement first = parts.getFirst().place();
    int inputs = first.allInputs();
    int rank = parts.stream().mapToInt(part -> (int) part.adapter().rank()).sum();
    var down = new float[rank * inputs];
    var up = new float[first.allOutputs() * rank];
    int column = 0;
    for (Part part : parts) {
      Adapter adapter = part.adapter();
      int own = (int) adapter.rank();
      float[] ownDown = numbers.get(adapter.down());
      float[] ownUp = numbers.get(adapter.up());
      int[] from = part.place().inputs();
      int[] to = part.place().outputs();
      for (int r = 0; r < own; r++) {
        for (int j = 0; j < from.length; j++) {
          down[(column + r) * inputs + from[j]] = ownDown[r * from.length + j];
        }
      }
      for (int i = 0; i < to.length; i++) {
        System.arraycopy(ownUp, i * own, up, to[i] * rank + column, own);
      }
      column += own;
    }
    double scale = parts.getFirst().adapter().scale();
    var plain = new LowRank(rank, down, up, scale, LowRank.NO_MAGNITUDE);
    boolean dora = parts.getFirst().adapter().lengths() != Adapter.Lengths.FREE;
    return dora ? new LowRank(rank, down, up, scale, magnitude(parts, plain, numbers)) : plain;
  }

  /// Rows that no adapter changes keep the length that they have.
  private static float[] magnitude(List<Part> parts, LowRank change, Map<String, float[]> numbers) {
    Part first = parts.getFirst();
    var magnitude = new float[change.outputs()];
    int changed = parts.stream().mapToInt(part -> part.place().outputs().length).sum();
    if (changed < magnitude.length) {
      double[] lengths = MatrixChange.lengths(first.tensor(), first.place().side(), change);
      for (int i = 0; i < magnitude.length; i++) magnitude[i] = (float) lengths[i];
    }
    for (Part part : parts) {
      float[] own = numbers.get(part.adapter().magnitude());
      int[] to = part.place().outputs();
      for (int i = 0; i < to.length; i++) magnitude[to[i]] = own[i];
    }
    return magnitude;
  }

  /// The last part of a name stands for all matrices that end so, and where these are not all meant
  /// there is only the whole name.
  private List<String> targets(List<String> modules) {
    return modules.stream()
        .map(
            module -> {
              String last = module.substring(module.lastIndexOf('.') + 1);
              boolean all =
                  matrices.stream()
                      .filter(matrix -> matrix.equals(last) || matrix.endsWith("." + last))
                      .allMatch(modules::contains);
              return all ? last : module;
            })
        .distinct()
        .toList();
  }
}
