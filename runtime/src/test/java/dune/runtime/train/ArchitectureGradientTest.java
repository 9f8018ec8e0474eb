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
import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.elaborate.Elaborator;
import dune.frontend.elaborate.Settings;
import dune.ir.Elem;
import dune.ir.Program;
import dune.ir.Weight;
import dune.ir.interpret.Array;
import dune.ir.testkit.Slopes;
import dune.ir.testkit.Widening;
import dune.passes.Compiler;
import dune.passes.Optimization;
import dune.passes.pass.Observer;
import dune.passes.train.Activations;
import dune.passes.train.LossDerivation;
import dune.passes.train.LossOptions;
import dune.runtime.library.ModelFile;
import dune.weights.checkpoint.Checkpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The gradient of the loss of every architecture, penalties included, at tiny sizes: in f64
/// against central differences of the interpreter along random directions, equal at O0 and O2; and
/// in f32, as it is trained, against that of f64, and with blocks that are recomputed the same.
@Tag("torch")
final class ArchitectureGradientTest {
  private static final Path FOLDER = Path.of("src/test/resources/architectures");
  private static final int VOCABULARY = 11;
  private static final Batch BATCH =
      new Batch(2, 4, new long[] {3, 9, 1, 4, 10, 2, 7, 0}, new long[] {9, 1, -100, 8, 2, 7, 0, 5});

  /// Models that have no folder, since larger checkpoints stand for them elsewhere.
  private static final List<String> OTHERS =
      List.of("gpt2", "llama", "mistral", "mixtral", "phi3", "qwen2");

  /// A model with its sizes.
  record Subject(String name, ModelFile model, Settings settings) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Subject> subjects() {
    var subjects = new ArrayList<Subject>();
    try (var folders = Files.list(FOLDER)) {
      for (Path folder : folders.filter(Files::isDirectory).sorted().toList()) {
        Checkpoint checkpoint = Checkpoint.open(folder);
        ModelFile model = ModelFile.forArchitecture(checkpoint.architecture(), folder);
        String name = folder.getFileName().toString();
        subjects.add(new Subject(name, model, Settings.of(checkpoint.config(), Elem.F32)));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    OTHERS.forEach(name -> subjects.add(subject(name)));
    return subjects.stream();
  }

  private static Subject subject(String name) {
    ModelFile model = ModelFile.read(Path.of(name), new Diagnostics()).orElseThrow();
    return new Subject(name, model, Settings.defaults(Elem.F32).with(sizes(name)));
  }

  private static Map<String, String> sizes(String name) {
    var sizes = new LinkedHashMap<>(Map.of("L", "2", "H", "2", "D", "8", "F", "10"));
    sizes.put("V", "" + VOCABULARY);
    // Differences need the same loss each time; DropoutTest looks at what drops.
    if (name.equals("gpt2")) {
      sizes.putAll(Map.of("P", "8", "drop", "0", "attention_drop", "0", "embedding_drop", "0"));
    }
    if (!name.equals("gpt2")) sizes.put("KV", "1");
    if (name.equals("mixtral")) sizes.putAll(Map.of("E", "3", "balance", "0.3"));
    return sizes;
  }

  @Test
  void everyModelIsHere() {
    var names = new TreeSet<String>();
    subjects().forEach(subject -> names.add(subject.model().text().name()));
    assertThat(names).hasSize(ModelFile.names().size());
  }

  @ParameterizedTest
  @MethodSource("subjects")
  void gradientsAreSlopes(Subject subject) {
    Program written = lower(subject);
    Program plain = compile(written, LossOptions.PLAIN, Optimization.O0);
    Map<String, Array> weights = weights(plain);
    Program wide = Widening.widen(plain);
    Map<String, double[]> expected = gradients(wide, weights);
    requireSlopes(wide, weights, expected);
    Program trained = compile(written, LossOptions.PLAIN, Optimization.O2);
    requireEqual(expected, gradients(Widening.widen(trained), weights), 1e-9);
    Map<String, double[]> found = gradients(trained, weights);
    requireEqual(expected, found, 1e-4);

    LossOptions recomputed = LossOptions.PLAIN.with(Activations.RECOMPUTED);
    Program split = compile(written, recomputed, Optimization.O2);
    assertThat(split.functions()).hasSizeGreaterThan(1);
    requireEqual(found, gradients(split, weights), 1e-6);
  }

  private static Program lower(Subject subject) {
    Settings settings = subject.settings().with(Settings.Purpose.TRAINING);
    ModelFile model = subject.model();
    return Elaborator.elaborate(model.text(), model.sources(), settings).program().orElseThrow();
  }

  private static Program compile(Program written, LossOptions options, Optimization level) {
    return Compiler.compileLoss(written, level, 4, options, Observer.NONE).program();
  }

  /// Numbers that f32 has. Vectors, which are scales for the most part, lie about 1.
  private static Map<String, Array> weights(Program program) {
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

  private static void requireSlopes(
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
  private static void requireEqual(
      Map<String, double[]> expected, Map<String, double[]> found, double tolerance) {
    assertThat(found.keySet()).isEqualTo(expected.keySet());
    double whole =
        expected.values().stream().mapToDouble(ArchitectureGradientTest::largest).max().orElse(0);
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

  private static double largest(double[] numbers) {
    return Arrays.stream(numbers).map(Math::abs).max().orElse(0);
  }

  /// By path, ordered.
  private static Map<String, double[]> gradients(Program program, Map<String, Array> weights) {
    return gradients(program, weights, BATCH);
  }

  private static Map<String, double[]> gradients(
      Program program, Map<String, Array> weights, Batch batch) {
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

  /// In f32 on the CPU long attention is two products and a softmax, in f64 it is one kernel.
  @Test
  void gradientsOfLongAttentionAreThoseOfTheKernel() {
    int steps = 130;
    var sizes = new LinkedHashMap<>(sizes("llama"));
    sizes.putAll(Map.of("L", "1", "D", "256", "H", "4", "KV", "2"));
    ModelFile model = ModelFile.read(Path.of("llama"), new Diagnostics()).orElseThrow();
    var subject = new Subject("llama", model, Settings.defaults(Elem.F32).with(sizes));
    Program program =
        Compiler.compileLoss(lower(subject), Optimization.O2, steps, Observer.NONE).program();
    assertThat(TorchBackend.emitForLearning(program).archive().code())
        .contains("learned_attention");
    Map<String, Array> weights = weights(program);
    var random = new Random(3);
    long[] tokens = random.longs(2L * steps, 0, VOCABULARY).toArray();
    long[] targets = random.longs(2L * steps, 0, VOCABULARY).toArray();
    var batch = new Batch(2, steps, tokens, targets);
    requireEqual(
        gradients(Widening.widen(program), weights, batch),
        gradients(program, weights, batch),
        1e-4);
  }

  /// What routers and experts are for: all of them learn, also by the penalty.
  @Test
  void routersAndExpertsLearn() {
    Program program = compile(lower(subject("mixtral")), LossOptions.PLAIN, Optimization.O2);
    assertThat(program.require(LossDerivation.FUNCTION).outputs()).hasSizeGreaterThan(1);
    Map<String, double[]> all = gradients(program, weights(program));
    var learning = all.keySet().stream().filter(path -> path.contains("block_sparse_moe")).toList();
    assertThat(learning).anyMatch(path -> path.contains("gate.weight"));
    assertThat(learning).anyMatch(path -> path.contains("experts.2"));
    assertThat(learning)
        .allSatisfy(path -> assertThat(largest(all.get(path))).as(path).isPositive());
  }
}
