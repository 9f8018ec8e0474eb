package dune.backend.torch.libtorch;

import dune.backend.torch.run.AdamW;
import dune.backend.torch.run.Device;
import dune.backend.torch.run.Learner;
import dune.ir.Elem;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.JitModule;
import org.bytedeco.pytorch.Method;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/// A TorchScript module whose attributes are leaves of libtorch's gradients.
///
/// Nothing here may be made in inference mode: libtorch refuses to keep such tensors for the way
/// back.
final class LibLearner implements Learner {
  private final JitModule module;
  private final Device device;
  private final Map<String, Learned> weights = new LinkedHashMap<>();

  /// What the weights read that stay as they are.
  private final List<MemorySegment> read = new ArrayList<>();

  private long steps;

  LibLearner(JitModule module, Device device, List<Parameter> parameters) {
    this.module = module;
    this.device = device;
    try {
      for (Parameter parameter : parameters) add(parameter);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private void add(Parameter parameter) {
    if (!module.hasattr(parameter.attribute())) {
      throw new IllegalArgumentException("no attribute `" + parameter.attribute() + "`");
    }
    long[] shape = parameter.shape().stream().mapToLong(Long::longValue).toArray();
    switch (parameter.kind()) {
      case LEARNS -> learns(parameter, shape);
      case STAYS -> stays(parameter, shape);
    }
  }

  private void learns(Parameter parameter, long[] shape) {
    try (var _ = new AutoGradMode(false);
        Tensor here = Convert.copy(parameter.elem(), parameter.initial(), shape)) {
      Tensor there = LibModule.onDevice(here, device);
      there.set_requires_grad(true);
      weights.put(parameter.attribute(), new Learned(there));
      set(parameter.attribute(), there);
    }
  }

  private void stays(Parameter parameter, long[] shape) {
    MemorySegment initial = parameter.initial();
    try (var _ = new AutoGradMode(false);
        Tensor here =
            initial.isNative()
                ? Convert.view(parameter.elem(), initial, shape)
                : Convert.copy(parameter.elem(), initial, shape);
        Tensor there = LibModule.onDevice(here, device)) {
      set(parameter.attribute(), there);
    }
    if (initial.isNative() && device == Device.CPU) read.add(initial);
  }

  private void set(String attribute, Tensor tensor) {
    try (var value = new IValue(tensor)) {
      module.setattr(attribute, value);
    }
  }

  @Override
  public double learn(String method, Batch batch, double share) {
    return learn(List.of(new Part(method, List.of("tokens", "targets"), List.of())), batch, share);
  }

  @Override
  public double learn(List<Part> parts, Batch batch, double share) {
    torch.setGraphExecutorOptimize(false);
    try (var way = new WayBack(module, device, parts)) {
      return way.learn(batch, share);
    } catch (RuntimeException e) {
      throw Failures.of("`" + parts.getLast().method() + "` failed", e);
    }
  }

  @Override
  public double loss(String method, Batch batch) {
    try (var _ = new AutoGradMode(false);
        IValue result = run(method, batch)) {
      return number(
          (result.isTensor() ? result : result.toTupleRef().elements().get(0)).toTensor());
    } catch (RuntimeException e) {
      throw Failures.of("`" + method + "` failed", e);
    }
  }

  static double number(Tensor tensor) {
    try (Tensor plain = tensor.detach();
        var scalar = plain.item()) {
      return scalar.toDouble();
    }
  }

  private IValue run(String name, Batch batch) {
    torch.setGraphExecutorOptimize(false);
    long[] shape = {batch.rows(), batch.steps()};
    try (Method method = module.get_method(name);
        Tensor tokens = ints(batch.tokens(), shape, device);
        Tensor targets = ints(batch.targets(), shape, device);
        var first = new IValue(tokens);
        var second = new IValue(targets);
        var arguments = new IValueVector(first, second)) {
      if (batch.documents().length == 0) return method.apply(arguments);
      try (Tensor documents = ints(batch.documents(), shape, device);
          var between = new IValue(documents);
          var all = new IValueVector(first, between, second)) {
        return method.apply(all);
      }
    }
  }

  static Tensor ints(long[] numbers, long[] shape, Device device) {
    try (Tensor here = Convert.copy(Elem.INT, MemorySegment.ofArray(numbers), shape)) {
      return LibModule.onDevice(here, device);
    }
  }

  @Override
  public double clip(double most) {
    try (var _ = new AutoGradMode(false);
        var all = new TensorVector()) {
      for (Learned weight : weights.values()) all.push_back(weight.tensor());
      return torch.clip_grad_norm_(all, most);
    } catch (RuntimeException e) {
      throw Failures.of("cannot clip gradients", e);
    }
  }

  @Override
  public void step(AdamW optimizer, double rate) {
    steps++;
    try (var _ = new AutoGradMode(false)) {
      for (Learned weight : weights.values()) weight.step(optimizer, rate, steps);
    } catch (RuntimeException e) {
      throw Failures.of("cannot change weights", e);
    }
  }

  @Override
  public void seed(long seed) {
    torch.manual_seed(seed);
  }

  @Override
  public Memory memory(String attribute) {
    return find(attribute).memory();
  }

  @Override
  public void restore(long steps, Map<String, Memory> memory) {
    this.steps = steps;
    try (var _ = new AutoGradMode(false)) {
      memory.forEach((attribute, known) -> find(attribute).restore(known));
    }
  }

  private Learned find(String attribute) {
    Learned weight = weights.get(attribute);
    if (weight == null) throw new IllegalArgumentException("no weight `" + attribute + "` learns");
    return weight;
  }

  @Override
  public LibTensor weight(String attribute) {
    Learned weight = find(attribute);
    try (var _ = new AutoGradMode(false)) {
      return new LibTensor(weight.precise().detach());
    }
  }

  @Override
  public LibTensor gradient(String attribute) {
    Tensor weight = find(attribute).tensor();
    try (var _ = new AutoGradMode(false);
        Tensor gradient = weight.grad()) {
      return new LibTensor(gradient.defined() ? gradient.clone() : torch.zeros_like(weight));
    }
  }

  @Override
  public void close() {
    weights.values().forEach(Learned::close);
    module.close();
  }
}
