package dune.backend.torch.libtorch;

import dune.backend.torch.run.Call;
import dune.backend.torch.run.Device;
import dune.backend.torch.run.Kernels;
import dune.backend.torch.run.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.Method;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.TupleElements;

/// A method with its arguments in one native vector.
final class LibCall implements Call {
  private final String name;
  private final Method method;
  private final Device device;
  private final IValueVector arguments;

  LibCall(String name, Method method, Device device, int count) {
    this.name = name;
    this.method = method;
    this.device = device;
    this.arguments = new IValueVector(count);
  }

  @Override
  public Call set(int index, Tensor tensor) {
    org.bytedeco.pytorch.Tensor given = ((LibTensor) tensor).torch();
    try (var _ = new Inference();
        org.bytedeco.pytorch.Tensor there = LibModule.onDevice(given, device);
        var value = new IValue(there)) {
      put(index, value);
    }
    return this;
  }

  @Override
  public Call set(int index, long number) {
    try (var value = new IValue(number)) {
      put(index, value);
    }
    return this;
  }

  private void put(int index, IValue value) {
    if (index < 0 || index >= arguments.size()) {
      throw new IndexOutOfBoundsException("argument %d of `%s`".formatted(index, name));
    }
    arguments.put(index, value);
  }

  @Override
  public List<Tensor> run(Kernels kernels) {
    try (var _ = new Inference();
        var _ = new Multiplying(kernels);
        IValue result = method.apply(arguments)) {
      if (result.isTensor()) return List.of(LibTensor.of(result));
      var tensors = new ArrayList<Tensor>();
      TupleElements elements = result.toTupleRef().elements(); // owned by the result
      for (long i = 0; i < elements.size(); i++) add(elements.get(i), tensors);
      return tensors;
    } catch (RuntimeException e) {
      throw Failures.of("`" + name + "` failed", e);
    }
  }

  private static void add(IValue element, List<Tensor> tensors) {
    if (!element.isTensorList()) {
      tensors.add(LibTensor.of(element));
      return;
    }
    try (TensorVector list = element.toTensorVector()) {
      for (long i = 0; i < list.size(); i++) {
        tensors.add(new LibTensor(new org.bytedeco.pytorch.Tensor(list.get(i))));
      }
    }
  }

  @Override
  public void close() {
    arguments.close();
    method.close();
  }
}
