package dune.runtime.train;

import dune.backend.torch.TorchBackend;
import dune.backend.torch.emit.Emitted;
import dune.backend.torch.emit.Signature;
import dune.backend.torch.run.AdamW;
import dune.backend.torch.run.DeviceRequest;
import dune.backend.torch.run.Learner;
import dune.backend.torch.run.Learner.Batch;
import dune.backend.torch.run.Learner.Memory;
import dune.backend.torch.run.Learner.Part;
import dune.backend.torch.run.Tensor;
import dune.ir.Elem;
import dune.passes.lora.Adapter;
import dune.passes.train.LossDerivation;
import dune.runtime.compile.Compiled;
import dune.runtime.compile.ModelCompiler;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A model whose weights learn. Not for use by two threads at a time.
public final class Trainee implements AutoCloseable {
  private final Learner learner;
  private final List<Part> parts;
  private final String measure;

  /// Those that learn.
  private final List<Signature.WeightSlot> slots;

  private Trainee(Learner learner, Signature signature, List<Signature.WeightSlot> slots) {
    this.learner = learner;
    this.slots = slots;
    this.parts =
        signature.methods().stream()
            .filter(method -> !method.name().equals(ModelCompiler.MEASURE))
            .map(method -> new Part(method.name(), method.inputs(), method.outputs()))
            .toList();
    boolean differs =
        signature.methods().stream()
            .anyMatch(method -> method.name().equals(ModelCompiler.MEASURE));
    this.measure = differs ? ModelCompiler.MEASURE : LossDerivation.FUNCTION;
  }

  /// What one step of training came to.
  ///
  /// @param loss mean cross entropy over all targets that count, in nats, before the step
  /// @param norm of all gradients together, before they were clipped
  public record Progress(double loss, double norm) {}

  /// Where there are adapters, they learn, and all else stays as it is; otherwise everything
  /// learns.
  ///
  /// @param compiled a program with `loss`, or with its parts and what measures it
  /// @param weights what it begins with; what does not learn is read from there as long as this is
  ///   open
  public static Trainee of(Compiled compiled, TorchBackend.Weights weights, DeviceRequest device) {
    Emitted emitted = TorchBackend.emitForLearning(compiled.program());
    List<Signature.WeightSlot> slots = emitted.signature().weights();
    List<Signature.WeightSlot> added = slots.stream().filter(Trainee::isAdded).toList();
    List<Signature.WeightSlot> learning = added.isEmpty() ? slots : added;
    return new Trainee(
        TorchBackend.learn(emitted, weights, learning::contains, device),
        emitted.signature(),
        learning);
  }

  /// Adapters are joined with one another only.
  private static boolean isAdded(Signature.WeightSlot slot) {
    return Adapter.isOf(slot.paths().getFirst());
  }

  /// One step by the gradients of all batches. Every target counts alike, in whatever batch it is;
  /// a batch in which none counts is left out, with its penalties.
  ///
  /// @param clip the longest that the gradients may be together
  public Progress step(List<Batch> batches, AdamW optimizer, double rate, double clip) {
    long all = batches.stream().mapToLong(Batch::counted).sum();
    double loss = 0;
    for (Batch batch : batches) {
      if (batch.counted() == 0) continue;
      double share = (double) batch.counted() / all;
      loss += share * learner.learn(parts, batch, share);
    }
    double norm = learner.clip(clip);
    learner.step(optimizer, rate);
    return new Progress(loss, norm);
  }

  /// The mean cross entropy over the targets of a batch that count, from which nothing is learned;
  /// 0 where none counts.
  public double loss(Batch batch) {
    return learner.loss(measure, batch);
  }

  /// How many numbers learn.
  public long count() {
    return slots.stream().mapToLong(slot -> slot.bytes() / slot.elem().bytes()).sum();
  }

  /// Sets what chance decides from here on, such as dropout.
  public void seed(long seed) {
    learner.seed(seed);
  }

  /// What all weights that learn are now, by member path, row-major; tied weights once.
  public Map<String, float[]> weights() {
    var weights = new LinkedHashMap<String, float[]>();
    for (Signature.WeightSlot slot : slots) {
      float[] all = weight(slot);
      int start = 0;
      for (Signature.Part part : slot.parts()) {
        int size = Math.toIntExact(part.bytes(Elem.F32) / Float.BYTES);
        weights.put(part.path(), Arrays.copyOfRange(all, start, start + size));
        start += size;
      }
    }
    return weights;
  }

  private float[] weight(Signature.WeightSlot slot) {
    try (Tensor whole = learner.weight(slot.attribute())) {
      return whole.toFloats();
    }
  }

  /// What the optimizer remembers, by the attribute of the module.
  public Map<String, Memory> memory() {
    var memory = new LinkedHashMap<String, Memory>();
    for (Signature.WeightSlot slot : slots) {
      memory.put(slot.attribute(), learner.memory(slot.attribute()));
    }
    return memory;
  }

  /// Goes on where another trainee of the same program has stopped.
  public void restore(long steps, Map<String, Memory> memory) {
    learner.restore(steps, memory);
  }

  @Override
  public void close() {
    learner.close();
  }
}
