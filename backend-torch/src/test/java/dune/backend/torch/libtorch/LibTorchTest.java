package dune.backend.torch.libtorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dune.backend.torch.archive.Archive;
import dune.backend.torch.archive.Attribute;
import dune.backend.torch.archive.Attribute.Role;
import dune.backend.torch.archive.Content;
import dune.backend.torch.run.Call;
import dune.backend.torch.run.Device;
import dune.backend.torch.run.DeviceRequest;
import dune.backend.torch.run.LoadedModule;
import dune.backend.torch.run.Tensor;
import dune.backend.torch.run.TorchException;
import dune.ir.Elem;
import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("torch")
class LibTorchTest {
  private static final String METHODS =
      """
        def forward(self: __torch__.Model, x: Tensor) -> Tensor:
          return torch.linear(x, self.weight)
        def repeat(self: __torch__.Model, x: Tensor, n: int) -> Tuple[Tensor, Tensor]:
          torch.add_(self.total, x)
          return (torch.mul(x, n), torch.clone(self.total))
        def large(self: __torch__.Model) -> Tensor:
          return torch.zeros([1000000], dtype=6, layout=0, device=torch.device("cpu"), pin_memory=False)
      """;

  private final LibTorch torch = LibTorch.get();

  private static Archive archive(Content weight) {
    return new Archive(
        List.of(
            new Attribute.OfTensor("weight", Role.PARAMETER, Elem.F32, List.of(2L, 3L), weight),
            new Attribute.OfTensor(
                "total", Role.BUFFER, Elem.F32, List.of(3L), new Content.Absent())),
        METHODS);
  }

  private LoadedModule load(Path folder, Content weight) throws IOException {
    Path file = folder.resolve("model.pt");
    archive(weight).writeTo(file);
    return torch.load(file, Device.CPU);
  }

  @Test
  void runsWithWeightsOfTheArchive(@TempDir Path folder) throws IOException {
    var weight = new Content.Bytes(MemorySegment.ofArray(new float[] {1, 2, 3, 4, 5, 6}));
    try (var module = load(folder, weight);
        var call = module.prepare("forward", 1);
        var x = torch.of(new float[] {1, 1, 1, 0, 0, 1}, 2, 3)) {
      call.set(0, x);
      try (Tensor y = call.run().getFirst()) {
        assertThat(y.toFloats()).containsExactly(6, 15, 3, 6);
        assertThat(y.shape()).containsExactly(2, 2);
        assertThat(y.elem()).isEqualTo(Elem.F32);
        assertThat(y.device()).isEqualTo(Device.CPU);
      }
    }
  }

