package dune.runtime.model;

import dune.backend.torch.TorchBackend;
import dune.backend.torch.TorchProgram;
import dune.backend.torch.emit.Emitted;
import dune.backend.torch.run.Call;
import dune.backend.torch.run.DeviceRequest;
import dune.backend.torch.run.Tensor;
import dune.runtime.compile.Compilation;
import dune.runtime.compile.CompileOptions;
import dune.runtime.compile.ModelCompiler;
import dune.runtime.library.ModelFile;
import dune.runtime.sample.Sampler;
import dune.runtime.sample.SamplingSettings;
import dune.runtime.tokenize.HuggingFaceTokenizer;
import dune.weights.checkpoint.Checkpoint;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/// A benchmark: how much of a decoding step is ours and not libtorch's. Prints the medians of a
/// whole step (hand the token in, run, read logits, sample, decode its text) and of the bare call
/// of the archive, in microseconds, alternating.
///
/// Run it with a checkpoint folder as argument; it is no test.
final class DecodeOverhead {
  private static final int STEPS = 300;
  private static final int ROUNDS = 7;

  private DecodeOverhead() {}

  public static void main(String[] arguments) {
    Checkpoint checkpoint = Checkpoint.open(Path.of(arguments[0]));
    ModelFile file = ModelFile.forArchitecture(checkpoint.architecture(), checkpoint.folder());
    var compiled =
        ((Compilation.Done) ModelCompiler.compile(file, checkpoint, CompileOptions.DEFAULTS))
            .compiled();
    var whole = new double[ROUNDS];
    var bare = new double[ROUNDS];
    try (var model =
            ModelLoader.load(compiled, checkpoint, DeviceRequest.CPU, TorchModel.Mode.CACHED);
        var tokenizer = HuggingFaceTokenizer.of(checkpoint.folder(), checkpoint.generation());
        var weights =
            BoundWeights.bind(
                compiled.checkpoint(),
                BoundWeights.requests(compiled.program().weights()),
                BoundWeights.ties(compiled.program().weights()),
                checkpoint)) {
      Emitted emitted = TorchBackend.emit(compiled.program());
      try (TorchProgram program = TorchBackend.load(emitted, weights, DeviceRequest.CPU)) {
        for (int round = -2; round < ROUNDS; round++) {
          double steps = whole(model, tokenizer);
          double calls = bare(program);
          if (round < 0) continue;
          whole[round] = steps;
          bare[round] = calls;
        }
      }
    }
    System.out.printf("whole step %.1f us, bare call %.1f us%n", median(whole), median(bare));
  }

  private static double whole(TorchModel model, dune.runtime.tokenize.Tokenizer tokenizer) {
    var sampler = new Sampler(SamplingSettings.GREEDY);
    var stream = tokenizer.stream(new int[] {1});
    var sequence = model.begin();
    int token = sampler.next(sequence.append(1));
    long begin = System.nanoTime();
    for (int i = 0; i < STEPS; i++) {
      stream.next(token);
      token = sampler.next(sequence.append(token));
    }
    return (System.nanoTime() - begin) * 1e-3 / STEPS;
  }

  private static double bare(TorchProgram program) {
    program.begin(Map.of("B", 1L));
    try (Call call = program.prepare("next");
        Tensor tokens = TorchBackend.torch().of(new long[] {1}, 1, 1);
        Tensor count = TorchBackend.torch().of(new long[] {1}, 1)) {
      long time = 0;
      for (int i = 0; i < STEPS; i++) {
        try (Tensor start = TorchBackend.torch().of(new long[] {i + 1}, 1)) {
          call.set(0, tokens).set(1, start).set(2, count).set(3, i + 2L);
        }
        long begin = System.nanoTime();
        var results = call.run();
        time += System.nanoTime() - begin;
        results.forEach(Tensor::close);
      }
      return time * 1e-3 / STEPS;
    }
  }

  private static double median(double[] values) {
    Arrays.sort(values);
    return values[values.length / 2];
  }
}
