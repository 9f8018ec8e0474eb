package dune.backend.torch.libtorch;

import dune.backend.torch.run.Device;
import dune.ir.Elem;
import java.lang.foreign.MemorySegment;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.DeviceType;
import org.bytedeco.pytorch.global.torch.ScalarType;

/// Between our types and those of the bindings.
final class Convert {
  private Convert() {}

  /// A bare address; owns nothing.
  private static final class Address extends Pointer {
    Address(long address) {
      this.address = address;
    }
  }

  static ScalarType scalarType(Elem elem) {
    return switch (elem) {
      case BOOL -> ScalarType.Bool;
      case INT -> ScalarType.Long;
      case F16 -> ScalarType.Half;
      case BF16 -> ScalarType.BFloat16;
      case F32 -> ScalarType.Float;
      case F64 -> ScalarType.Double;
    };
  }

  static Elem elem(Tensor tensor) {
    ScalarType type = tensor.scalar_type().intern(); // a native enum is a new object
    for (Elem elem : Elem.values()) {
      if (scalarType(elem) == type) return elem;
    }
    throw new IllegalStateException("no element type of ours: " + type);
  }

  static org.bytedeco.pytorch.Device device(Device device) {
    return switch (device) {
      case CPU -> new org.bytedeco.pytorch.Device(DeviceType.CPU);
      case MPS -> new org.bytedeco.pytorch.Device(DeviceType.MPS);
      case CUDA -> new org.bytedeco.pytorch.Device(DeviceType.CUDA);
    };
  }

  static Device device(Tensor tensor) {
    if (tensor.is_cuda()) return Device.CUDA;
    return tensor.is_mps() ? Device.MPS : Device.CPU;
  }

  static long[] shape(Tensor tensor) {
    var shape = new long[(int) tensor.dim()];
    for (int axis = 0; axis < shape.length; axis++) shape[axis] = tensor.size(axis);
    return shape;
  }

  /// A tensor over `data` where it lies. Whoever calls keeps `data` alive.
  static Tensor view(Elem elem, MemorySegment data, long... shape) {
    checkSize(elem, data, shape);
    try (var options = new TensorOptions(scalarType(elem))) {
      return torch.from_blob(new Address(data.address()), shape, options);
    }
  }

  /// A tensor of its own with the numbers of `data`.
  static Tensor copy(Elem elem, MemorySegment data, long... shape) {
    checkSize(elem, data, shape);
    Tensor tensor = empty(elem, shape);
    memory(tensor, data.byteSize()).copyFrom(data);
    return tensor;
  }

  private static Tensor empty(Elem elem, long... shape) {
    try (var options = new TensorOptions(scalarType(elem));
        var format = new org.bytedeco.pytorch.MemoryFormatOptional()) {
      return torch.empty(shape, options, format);
    }
  }

  /// The memory of a contiguous tensor on the processor.
  static MemorySegment memory(Tensor tensor, long bytes) {
    if (bytes == 0) return MemorySegment.NULL; // there may be no address
    Pointer pointer = tensor.data_ptr();
    return MemorySegment.ofAddress(pointer.address()).reinterpret(bytes);
  }

  private static void checkSize(Elem elem, MemorySegment data, long... shape) {
    long bytes = elem.bytes();
    for (long size : shape) bytes = Math.multiplyExact(bytes, size);
    if (bytes != data.byteSize()) {
      throw new IllegalArgumentException(
          "%s%s takes %d bytes, not %d"
              .formatted(elem, java.util.Arrays.toString(shape), bytes, data.byteSize()));
    }
  }
}
