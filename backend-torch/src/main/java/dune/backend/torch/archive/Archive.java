package dune.backend.torch.archive;

import dune.weights.AtomicFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;

/// A TorchScript module: one class, its attributes, its methods.
///
/// @param attributes in the order in which the class declares them
/// @param methods TorchScript text: `def`s at the indentation of a class body, whose `self` is a
///   {@link #CLASS}
public record Archive(List<Attribute> attributes, String methods) {
  /// The qualified name of the class, for the annotation of `self`.
  public static final String CLASS = "__torch__.Model";

  /// Of the operators: under an older one, torch takes calls for those of its past, in which `gelu`
  /// has no `approximate`. Torch reads 10 since 1.12.
  private static final String VERSION = "10";

  /// Every entry lies in a folder; torch takes whatever name it has.
  private static final String FOLDER = "model/";

  public Archive {
    attributes = List.copyOf(attributes);
    Set<String> names = new HashSet<>();
    for (Attribute attribute : attributes) {
      if (!attribute.name().matches("[A-Za-z_][A-Za-z0-9_]*")) {
        throw new IllegalArgumentException("`" + attribute.name() + "` is not a Python name");
      }
      if (!names.add(attribute.name())) {
        throw new IllegalArgumentException("two attributes are called `" + attribute.name() + "`");
      }
    }
  }

  /// The text of the class, as `code/__torch__.py` holds it.
  public String code() {
    var text = new StringBuilder("class Model(Module):\n");
    text.append("  __parameters__ = ").append(names(Attribute.Role.PARAMETER)).append('\n');
    text.append("  __buffers__ = ").append(names(Attribute.Role.BUFFER)).append('\n');
    for (Attribute attribute : attributes) {
      text.append("  ").append(attribute.name()).append(" : ").append(type(attribute)).append('\n');
    }
    // What Python expects of every module.
    text.append("  training : bool\n");
    text.append("  _is_full_backward_hook : Optional[bool]\n");
    return text.append(methods).toString();
  }

  private String names(Attribute.Role role) {
    return attributes.stream()
        .filter(each -> each instanceof Attribute.OfTensor tensor && tensor.role() == role)
        .map(each -> "\"" + each.name() + "\", ")
        .collect(Collectors.joining("", "[", "]"));
  }

  private static String type(Attribute attribute) {
    return switch (attribute) {
      case Attribute.OfTensor _ -> "Tensor";
      case Attribute.OfInt _ -> "int";
      case Attribute.OfInts _ -> "List[int]";
    };
  }

  /// Writes the file at once or not at all.
  ///
  /// @throws dune.weights.EnvironmentFailure if the folder is not writable or the disk is full
  public void writeTo(Path file) {
    writeTo(file, _ -> {});
  }

  /// Writes the file at once or not at all.
  ///
  /// @param written hears how many bytes have been written so far, every few megabytes
  /// @throws dune.weights.EnvironmentFailure if the folder is not writable or the disk is full
  public void writeTo(Path file, LongConsumer written) {
    AtomicFile.write(file, channel -> write(new CountingChannel(channel, written)));
  }

  /// Overwrites a file that this process reads and deletes again: nothing is forced to the disk.
  public void writeForNow(Path file) throws IOException {
    try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      write(channel);
    }
  }

  /// The whole archive in memory; for archives whose weights are absent.
  public byte[] toBytes() {
    var bytes = new ByteArrayOutputStream();
    try {
      write(Channels.newChannel(bytes));
    } catch (IOException e) {
      throw new IllegalStateException("memory does not fail", e);
    }
    return bytes.toByteArray();
  }

  private void write(WritableByteChannel channel) throws IOException {
    var zip = new StoredZip(channel);
    zip.add(FOLDER + "data.pkl", new ModulePickler(this).pickle());
    zip.add(FOLDER + "code/__torch__.py", utf8(code()));
    zip.add(FOLDER + "constants.pkl", new byte[] {(byte) 0x80, 2, ')', '.'});
    zip.add(FOLDER + "version", utf8(VERSION + "\n"));
    zip.add(FOLDER + "byteorder", utf8("little"));
    int number = 0;
    for (Attribute attribute : attributes) {
      if (!(attribute instanceof Attribute.OfTensor tensor)) continue;
      String name = FOLDER + "data/" + number++;
      switch (tensor.content()) {
        case Content.Bytes(MemorySegment bytes) -> zip.add(name, bytes);
        case Content.Zeros() -> zip.addZeros(name, tensor.byteSize());
        case Content.Absent() -> {
          // An empty tensor has no entry.
        }
      }
    }
    zip.finish();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
