package dune.backend.torch.archive;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;

/// Writes a zip front to back, entries uncompressed, their bytes aligned to 64 so that a mapped
/// archive can be used where it lies. No clock enters it. Entries and archives past 4 GiB take the
/// zip64 form.
///
/// The checksum follows the bytes, in a data descriptor, so that they are read once.
final class StoredZip {
  static final int ALIGNMENT = 64;

  private static final long LIMIT = 0xFFFF_FFFFL;
  private static final int CHUNK = 1 << 22;
  private static final short VERSION = 45;
  private static final short FLAGS = 0x0808; // a data descriptor follows; names are UTF-8
  private static final short EPOCH_DATE = 0x21; // 1980-01-01, the earliest that a zip can say

  private record Entry(byte[] name, long crc, long size, long offset) {}

  private final WritableByteChannel channel;
  private final List<Entry> entries = new ArrayList<>();
  private long position;

  StoredZip(WritableByteChannel channel) {
    this.channel = channel;
  }

  void add(String name, byte[] bytes) throws IOException {
    add(name, MemorySegment.ofArray(bytes));
  }

  void add(String name, MemorySegment bytes) throws IOException {
    long offset = begin(name, bytes.byteSize());
    var crc = new CRC32();
    var chunk = new byte[(int) Math.min(CHUNK, bytes.byteSize())];
    for (long at = 0; at < bytes.byteSize(); at += CHUNK) {
      int length = (int) Math.min(CHUNK, bytes.byteSize() - at);
      MemorySegment.ofArray(chunk).copyFrom(bytes.asSlice(at, length));
      crc.update(chunk, 0, length);
      write(ByteBuffer.wrap(chunk, 0, length));
    }
    end(name, crc.getValue(), bytes.byteSize(), offset);
  }

  void addZeros(String name, long size) throws IOException {
    long offset = begin(name, size);
    var crc = new CRC32();
    var zeros = new byte[(int) Math.min(CHUNK, size)];
    for (long at = 0; at < size; at += CHUNK) {
      int length = (int) Math.min(CHUNK, size - at);
      crc.update(zeros, 0, length);
      write(ByteBuffer.wrap(zeros, 0, length));
    }
    end(name, crc.getValue(), size, offset);
  }

  /// Writes the local header, with an extra field that pads it so that the bytes begin at a
  /// multiple of 64.
  private long begin(String name, long size) throws IOException {
    long offset = position;
    byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
    int wide = size >= LIMIT ? 20 : 0;
    long unpadded = offset + 30 + utf8.length + wide + 4;
    int padding = (int) ((ALIGNMENT - unpadded % ALIGNMENT) % ALIGNMENT);
    ByteBuffer header = little(30 + utf8.length + wide + 4 + padding);
    header.putInt(0x04034b50).putShort(VERSION).putShort(FLAGS).putShort((short) 0);
    header.putShort((short) 0).putShort(EPOCH_DATE).putInt(0);
    header.putInt(wide > 0 ? -1 : 0).putInt(wide > 0 ? -1 : 0); // sizes stand in the descriptor
    header.putShort((short) utf8.length).putShort((short) (wide + 4 + padding)).put(utf8);
    if (wide > 0) header.putShort((short) 1).putShort((short) 16).putLong(0).putLong(0);
    header.putShort((short) 0x4246).putShort((short) padding); // "FB", as torch pads
    while (header.hasRemaining()) header.put((byte) 'Z');
    write(header.flip());
    return offset;
  }

  private void end(String name, long crc, long size, long offset) throws IOException {
    boolean wide = size >= LIMIT;
    ByteBuffer descriptor = little(wide ? 24 : 16).putInt(0x08074b50).putInt((int) crc);
    if (wide) descriptor.putLong(size).putLong(size);
    else descriptor.putInt((int) size).putInt((int) size);
    write(descriptor.flip());
    entries.add(new Entry(name.getBytes(StandardCharsets.UTF_8), crc, size, offset));
  }

  /// Writes the directory that ends the archive.
  void finish() throws IOException {
    long start = position;
    for (Entry entry : entries) write(directoryEntry(entry));
    long size = position - start;
    boolean wide = start >= LIMIT || size >= LIMIT || entries.size() >= 0xFFFF;
    if (wide) write(wideEnd(start, size));
    ByteBuffer end = little(22).putInt(0x06054b50).putInt(0);
    short count = wide ? (short) -1 : (short) entries.size();
    end.putShort(count).putShort(count);
    end.putInt(wide ? -1 : (int) size).putInt(wide ? -1 : (int) start).putShort((short) 0);
    write(end.flip());
  }

  private static ByteBuffer directoryEntry(Entry entry) {
    boolean wide = entry.size() >= LIMIT || entry.offset() >= LIMIT;
    ByteBuffer header = little(46 + entry.name().length + (wide ? 28 : 0));
    header.putInt(0x02014b50).putShort(VERSION).putShort(VERSION).putShort(FLAGS);
    header.putShort((short) 0).putShort((short) 0).putShort(EPOCH_DATE).putInt((int) entry.crc());
    header.putInt(wide ? -1 : (int) entry.size()).putInt(wide ? -1 : (int) entry.size());
    header.putShort((short) entry.name().length).putShort((short) (wide ? 28 : 0));
    header.putShort((short) 0).putShort((short) 0).putShort((short) 0).putInt(0);
    header.putInt(wide ? -1 : (int) entry.offset()).put(entry.name());
    if (wide) {
      header.putShort((short) 1).putShort((short) 24);
      header.putLong(entry.size()).putLong(entry.size()).putLong(entry.offset());
    }
    return header.flip();
  }

  private ByteBuffer wideEnd(long start, long size) {
    ByteBuffer end = little(56 + 20);
    end.putInt(0x06064b50).putLong(44).putShort(VERSION).putShort(VERSION).putInt(0).putInt(0);
    end.putLong(entries.size()).putLong(entries.size()).putLong(size).putLong(start);
    end.putInt(0x07064b50).putInt(0).putLong(position).putInt(1);
    return end.flip();
  }

  private void write(ByteBuffer bytes) throws IOException {
    position += bytes.remaining();
    while (bytes.hasRemaining()) channel.write(bytes);
  }

  private static ByteBuffer little(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }
}