  @Test
  void readsWeightsWhereTheyLie(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("weights");
    try (var arena = Arena.ofConfined();
        var channel =
            FileChannel.open(
                Files.write(file, new byte[24]),
                java.nio.file.StandardOpenOption.READ,
                java.nio.file.StandardOpenOption.WRITE);
        var module = load(folder, new Content.Absent());
        var call = module.prepare("forward", 1);
        var x = torch.of(new float[] {1, 1, 1}, 1, 3)) {
      MemorySegment writable = channel.map(FileChannel.MapMode.READ_WRITE, 0, 24, arena);
      MemorySegment mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, 24, arena);
      module.bind("weight", Elem.F32, List.of(2L, 3L), mapped);
      call.set(0, x);
      try (Tensor y = call.run().getFirst()) {
        assertThat(y.toFloats()).containsExactly(0, 0);
      }
      writable.setAtIndex(ValueLayout.JAVA_FLOAT, 5, 7);
      try (Tensor y = call.run().getFirst()) {
        assertThat(y.toFloats()).as("not a copy").containsExactly(0, 7);
      }
    }
  }

  @Test
  void stateLivesFromCallToCall(@TempDir Path folder) throws IOException {
    try (var module = load(folder, new Content.Absent());
        var call = module.prepare("repeat", 2);
        var x = torch.of(new float[] {1, 2, 3}, 3)) {
      module.fill("total", Elem.F32, List.of(3L), 0.5);
      call.set(0, x).set(1, 10);
      call.run().forEach(Tensor::close);
      List<Tensor> results = call.run();
      assertThat(results).hasSize(2);
      assertThat(results.get(0).toLongs()).containsExactly(10, 20, 30);
      assertThat(results.get(1).toDoubles()).containsExactly(2.5, 4.5, 6.5);
      try (Tensor part = results.get(1).narrow(0, 1, 2)) {
        assertThat(part.toFloats()).containsExactly(4.5f, 6.5f);
      }
      try (Tensor total = module.attribute("total")) {
        assertThat(total.toDoubles()).containsExactly(2.5, 4.5, 6.5);
      }
      results.forEach(Tensor::close);
    }
  }

  @Test
  void everyElementTypeComesBack() {
    var bits = MemorySegment.ofArray(new short[] {0x3C00, (short) 0xC000});
    try (Tensor half = torch.of(Elem.F16, bits, 2)) {
      assertThat(half.toFloats()).containsExactly(1, -2);
      assertThat(half.elem()).isEqualTo(Elem.F16);
    }
    var brain = MemorySegment.ofArray(new short[] {0x3F80, (short) 0xC000});
    try (Tensor b = torch.of(Elem.BF16, brain, 2)) {
      assertThat(b.toDoubles()).containsExactly(1, -2);
      assertThat(b.elem()).isEqualTo(Elem.BF16);
    }
    try (Tensor b = torch.of(Elem.BOOL, MemorySegment.ofArray(new byte[] {0, 1}), 2)) {
      assertThat(b.toLongs()).containsExactly(0, 1);
      assertThat(b.elem()).isEqualTo(Elem.BOOL);
    }
    try (Tensor d = torch.of(Elem.F64, MemorySegment.ofArray(new double[] {1e-300}), 1)) {
      assertThat(d.toDoubles()).containsExactly(1e-300);
      assertThat(d.elem()).isEqualTo(Elem.F64);
    }
    try (Tensor i = torch.of(new long[] {1L << 40}, 1)) {
      assertThat(i.toLongs()).containsExactly(1L << 40);
      assertThat(i.elem()).isEqualTo(Elem.INT);
    }
  }

  @Test
  void memoryGoesWhenItIsClosed(@TempDir Path folder) throws IOException {
    assumeTrue(Files.exists(Path.of("/proc/self/statm")), "resident memory is read from /proc");
    try (var module = load(folder, new Content.Absent());
        var call = module.prepare("large", 0)) {
      for (int i = 0; i < 20; i++) call.run().forEach(Tensor::close);
      long before = residentPages();
      for (int i = 0; i < 300; i++) call.run().forEach(Tensor::close);
      long grown = (residentPages() - before) * 4096;
      assertThat(grown).as("1.2 GB passed through").isLessThan(100_000_000);
    }
  }

  private static long residentPages() throws IOException {
    return Long.parseLong(Files.readString(Path.of("/proc/self/statm")).split(" ")[1]);
  }

  @Test
  void aCallCostsMicroseconds(@TempDir Path folder) throws IOException {
    try (var module = load(folder, new Content.Zeros());
        var call = module.prepare("forward", 1);
        var x = torch.of(new float[3], 1, 3)) {
      call.set(0, x);
      double best = Double.MAX_VALUE;
      for (int round = 0; round < 10; round++) best = Math.min(best, microseconds(call));
      assertThat(best).isLessThan(50);
    }
  }

  private static double microseconds(Call call) {
    int runs = 5000;
    long start = System.nanoTime();
    for (int i = 0; i < runs; i++) call.run().getFirst().close();
    return (System.nanoTime() - start) / 1e3 / runs;
  }

  @Test
  void whatIsMissingIsSaidInOneLine(@TempDir Path folder) throws IOException {
    assertThat(torch.resolve(DeviceRequest.CPU)).isEqualTo(Device.CPU);
    assertThat(torch.resolve(DeviceRequest.AUTO)).isNotNull();
    if (torch.resolve(DeviceRequest.AUTO) == Device.CPU) {
      assertThatExceptionOfType(EnvironmentFailure.class)
          .isThrownBy(() -> torch.resolve(DeviceRequest.CUDA))
          .withMessageStartingWith("device `cuda` is not available here")
          .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
      assertThatExceptionOfType(EnvironmentFailure.class)
          .isThrownBy(() -> torch.resolve(DeviceRequest.MPS))
          .withMessageStartingWith("device `mps` is not available here");
    }
    assertThatExceptionOfType(EnvironmentFailure.class)
        .isThrownBy(() -> torch.load(folder.resolve("absent.pt"), Device.CPU))
        .withMessageContaining("cannot read");
    Path broken = Files.writeString(folder.resolve("broken.pt"), "no zip");
    assertThatExceptionOfType(InputFailure.class)
        .isThrownBy(() -> torch.load(broken, Device.CPU))
        .withMessageContaining("broken.pt")
        .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
    byte[] whole = archive(new Content.Zeros()).toBytes();
    for (int length : new int[] {0, 100, whole.length / 2, whole.length - 1}) {
      Files.write(broken, Arrays.copyOf(whole, length));
      assertThatExceptionOfType(InputFailure.class)
          .isThrownBy(() -> torch.load(broken, Device.CPU));
    }
    Path wrong = folder.resolve("wrong.pt");
    new Archive(List.of(), "  def forward(self: __torch__.Model) -> Tensor:\n    return nothing\n")
        .writeTo(wrong);
    assertThatExceptionOfType(TorchException.class)
        .isThrownBy(() -> torch.load(wrong, Device.CPU))
        .withMessageContaining("nothing")
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("frame #"));
  }

  @Test
  void misuseIsRefused(@TempDir Path folder) throws IOException {
    try (var module = load(folder, new Content.Absent());
        var x = torch.of(new float[3], 1, 3)) {
      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  module.bind(
                      "weight", Elem.F32, List.of(2L, 3L), MemorySegment.ofArray(new int[1])))
          .withMessageContaining("24 bytes, not 4");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> module.fill("nothing", Elem.F32, List.of(1L), 0))
          .withMessageContaining("no attribute `nothing`");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> module.prepare("forward", 2))
          .withMessageContaining("takes 1 arguments, not 2");
      assertThatExceptionOfType(TorchException.class)
          .isThrownBy(() -> module.prepare("backward", 1))
          .withMessageContaining("backward");
      module.fill("weight", Elem.F32, List.of(2L, 4L), 0);
      try (Call call = module.prepare("forward", 1)) {
        call.set(0, x);
        assertThatExceptionOfType(TorchException.class)
            .isThrownBy(call::run)
            .withMessageContaining("`forward` failed");
      }
    }
  }

  @Test
  void threadsCanBeChosen() {
    int before = torch.threads();
    torch.useThreads(1);
    assertThat(torch.threads()).isEqualTo(1);
    torch.useThreads(before);
    assertThat(torch.threads()).isEqualTo(before);
    assertThatIllegalArgumentException().isThrownBy(() -> torch.useThreads(0));
  }
}
