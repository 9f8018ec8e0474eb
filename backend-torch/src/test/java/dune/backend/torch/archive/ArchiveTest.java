package dune.backend.torch.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dune.backend.torch.archive.Attribute.Role;
import dune.ir.Elem;
import dune.weights.EnvironmentFailure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArchiveTest {
  private static final Path GOLDEN = Path.of("src/test/resources/archive/small.pt");

  private static final String METHODS =
      """
        def forward(self: __torch__.Model, x: Tensor) -> Tensor:
          return torch.linear(x, self.weight)
      """;

  /// One of everything that an archive can hold. Its golden bytes load in PyTorch and give `[6,
  /// 15]` for ones.
  static Archive small() {
    var numbers = MemorySegment.ofArray(new float[] {1, 2, 3, 4, 5, 6});
    return new Archive(
        List.of(
            new Attribute.OfTensor(
                "weight", Role.PARAMETER, Elem.F32, List.of(2L, 3L), new Content.Bytes(numbers)),
            new Attribute.OfTensor(
                "late", Role.PARAMETER, Elem.BF16, List.of(4L, 4L), new Content.Absent()),
            new Attribute.OfTensor(
                "cache", Role.BUFFER, Elem.F16, List.of(2L, 1L, 3L), new Content.Zeros()),
            new Attribute.OfInts("sizes", List.of(0L, 255L, 256L, -1L, 1L << 40)),
            new Attribute.OfInt("count", 7)),
        METHODS);
  }

  @Test
  void bytesAreGolden() throws IOException {
    byte[] bytes = small().toBytes();
    if (Boolean.getBoolean("dune.bless")) Files.write(GOLDEN, bytes);
    assertThat(bytes)
        .as("run with -Ddune.bless=true to accept, then load it in PyTorch")
        .isEqualTo(Files.readAllBytes(GOLDEN));
  }

  @Test
  void entriesAreStoredAlignedAndChecked(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("small.pt");
    small().writeTo(file);
    byte[] all = Files.readAllBytes(file);
    var names = new ArrayList<String>();
    try (var zip = new ZipFile(file.toFile())) {
      for (ZipEntry entry : zip.stream().toList()) {
        names.add(entry.getName());
        assertThat(entry.getMethod()).isEqualTo(ZipEntry.STORED);
        try (InputStream in = zip.getInputStream(entry)) {
          byte[] bytes = in.readAllBytes();
          var crc = new CRC32();
          crc.update(bytes);
          assertThat(crc.getValue()).isEqualTo(entry.getCrc());
          if (bytes.length > 20) assertThat(indexOf(all, bytes) % 64).as(entry.getName()).isZero();
        }
      }
    }
    assertThat(names)
        .containsExactly(
            "model/data.pkl",
            "model/code/__torch__.py",
            "model/constants.pkl",
            "model/version",
            "model/byteorder",
            "model/data/0",
            "model/data/2");
  }

  private static int indexOf(byte[] all, byte[] part) {
    String text = new String(all, StandardCharsets.ISO_8859_1);
    return text.indexOf(new String(part, StandardCharsets.ISO_8859_1));
  }

  @Test
  void classDeclaresItsAttributes() {
    assertThat(small().code())
        .isEqualTo(
            """
            class Model(Module):
              __parameters__ = ["weight", "late", ]
              __buffers__ = ["cache", ]
              weight : Tensor
              late : Tensor
              cache : Tensor
              sizes : List[int]
              count : int
              training : bool
              _is_full_backward_hook : Optional[bool]
              def forward(self: __torch__.Model, x: Tensor) -> Tensor:
                return torch.linear(x, self.weight)
            """);
  }

  @Test
  void fileAppearsWholeOrNotAtAll(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("model.pt");
    Files.writeString(file, "before");
    small().writeTo(file);
    assertThat(Files.readAllBytes(file)).isEqualTo(small().toBytes());

    Path missing = folder.resolve("nowhere/model.pt");
    assertThatThrownBy(() -> small().writeTo(missing)).isInstanceOf(EnvironmentFailure.class);

    Path occupied = Files.createDirectories(folder.resolve("occupied.pt/inside")).getParent();
    assertThatThrownBy(() -> small().writeTo(occupied)).isInstanceOf(EnvironmentFailure.class);
    try (var left = Files.list(folder)) {
      assertThat(left.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("model.pt", "occupied.pt");
    }
  }

  @Test
  void bytesMustFitTheShape() {
    var three = new Content.Bytes(MemorySegment.ofArray(new byte[3]));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Attribute.OfTensor("w", Role.PARAMETER, Elem.F16, List.of(2L), three))
        .withMessageContaining("`w` is f16[2], which is 4 bytes, not 3");
  }

  @Test
  void namesMustBePythonAndUnique() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Archive(List.of(new Attribute.OfInt("a.b", 1)), METHODS));
    var one = new Attribute.OfInt("a", 1);
    assertThatIllegalArgumentException().isThrownBy(() -> new Archive(List.of(one, one), METHODS));
  }

  /// Sizes past 4 GiB take wide fields; the bytes themselves are thrown away here.
  @Test
  void largeArchivesTakeTheWideForm() throws IOException {
    var tail = new ByteArrayOutputStream();
    var sink =
        new WritableByteChannel() {
          private boolean keep;

          @Override
          public int write(ByteBuffer bytes) throws IOException {
            if (keep) return Channels.newChannel(tail).write(bytes);
            int count = bytes.remaining();
            bytes.position(bytes.limit());
            return count;
          }

          @Override
          public boolean isOpen() {
            return true;
          }

          @Override
          public void close() {}
        };
    var zip = new StoredZip(sink);
    long size = (1L << 32) + 10;
    zip.addZeros("large", size);
    zip.add("after", new byte[] {1});
    sink.keep = true;
    zip.finish();
    String directory = tail.toString(StandardCharsets.ISO_8859_1);
    assertThat(directory).contains("PK\u0006\u0006", "PK\u0006\u0007", "PK\u0005\u0006");
    byte[] wide = ByteBuffer.allocate(8).putLong(Long.reverseBytes(size)).array();
    assertThat(directory).contains(new String(wide, StandardCharsets.ISO_8859_1).repeat(2));
  }
}
