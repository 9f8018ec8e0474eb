package dune.weights.pickle;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// Writes pickles, well-formed or not, instruction by instruction.
final class Pickler {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  Pickler() {
    code(0x80, 2);
  }

  Pickler code(int... codes) {
    for (int code : codes) bytes.write(code);
    return this;
  }

  Pickler text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    code('X').int32(utf8.length);
    bytes.writeBytes(utf8);
    return this;
  }

  Pickler number(long value) {
    code(0x8a, 8);
    bytes.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
    return this;
  }

  Pickler int32(int value) {
    return code(value & 0xff, value >> 8 & 0xff, value >> 16 & 0xff, value >>> 24);
  }

  Pickler global(String module, String name) {
    code('c');
    bytes.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.UTF_8));
    return this;
  }

  Pickler tuple(long... numbers) {
    code('(');
    for (long number : numbers) number(number);
    return code('t');
  }

  /// A tensor over the storage `0`.
  Pickler tensor(String storage, long count, long offset, long[] shape, long[] strides) {
    global("torch._utils", "_rebuild_tensor_v2").code('(', '(');
    text("storage").global("torch", storage).text("0").text("cpu").number(count).code('t', 'Q');
    number(offset).tuple(shape).tuple(strides).code(0x89);
    return global("collections", "OrderedDict").code(')', 'R', 't', 'R');
  }

  /// A dictionary with what was pickled under `w`.
  static byte[] named(Pickler value) {
    var inner = value.bytes.toByteArray();
    var whole = new Pickler().code('}').text("w");
    whole.bytes.write(inner, 2, inner.length - 2);
    return whole.code('s').end();
  }

  byte[] end() {
    return code('.').bytes.toByteArray();
  }

  /// The archive that PyTorch would put around it, with a storage `0` of some bytes.
  static Path zip(Path file, byte[] pickle, int storage) {
    var entries = new LinkedHashMap<String, byte[]>();
    entries.put("archive/data.pkl", pickle);
    entries.put("archive/data/0", new byte[storage]);
    return zip(file, entries);
  }

  static Path zip(Path file, Map<String, byte[]> entries) {
    try (OutputStream out = Files.newOutputStream(file);
        var zip = new ZipOutputStream(out)) {
      zip.setMethod(ZipOutputStream.STORED);
      for (var content : entries.entrySet()) {
        var entry = new ZipEntry(content.getKey());
        var crc = new CRC32();
        crc.update(content.getValue());
        entry.setSize(content.getValue().length);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(content.getValue());
      }
      return file;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
