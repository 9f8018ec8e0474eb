package dune.backend.torch.emit;

import dune.backend.torch.TorchBackend;
import dune.backend.torch.archive.TensorBytes;
import dune.backend.torch.run.DeviceRequest;
import dune.backend.torch.run.Learner;
import dune.backend.torch.run.Learner.Batch;
import dune.backend.torch.run.Tensor;
import dune.ir.Program;
import dune.ir.interpret.Array;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.DoubleStream;

/// Gradients that libtorch finds by way of the archive.
final class Gradients {
  private Gradients() {}

  /// The gradient of the sum of all that a program's `loss` gives, by path; tied weights once.
  static Map<String, double[]> of(Program program, Map<String, Array> weights, Batch batch) {
    Emitted emitted = TorchBackend.emitForLearning(program);
    try (Learner learner =
        TorchBackend.learn(
            emitted,
            slot ->
                TensorBytes.of(
                    slot.elem(),
                    slot.parts().stream()
                        .flatMapToDouble(part -> DoubleStream.of(weights.get(part.path()).data()))
                        .toArray()),
            DeviceRequest.CPU)) {
      learner.learn(ScalarLoss.FUNCTION, batch, 1);
      var gradients = new LinkedHashMap<String, double[]>();
      for (Signature.WeightSlot slot : emitted.signature().weights()) {
        double[] all;
        try (Tensor gradient = learner.gradient(slot.attribute())) {
          all = gradient.toDoubles();
        }
        int start = 0;
        for (Signature.Part part : slot.parts()) {
          int end = start + weights.get(part.path()).count();
          // A weight that is read alone and joined has two places.
          gradients.merge(part.path(), Arrays.copyOfRange(all, start, end), Gradients::sum);
          start = end;
        }
      }
      return gradients;
    } catch (RuntimeException e) {
      throw new AssertionError(emitted.archive().code(), e);
    }
  }

  private static double[] sum(double[] a, double[] b) {
    var sum = new double[a.length];
    for (int i = 0; i < a.length; i++) sum[i] = a[i] + b[i];
    return sum;
  }
}
