package dune.runtime.train;

import static org.assertj.core.api.Assertions.assertThat;

import dune.backend.torch.TorchBackend;
import dune.backend.torch.archive.TensorBytes;
import dune.backend.torch.emit.Emitted;
import dune.backend.torch.emit.Signature;
import dune.backend.torch.run.DeviceRequest;
import dune.backend.torch.run.Learner;
import dune.backend.torch.run.Learner.Batch;
import dune.backend.torch.run.Learner.Part;
import dune.backend.torch.run.Tensor;
import dune.ir.Elem;
import dune.ir.Program;
import dune.ir.Weight;
import dune.ir.interpret.Array;
import dune.ir.testkit.Slopes;
import dune.passes.train.LossDerivation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.DoubleStream;

/// The gradients of a loss, by libtorch, against central differences of the interpreter.
final class LossGradients {
  static final int VOCABULARY = 11;
  static final Batch BATCH =
      new Batch(2, 4, new long[] {3, 9, 1, 4, 10, 2, 7, 0}, new long[] {9, 1, -100, 8, 2, 7, 0, 5});

  private LossGradients() {}

  /// Numbers that f32 has. Vectors, which are scales for the most part, lie about 1.
  static Map<String, Array> weights(Program program) {
    var weights = new LinkedHashMap<String, Array>();
    for (Weight weight : program.weights()) {
      if (weight.tiedTo().isPresent()) continue;
      long[] shape = weight.type().shape().evaluate(Map.of());
      int count = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
      var random = new Random(weight.path().hashCode());
      double middle = shape.length < 2 ? 0.7 : 0;
      double[] numbers =
          DoubleStream.generate(() -> (float) (middle + random.nextDouble(-0.4, 0.4)))
              .limit(count)
              .toArray();
      weights.put(weight.path(), Array.of(weight.type().elem(), shape, numbers));
    }
    return weights;
  }

  private static Map<String, Array> wide(Map<String, Array> weights) {
    var wide = new LinkedHashMap<String, Array>();
    weights.forEach(
        (path, array) -> wide.put(path, Array.of(Elem.F64, array.shape(), array.data())));
    return wide;
  }

  static void requireSlopes(
      Program program, Map<String, Array> weights, Map<String, double[]> gradients) {
    Array tokens = Array.ints(new long[] {BATCH.rows(), BATCH.steps()}, BATCH.tokens());
    Array targets = Array.ints(new long[] {BATCH.rows(), BATCH.steps()}, BATCH.targets());
    var slopes =
        new Slopes(
            program,
            LossDerivation.FUNCTION,
            Map.of("tokens", tokens, "targets", targets),
            wide(weights));
    // What differs in the number of its layer or expert moves at once, each its own way.
    var alike = new TreeMap<String, List<String>>();
    for (String path : gradients.keySet()) {
      alike.computeIfAbsent(path.replaceAll("[0-9]+", "#"), _ -> new ArrayList<>()).add(path);
    }
    alike.forEach(
        (name, paths) -> {
          var directions = new LinkedHashMap<String, double[]>();
          double along = 0;
          double length = 0;
          for (String path : paths) {
            double[] gradient = gradients.get(path);
            double[] direction = Slopes.direction(gradient.length, path.hashCode());
            directions.put(path, direction);
            for (int i = 0; i < gradient.length; i++) {
              along += gradient[i] * direction[i];
              length += gradient[i] * gradient[i];
            }
          }
          assertThat(Double.isFinite(length)).as(name).isTrue();
          double slope = slopes.along(directions);
          assertThat(Math.abs(along - slope))
              .as("%s: %s along a direction, not %s", name, along, slope)
              .isLessThanOrEqualTo(1e-6 * Math.sqrt(length) + 1e-8);
        });
  }

  /// @param tolerance of the longest gradient of a weight, and of this one
  static void requireEqual(
      Map<String, double[]> expected, Map<String, double[]> found, double tolerance) {
    assertThat(found.keySet()).isEqualTo(expected.keySet());
    double whole = expected.values().stream().mapToDouble(LossGradients::largest).max().orElse(0);
    expected.forEach(
        (path, numbers) -> {
          double allowed = tolerance * (largest(numbers) + 0.01 * whole);
          for (int i = 0; i < numbers.length; i++) {
            assertThat(Math.abs(found.get(path)[i] - numbers[i]))
                .as("%s[%d]: %s, not %s", path, i, found.get(path)[i], numbers[i])
                .isLessThanOrEqualTo(allowed);
          }
        });
  }

  static double largest(double[] numbers) {
    return Arrays.stream(numbers).map(Math::abs).max().orElse(0);
  }

  /// By path, ordered.
  static Map<String, double[]> gradients(Program program, Map<String, Array> weights) {
    return gradients(program, weights, BATCH);
  }

  static Map<String, double[]> gradients(Program program, Map<String, Array> weights, Batch batch) {
    Emitted emitted = TorchBackend.emitForLearning(program);
    var gradients = new TreeMap<String, double[]>();
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
      List<Part> parts =
          emitted.signature().methods().stream()
              .map(method -> new Part(method.name(), method.inputs(), method.outputs()))
              .toList();
      learner.learn(parts, batch, 1);
      for (Signature.WeightSlot slot : emitted.signature().weights()) {
        double[] all;
        try (Tensor gradient = learner.gradient(slot.attribute())) {
          all = gradient.toDoubles();
        }
        int start = 0;
        for (Signature.Part part : slot.parts()) {
          int end = start + weights.get(part.path()).count();
          gradients.put(part.path(), Arrays.copyOfRange(all, start, end));
          start = end;
        }
      }
    }
    return gradients;
  }
}
