package dune.backend.torch.libtorch;

import dune.backend.torch.run.AdamW;
import dune.backend.torch.run.Learner.Memory;
import dune.ir.Elem;
import java.lang.foreign.MemorySegment;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/// A weight with the means that AdamW keeps for it.
final class Learned implements AutoCloseable {
  private final Tensor tensor;

  /// What the optimizer changes: the tensor itself unless that is narrower than f32.
  private final Tensor precise;

  private final Tensor mean;
  private final Tensor square;

  /// @param tensor a leaf that this takes over
  Learned(Tensor tensor) {
    this.tensor = tensor;
    ScalarType type = tensor.scalar_type().intern();
    boolean narrow = type != ScalarType.Float && type != ScalarType.Double;
    precise = narrow ? tensor.to(ScalarType.Float) : new Tensor(tensor);
    mean = torch.zeros_like(precise);
    square = torch.zeros_like(precise);
  }

  Tensor tensor() {
    return tensor;
  }

  Tensor precise() {
    return precise;
  }

  Memory memory() {
    return new Memory(floats(precise), floats(mean), floats(square));
  }

  private static float[] floats(Tensor tensor) {
    try (Tensor plain = tensor.detach();
        var numbers = new LibTensor(new Tensor(plain))) {
      return numbers.toFloats();
    }
  }

  void restore(Memory memory) {
    restore(precise, memory.weight());
    restore(mean, memory.mean());
    restore(square, memory.square());
    if (!precise.is_same(tensor)) tensor.copy_(precise);
  }

  private static void restore(Tensor to, float[] numbers) {
    long[] shape = Convert.shape(to);
    try (Tensor from = Convert.copy(Elem.F32, MemorySegment.ofArray(numbers), shape)) {
      to.copy_(from);
    }
  }

  /// One step of AdamW, the `count`th. A weight without a gradient stays as it is.
  void step(AdamW to, double rate, long count) {
    try (Tensor given = tensor.grad()) {
      if (!given.defined()) return;
      try (Tensor gradient = given.to(precise.scalar_type())) {
        step(gradient, to, rate, count);
      }
    }
    tensor.mutable_grad().reset();
  }

  // An operation in place gives back the very tensor, which must not be closed.
  private void step(Tensor gradient, AdamW to, double rate, long count) {
    double first = 1 - Math.pow(to.beta1(), count);
    double second = 1 - Math.pow(to.beta2(), count);
    try (var shrink = new Scalar(1 - rate * to.decay());
        var towards = new Scalar(1 - to.beta1());
        var keep = new Scalar(to.beta2());
        var take = new Scalar(1 - to.beta2());
        var root = new Scalar(1 / Math.sqrt(second));
        var epsilon = new Scalar(to.epsilon());
        var change = new Scalar(-rate / first)) {
      if (to.decay() > 0 && tensor.dim() >= 2) precise.mul_(shrink);
      mean.lerp_(gradient, towards);
      square.mul_(keep);
      square.addcmul_(gradient, gradient, take);
      try (Tensor size = square.sqrt()) {
        size.mul_(root);
        size.add_(epsilon);
        precise.addcdiv_(mean, size, change);
      }
    }
    if (!precise.is_same(tensor)) tensor.copy_(precise);
  }

  @Override
  public void close() {
    square.close();
    mean.close();
    precise.close();
    tensor.close();
  }
}
