package dune.backend.torch.libtorch;

import dune.backend.torch.run.Call;
import dune.backend.torch.run.Device;
import dune.backend.torch.run.LoadedModule;
import dune.ir.Elem;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.JitModule;
import org.bytedeco.pytorch.Method;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/// A TorchScript module.
final class LibModule implements LoadedModule {
  private final JitModule module;
  private final Device device;

  /// What bound attributes read, kept reachable while they do.
  private final Map<String, MemorySegment> bound = new LinkedHashMap<>();

  LibModule(JitModule module, Device device) {
    this.module = module;
    this.device = device;
  }

  @Override
  public Device device() {
    return device;
  }

  @Override
  public void bind(String attribute, Elem elem, List<Long> shape, MemorySegment data) {
    long[] sizes = shape.stream().mapToLong(Long::longValue).toArray();
    boolean inPlace = data.isNative() && device == Device.CPU;
    try (var _ = new Inference();
        Tensor here =
            data.isNative() ? Convert.view(elem, data, sizes) : Convert.copy(elem, data, sizes);
        Tensor there = onDevice(here, device)) {
      set(attribute, there);
    } catch (RuntimeException e) {
      throw Failures.of("cannot bind `" + attribute + "`", e);
    }
    if (inPlace) bound.put(attribute, data);
    else bound.remove(attribute);
  }

  @Override
  public void fill(String attribute, Elem elem, List<Long> shape, double value) {
    long[] sizes = shape.stream().mapToLong(Long::longValue).toArray();
    try (var _ = new Inference();
        var torchDevice = Convert.device(device);
        var optionalDevice = new org.bytedeco.pytorch.DeviceOptional(torchDevice);
        var plain = new TensorOptions(Convert.scalarType(elem));
        TensorOptions options = plain.device(optionalDevice);
        var scalar = new org.bytedeco.pytorch.Scalar(value);
        Tensor filled = torch.full(sizes, scalar, options)) {
      set(attribute, filled);
    } catch (RuntimeException e) {
      throw Failures.of("cannot allocate `" + attribute + "`", e);
    }
    bound.remove(attribute);
  }

  private void set(String attribute, Tensor tensor) {
    if (!module.hasattr(attribute)) {
      throw new IllegalArgumentException("the module has no attribute `" + attribute + "`");
    }
    try (var value = new IValue(tensor)) {
      module.setattr(attribute, value);
    }
  }

  @Override
  public LibTensor attribute(String name) {
    try (IValue value = module.attr(name)) {
      return LibTensor.of(value);
    } catch (RuntimeException e) {
      throw Failures.of("no attribute `" + name + "`", e);
    }
  }

  @Override
  public Call prepare(String method, int arguments) {
    try {
      Method found = module.get_method(method);
      if (found.num_inputs() != arguments + 1) {
        throw new IllegalArgumentException(
            "method `%s` takes %d arguments, not %d"
                .formatted(method, found.num_inputs() - 1, arguments));
      }
      return new LibCall(method, found, device, arguments);
    } catch (RuntimeException e) {
      throw Failures.of("no method `" + method + "`", e);
    }
  }

  static Tensor onDevice(Tensor tensor, Device device) {
    if (Convert.device(tensor) == device) return new Tensor(tensor);
    try (var target = Convert.device(device)) {
      return tensor.to(target, tensor.scalar_type());
    }
  }

  @Override
  public void close() {
    module.close();
    bound.clear();
  }
}
