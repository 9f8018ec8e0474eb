package dune.runtime.bench;

import dune.backend.torch.TorchBackend;
import dune.backend.torch.run.DeviceRequest;
import dune.ir.Program;
import dune.runtime.compile.Compiled;
import dune.runtime.model.BoundWeights;
import dune.runtime.model.Loadable;
import dune.runtime.model.ModelLoader;
import dune.runtime.model.RandomWeights;
import dune.runtime.model.TorchModel;
import dune.weights.checkpoint.Checkpoint;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/// The models of a bench, loaded side by side. Closing it frees them and their weights.
public final class Contenders implements AutoCloseable {
  private static final TorchModel.Mode MODE = TorchModel.Mode.CACHED;

  private final List<TorchModel> models = new ArrayList<>();
  private final List<Bench.Subject> subjects = new ArrayList<>();
  private final Deque<Runnable> release = new ArrayDeque<>();
  private Optional<Origin> last = Optional.empty();

  /// What a model was made from.
  public record Origin(Compiled compiled, TorchBackend.Weights weights) {}

  private Contenders() {}

  /// A model that is compiled already.
  ///
  /// @param program what it runs, if that is known
  /// @param seconds to open it
  public static Contenders ofBundle(
      Loadable bundle, Optional<Program> program, double seconds, DeviceRequest device) {
    Optional<Foreseen> memory =
        program.map(
            found -> new Foreseen(found, bundle.limits().context(), bundle.limits().chunk()));
    var contenders = new Contenders();
    contenders.add(
        () -> bundle.load(device, MODE),
        load ->
            new Candidate(
                bundle.facts(), Optional.empty(), Optional.empty(), memory, seconds, load));
    return contenders;
  }

  /// Builds of one model, each with the weights of a checkpoint.
  public static Contenders ofCheckpoint(
      List<Build> builds, Checkpoint checkpoint, DeviceRequest device) {
    var contenders = new Contenders();
    return contenders.load(
        builds,
        device,
        compiled -> {
          BoundWeights weights = BoundWeights.of(compiled, checkpoint);
          contenders.release.push(weights::close);
          return weights;
        });
  }

  /// Builds of one model with weights that nobody trained, which they share.
  ///
  /// @throws dune.weights.EnvironmentFailure if there is not enough memory for them
  public static Contenders ofRandom(List<Build> builds, long seed, DeviceRequest device) {
    var signatures =
        builds.stream()
            .map(build -> TorchBackend.emit(build.compiled().program()).signature())
            .toList();
    var program = builds.getFirst().compiled().program();
    RandomWeights weights = RandomWeights.draw(program, signatures, seed);
    var contenders = new Contenders();
    contenders.release.push(weights::close);
    return contenders.load(builds, device, _ -> weights);
  }

  private Contenders load(
      List<Build> builds, DeviceRequest device, Function<Compiled, TorchBackend.Weights> supply) {
    try {
      for (Build build : builds) {
        add(
            () -> {
              TorchBackend.Weights weights = supply.apply(build.compiled());
              last = Optional.of(new Origin(build.compiled(), weights));
              return ModelLoader.load(build.compiled(), weights, () -> {}, device, MODE);
            },
            build::candidate);
      }
      return this;
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private void add(Supplier<TorchModel> loading, Function<Double, Candidate> candidate) {
    long begin = System.nanoTime();
    TorchModel model = loading.get();
    models.add(model);
    subjects.add(new Bench.Subject(candidate.apply((System.nanoTime() - begin) * 1e-9), model));
  }

  public List<Bench.Subject> subjects() {
    return List.copyOf(subjects);
  }

  /// A model of them, for what is the same in all.
  public TorchModel any() {
    return models.getFirst();
  }

  /// What the last of them was made from; empty for a bundle, which holds no source.
  public Optional<Origin> last() {
    return last;
  }

  @Override
  public void close() {
    models.forEach(TorchModel::close);
    release.forEach(Runnable::run);
  }
}
