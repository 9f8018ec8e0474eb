package dune.runtime.train;

import static dune.runtime.train.LossGradients.VOCABULARY;
import static dune.runtime.train.LossGradients.gradients;
import static dune.runtime.train.LossGradients.largest;
import static dune.runtime.train.LossGradients.requireEqual;
import static dune.runtime.train.LossGradients.requireSlopes;
import static dune.runtime.train.LossGradients.weights;
import static org.assertj.core.api.Assertions.assertThat;

import dune.backend.torch.TorchBackend;
import dune.backend.torch.run.Learner.Batch;
import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.elaborate.Elaborator;
import dune.frontend.elaborate.Settings;
import dune.ir.Elem;
import dune.ir.Program;
import dune.ir.interpret.Array;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The gradient of the loss of every architecture, penalties included, at tiny sizes: in f64
/// against central differences of the interpreter along random directions, equal at O0 and O2; and
/// at all levels in f32, as it is trained, against that of f64, and with blocks that are recomputed
/// the same.
@Tag("torch")
final class ArchitectureGradientTest {
  private static final Path FOLDER = Path.of("src/test/resources/architectures");

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
    for (Optimization level : List.of(Optimization.O0, Optimization.O1)) {
      requireEqual(expected, gradients(compile(written, LossOptions.PLAIN, level), weights), 1e-4);
    }
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
