package dune.runtime.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dune.backend.torch.run.AdamW;
import dune.backend.torch.run.DeviceRequest;
import dune.backend.torch.run.Learner.Batch;
import dune.ir.Elem;
import dune.ir.checkpoint.Json;
import dune.passes.lora.Projection;
import dune.passes.train.Activations;
import dune.passes.train.LossOptions;
import dune.runtime.adapter.Adaptation;
import dune.runtime.adapter.LoraRequest;
import dune.runtime.adapter.Merge;
import dune.runtime.adapter.PeftFolder;
import dune.runtime.compile.Compilation;
import dune.runtime.compile.CompileOptions;
import dune.runtime.compile.ModelCompiler;
import dune.runtime.generate.Generator;
import dune.runtime.generate.Request;
import dune.runtime.initial.RandomCheckpoint;
import dune.runtime.library.ModelFile;
import dune.runtime.model.ModelLoader;
import dune.runtime.model.TorchModel;
import dune.runtime.sample.Penalties;
import dune.runtime.sample.SamplingSettings;
import dune.runtime.tokenize.SmallAlphabet;
import dune.runtime.tokenize.Tokenizers;
import dune.weights.checkpoint.Checkpoint;
import dune.weights.convert.Conversion;
import dune.weights.json.JsonText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Adapters that are trained, written as PEFT does, and read again.
@Tag("torch")
final class FinetuneTest {
  private static final String FIRST =
      "the cat sat on the mat, and the dog sat on the cat. ".repeat(30);
  private static final String SECOND =
      "a bee met a bat; a bat bit a bee, and a dot fed. ".repeat(30);
  private static final int CONTEXT = 16;

  /// Divides the windows of the text that is measured by.
  private static final int ROWS = 3;

  @TempDir Path scratch;

  private static final class Heard implements Training.Listener {
    private final int last;
    private List<Projection> matched = List.of();
    private long weights;

    Heard(int last) {
      this.last = last;
    }

    @Override
    public void began(int made, int steps, long weights, int tokens, int measured) {
      this.weights = weights;
    }

    @Override
    public void adapted(List<Projection> matched) {
      this.matched = matched;
    }

    @Override
    public void stepped(int step, double rate, Trainee.Progress progress) {
      if (step == last) throw new Stopped();
    }

    @Override
    public void evaluated(int steps, double loss) {}
  }

