package dune.backend.torch.libtorch;

import dune.backend.torch.run.Device;
import dune.ir.Elem;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Storage;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/// A tensor of libtorch.
final class LibTensor implements dune.backend.torch.run.Tensor {
  private final Tensor tensor;

  LibTensor(Tensor tensor) {
    this.tensor = tensor;
  }

  /// A reference of its own to the tensor that `value` holds, which may be closed then.
  static LibTensor of(IValue value) {
    return new LibTensor(new Tensor(value.toTensor()));
  }

  Tensor torch() {
    return tensor;
  }

  @Override
  public Elem elem() {
    return Convert.elem(tensor);
  }

  @Override
  public long[] shape() {
    return Convert.shape(tensor);
  }

  @Override
  public Device device() {
    return Convert.device(tensor);
  }

  @Override
  public Memory memory() {
    try (Storage storage = tensor.storage();
        Pointer data = storage.data()) {
      return new Memory(data == null ? 0 : data.address(), storage.nbytes());
    }
  }

  @Override
  public LibTensor narrow(int axis, long start, long size) {
    try (var _ = new Inference()) {
      return new LibTensor(tensor.narrow(axis, start, size));
    } catch (RuntimeException e) {
      throw Failures.of("cannot take %d from %d".formatted(size, start), e);
    }
  }

  @Override
  public float[] toFloats() {
    return read(
        ScalarType.Float, Float.BYTES, memory -> memory.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED));
  }

  @Override
  public double[] toDoubles() {
    return read(
        ScalarType.Double,
        Double.BYTES,
        memory -> memory.toArray(ValueLayout.JAVA_DOUBLE_UNALIGNED));
  }

  @Override
  public long[] toLongs() {
    return read(
        ScalarType.Long, Long.BYTES, memory -> memory.toArray(ValueLayout.JAVA_LONG_UNALIGNED));
  }

  private interface Reader<A> {
    A read(MemorySegment memory);
  }

  private <A> A read(ScalarType type, int bytes, Reader<A> reader) {
    // First to the processor, then to the type: MPS has no doubles.
    try (var _ = new Inference();
        Tensor here = tensor.cpu();
        Tensor converted = here.to(type);
        Tensor contiguous = converted.contiguous()) {
      return reader.read(Convert.memory(contiguous, contiguous.numel() * bytes));
    } catch (RuntimeException e) {
      throw Failures.of("cannot read a tensor", e);
    }
  }

  @Override
  public void close() {
    tensor.close();
  }
}
