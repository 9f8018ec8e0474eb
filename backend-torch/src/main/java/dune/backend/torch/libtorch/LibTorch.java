package dune.backend.torch.libtorch;

import dune.backend.torch.run.Device;
import dune.backend.torch.run.DeviceRequest;
import dune.backend.torch.run.Learner;
import dune.backend.torch.run.LoadedModule;
import dune.backend.torch.run.Tensor;
import dune.backend.torch.run.Torch;
import dune.ir.Elem;
import dune.ir.Initializer;
import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.JitModule;
import org.bytedeco.pytorch.global.torch;

/// Libtorch in this process.
public final class LibTorch implements Torch {
  private LibTorch() {}

  private static final class Holder {
    static final LibTorch ONLY = start();

    private static LibTorch start() {
      Natives.load();
      // The executor that interprets the graph as it stands, instead of profiling it and compiling
      // it again.
      torch.getProfilingMode().put(false);
      if (System.getenv("OMP_NUM_THREADS") == null) torch.set_num_threads(Cores.count());
      return new LibTorch();
    }
  }

  /// Loads the native library on first use.
  ///
  /// @throws EnvironmentFailure if it is not there
  public static LibTorch get() {
    try {
      return Holder.ONLY;
    } catch (ExceptionInInitializerError e) {
      if (e.getCause() instanceof EnvironmentFailure environment) throw environment;
      throw e;
    } catch (NoClassDefFoundError e) {
      throw new EnvironmentFailure("libtorch cannot be loaded: " + e.getMessage());
    }
  }

  @Override
  public Device resolve(DeviceRequest request) {
    return switch (request) {
      case AUTO -> hasCuda() ? Device.CUDA : torch.hasMPS() ? Device.MPS : Device.CPU;
      case CPU -> Device.CPU;
      case MPS -> {
        if (!torch.hasMPS()) throw absent("mps", "it needs macOS on Apple silicon");
        yield Device.MPS;
      }
      case CUDA -> {
        if (!torch.hasCUDA()) throw absent("cuda", "this libtorch is built without it");
        if (!torch.cuda_is_available()) throw absent("cuda", "no driver or no card answers");
        yield Device.CUDA;
      }
    };
  }

  private static boolean hasCuda() {
    return torch.hasCUDA() && torch.cuda_is_available();
  }

  private static EnvironmentFailure absent(String device, String why) {
    return new EnvironmentFailure(
        "device `%s` is not available here: %s; `--device auto` takes what is there"
            .formatted(device, why));
  }

  @Override
  public void useThreads(int count) {
    if (count < 1) throw new IllegalArgumentException(count + " threads");
    torch.set_num_threads(count);
  }

  @Override
  public int threads() {
    return torch.get_num_threads();
  }

  @Override
  public LoadedModule load(Path archive, Device device) {
    try (var _ = new Inference()) {
      return new LibModule(module(archive, device), device);
    }
  }

  @Override
  public Learner learn(Path archive, Device device, List<Learner.Parameter> parameters) {
    return new LibLearner(module(archive, device), device, parameters);
  }

  private static JitModule module(Path archive, Device device) {
    if (!Files.isReadable(archive)) {
      throw new EnvironmentFailure("cannot read `" + archive + "`");
    }
    try (var torchDevice = Convert.device(device);
        var optional = new org.bytedeco.pytorch.DeviceOptional(torchDevice)) {
      return torch.load(archive.toString(), optional, false);
    } catch (RuntimeException e) {
      // What its reader of archives says is about the file; all else is about the text, which is
      // ours.
      if (String.valueOf(e.getMessage()).contains("PytorchStreamReader")) {
        throw new InputFailure(archive, "it is damaged, or no archive; build it again");
      }
      throw Failures.of("cannot load `" + archive + "`", e);
    }
  }

  @Override
  public void draw(Initializer initializer, long seed, Elem elem, MemorySegment into) {
    torch.manual_seed(seed);
    try (var _ = new Inference();
        var generator = new GeneratorOptional();
        var tensor = Convert.view(elem, into, into.byteSize() / elem.bytes())) {
      switch (initializer) {
        case Initializer.Constant(double value) -> fill(tensor, value);
        case Initializer.Normal(double deviation) ->
            tensor.normal_(0, deviation, generator).close();
        case Initializer.Uniform(double bound) -> tensor.uniform_(-bound, bound, generator).close();
      }
    } catch (RuntimeException e) {
      throw Failures.of("cannot draw numbers", e);
    }
  }

  private static void fill(org.bytedeco.pytorch.Tensor tensor, double value) {
    try (var scalar = new org.bytedeco.pytorch.Scalar(value)) {
      tensor.fill_(scalar).close();
    }
  }

  @Override
  public Tensor of(long[] values, long... shape) {
    return of(Elem.INT, MemorySegment.ofArray(values), shape);
  }

  @Override
  public Tensor of(float[] values, long... shape) {
    return of(Elem.F32, MemorySegment.ofArray(values), shape);
  }

  @Override
  public Tensor of(Elem elem, MemorySegment data, long... shape) {
    try (var _ = new Inference()) {
      return new LibTensor(Convert.copy(elem, data, shape));
    } catch (RuntimeException e) {
      throw Failures.of("cannot make a tensor", e);
    }
  }
}