  private static final class Stopped extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "gpt2; F32; rank=4,alpha=8,on=attention.q + attention.v",
        "gpt2; F32; rank=4,on=every linear,scaling=rslora,dropout=0.1",
        "gpt2; F32; rank=2,on=layers 1..2: attention.k + mlp.down,dora",
        "llama; F32; rank=4,on=every linear,dora",
        "phi3; F32; rank=2,on=attention.v + mlp.up",
        "llama; BF16; rank=4,on=writers of the residual"
      })
  void whatIsTrainedIsWhatRuns(String model, Elem elem, String lora) throws IOException {
    Path base = base(model, elem);
    byte[] before = Files.readAllBytes(base.resolve("model.safetensors"));
    var heard = new Heard(-1);
    Path run = finetune("run", base, elem, lora, 30, heard);
    assertThat(heard.matched).isNotEmpty();
    assertThat(Files.readAllBytes(base.resolve("model.safetensors"))).isEqualTo(before);

    Path last = run.resolve(RunFolder.LAST);
    PeftFolder adapter = PeftFolder.read(last);
    assertThat(numbers(adapter)).isGreaterThanOrEqualTo(heard.weights);
    double plain = loss(base, List.of());
    double adapted = loss(base, List.of(new Adaptation.Choice(adapter, 1)));
    assertThat(adapted).isLessThan(0.96 * plain);
    if (!lora.contains("dora")) {
      double off = loss(base, List.of(new Adaptation.Choice(adapter, 0)));
      assertThat(off).isEqualTo(plain);
    }
    assertThat(measured(run)).isCloseTo(adapted, within(elem == Elem.F32 ? 1e-5 : 2e-2));
    Path merged = scratch.resolve("merged");
    merge(base, merged, adapter);
    assertThat(loss(merged, List.of())).isCloseTo(adapted, within(elem == Elem.F32 ? 1e-5 : 2e-2));
    Path stopped = scratch.resolve("stopped");
    try {
      finetune("stopped", base, elem, lora, 30, new Heard(15));
    } catch (Stopped _) {
      Training.resume(stopped, DeviceRequest.CPU, new Heard(-1));
    }
    for (String file : List.of("adapter_model.safetensors", "adapter_config.json")) {
      assertThat(Files.readAllBytes(stopped.resolve(RunFolder.LAST).resolve(file)))
          .as(file)
          .isEqualTo(Files.readAllBytes(last.resolve(file)));
    }
  }

  private static void merge(Path base, Path out, PeftFolder adapter) {
    Checkpoint checkpoint = Checkpoint.open(base);
    ModelFile model = ModelFile.forArchitecture(checkpoint.architecture(), base);
    var written = ModelCompiler.elaborate(model, checkpoint, CompileOptions.DEFAULTS);
    var edits =
        Merge.edits(
            written.program().orElseThrow(),
            written.checkpoint().orElseThrow(),
            checkpoint,
            List.of(new Adaptation.Choice(adapter, 1)),
            Merge.Direction.IN);
    Conversion.run(checkpoint, out, Optional.empty(), edits, Long.MAX_VALUE, _ -> {});
  }

  private static long numbers(PeftFolder adapter) {
    return adapter.modules().values().stream()
        .mapToLong(change -> change.down().length + change.up().length + change.magnitude().length)
        .sum();
  }

  private static double measured(Path run) throws IOException {
    try (Stream<String> lines = Files.lines(run.resolve("metrics.jsonl"))) {
      String last =
          lines.filter(line -> line.contains("val_loss")).reduce((_, b) -> b).orElseThrow();
      return Double.parseDouble(last.replaceAll(".*\"val_loss\"\\s*:\\s*([0-9.eE+-]+).*", "$1"));
    }
  }

  /// The loss of the second text, by the program that runs.
  private static double loss(Path base, List<Adaptation.Choice> adapters) {
    Checkpoint checkpoint = Checkpoint.open(base);
    ModelFile model = ModelFile.forArchitecture(checkpoint.architecture(), base);
    CompileOptions options =
        CompileOptions.DEFAULTS.withAdapters(adapters).withContext(CONTEXT).withElem(Elem.F32);
    var compiled =
        ((Compilation.Done) ModelCompiler.compile(model, checkpoint, options)).compiled();
    try (TorchModel ready =
        ModelLoader.load(compiled, checkpoint, DeviceRequest.CPU, TorchModel.Mode.CACHED)) {
      int[] tokens = SmallAlphabet.of(FIRST + SECOND).encode(SECOND);
      List<Batch> batches = Corpus.split(tokens, 0.9, CONTEXT).windows(ROWS);
      return batches.stream().mapToDouble(batch -> loss(ready, batch)).average().orElseThrow();
    }
  }

  private static double loss(TorchModel model, Batch batch) {
    float[] logits = model.score(batch.tokens(), batch.rows(), batch.steps());
    int vocabulary = model.vocabulary();
    double sum = 0;
    for (int i = 0; i < batch.targets().length; i++) {
      double all = 0;
      for (int v = 0; v < vocabulary; v++) all += Math.exp(logits[i * vocabulary + v]);
      sum += Math.log(all) - logits[i * vocabulary + (int) batch.targets()[i]];
    }
    return sum / batch.targets().length;
  }

  private Path base(String model, Elem elem) throws IOException {
    Path text = scratch.resolve("first.txt");
    Files.writeString(text, FIRST);
    Path run = scratch.resolve("base");
    ModelFile file =
        ModelFile.read(Path.of(model), new dune.frontend.diagnostic.Diagnostics()).orElseThrow();
    var values = new LinkedHashMap<>(Map.of("L", "2", "D", "32", "H", "2"));
    if (model.equals("gpt2")) values.put("P", "16");
    else values.putAll(Map.of("KV", "1", "F", "64"));
    if (model.equals("phi3")) values.put("K", "16");
    var request = new RandomCheckpoint.Request(file, Optional.empty(), values, Optional.of(elem));
    var drawn =
        (FirstCheckpoint.Outcome.Drawn)
            FirstCheckpoint.draw(run, request, SmallAlphabet.of(FIRST + SECOND), 1);
    var settings =
        new RunSettings(
            drawn.folder().getFileName().toString(),
            text.toString(),
            "",
            0.9,
            CONTEXT,
            elem,
            plan(40, 3e-3));
    Training.begin(run, settings, DeviceRequest.CPU, new Heard(-1));
    return run.resolve(RunFolder.LAST);
  }

  private Path finetune(
      String name, Path base, Elem elem, String lora, int steps, Training.Listener listener)
      throws IOException {
    return finetune(name, base, elem, lora, plan(steps, 2e-2), listener);
  }

  private Path finetune(
      String name, Path base, Elem elem, String lora, TrainingPlan plan, Training.Listener listener)
      throws IOException {
    Path text = scratch.resolve("second.txt");
    Files.writeString(text, SECOND);
    Path run = scratch.resolve(name);
    var settings =
        new RunSettings(base.toString(), text.toString(), "", 0.9, CONTEXT, elem, plan)
            .with(LoraRequest.parse(lora));
    Training.begin(run, settings, DeviceRequest.CPU, listener);
    return run;
  }

  /// Also where the first layers have nothing that learns.
  @ParameterizedTest
  @ValueSource(strings = {"rank=2,on=every linear,dropout=0.1", "rank=2,on=layers 1..2: mlp.down"})
  void recomputedLayersGiveTheSameAdapters(String lora) throws IOException {
    Path base = base("gpt2", Elem.F32);
    LossOptions recomputed = LossOptions.PLAIN.with(Activations.RECOMPUTED);
    TrainingPlan plan = plan(6, 1e-2);
    Path kept = finetune("kept", base, Elem.F32, lora, plan, new Heard(-1));
    Path again = finetune("again", base, Elem.F32, lora, plan.with(recomputed), new Heard(-1));
    String file = "last/adapter_model.safetensors";
    assertThat(again.resolve(file)).hasSameBinaryContentAs(kept.resolve(file));
  }

  /// Dropout is for learning only, and a text written meanwhile takes no random numbers from it.
  @Test
  void textsOnTheWayAreThoseOfTheAdapter() throws IOException {
    Path base = base("gpt2", Elem.F32);
    String lora = "rank=4,on=every linear,dropout=0.5";
    TrainingPlan plan = plan(20, 2e-2);
    Path silent = finetune("silent", base, Elem.F32, lora, plan, new Heard(-1));
    Path writing = scratch.resolve("writing");
    String data = scratch.resolve("second.txt").toString();
    String prompt = SECOND.substring(0, 4);
    Training.begin(
        writing,
        new RunSettings(base.toString(), data, "", 0.9, CONTEXT, Elem.F32, plan)
            .with(LoraRequest.parse(lora))
            .with(new SamplePlan(List.of(), 5, List.of(prompt), 10, 0)),
        DeviceRequest.CPU,
        new Heard(-1));
    assertThat(writing.resolve("last/adapter_model.safetensors"))
        .hasSameBinaryContentAs(silent.resolve("last/adapter_model.safetensors"));
    assertThat(Files.readAllLines(writing.resolve("samples.jsonl")))
        .hasSize(5)
        .last()
        .asString()
        .contains(
            JsonText.line(
                new Json.Text(likeliest(base, writing.resolve(RunFolder.LAST), prompt, 10))));
  }

  private static String likeliest(Path base, Path adapter, String prompt, int tokens) {
    Checkpoint checkpoint = Checkpoint.open(base);
    ModelFile model = ModelFile.forArchitecture(checkpoint.architecture(), base);
    CompileOptions options =
        CompileOptions.DEFAULTS
            .withAdapters(List.of(new Adaptation.Choice(PeftFolder.read(adapter), 1)))
            .withContext(CONTEXT)
            .withElem(Elem.F32);
    var compiled =
        ((Compilation.Done) ModelCompiler.compile(model, checkpoint, options)).compiled();
    try (TorchModel ready =
            ModelLoader.load(compiled, checkpoint, DeviceRequest.CPU, TorchModel.Mode.CACHED);
        var tokenizer = Tokenizers.of(base)) {
      var text = new StringBuilder();
      var request =
          new Request(
              Arrays.stream(tokenizer.encodePrompt(prompt)).boxed().toList(),
              tokens,
              new SamplingSettings(0, 0, 1, 0, Penalties.NONE, 1),
              List.of());
      new Generator(ready, tokenizer).run(request, text::append);
      return text.toString();
    }
  }

  private static TrainingPlan plan(int steps, double rate) {
    return new TrainingPlan(
        new Schedule(rate, rate / 10, 5, steps),
        new AdamW(0.9, 0.99, 1e-8, 0.1),
        ROWS,
        1,
        1,
        10,
        7);
  }
}
