package dune.weights.pickle;

import dune.weights.InputFailure;
import dune.weights.Quoted;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// Where the entries of a zip archive lie. Reads what PyTorch writes: entries that are stored as
/// they are, of any size. Data begins where the entry's own header ends, which is padded, and not
/// where the directory would suggest.
final class ZipDirectory {
  private static final int LOCAL = 0x04034b50;
  private static final int CENTRAL = 0x02014b50;
  private static final int END = 0x06054b50;
  private static final int END_64 = 0x06064b50;
  private static final int LOCATOR_64 = 0x07064b50;

  private static final int LOCAL_BYTES = 30;
  private static final int CENTRAL_BYTES = 46;
  private static final int END_BYTES = 22;
  private static final int END_64_BYTES = 56;
  private static final int LOCATOR_64_BYTES = 20;
  private static final int LONGEST_COMMENT = 0xffff;

  private static final int ENCRYPTED = 1 | 1 << 6;
  private static final int STORED = 0;
  private static final int EXTRA_64 = 1;
  private static final long SATURATED = 0xffffffffL;

  private static final int MOST_ENTRIES = 1_000_000;
  private static final String AGAIN = "; download or copy it again";

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /// The bytes of an entry, counted from the start of the file.
  record Entry(long begin, long size) {}

  private final Path file;
  private final MemorySegment bytes;

  private ZipDirectory(Path file, MemorySegment bytes) {
    this.file = file;
    this.bytes = bytes;
  }

  /// The entries by name, in the order of the directory.
  ///
  /// @throws InputFailure if it is broken, or has entries that cannot be read where they lie
  static Map<String, Entry> read(Path file, MemorySegment bytes) {
    try {
      return new ZipDirectory(file, bytes).entries();
    } catch (IndexOutOfBoundsException | ArithmeticException _) {
      throw new InputFailure(
          file, "its zip directory points outside of the file; it is truncated or damaged" + AGAIN);
    }
  }

  /// @param begin of the directory
  private record Place(long begin, long size, long count) {}

  private Map<String, Entry> entries() {
    var place = place();
    if (place.count() < 0 || place.count() > MOST_ENTRIES) {
      throw broken("its zip directory claims " + place.count() + " entries; it is damaged");
    }
    var entries = new LinkedHashMap<String, Entry>();
    long at = place.begin();
    for (long i = 0; i < place.count(); i++) {
      if (i32(at) != CENTRAL) throw broken("its zip directory is damaged" + AGAIN);
      int nameBytes = u16(at + 28);
      int extraBytes = u16(at + 30);
      var name = text(at + CENTRAL_BYTES, nameBytes);
      if (!name.endsWith("/")
          && entries.put(name, entry(name, at, nameBytes, extraBytes)) != null) {
        throw broken(
            "its entry " + Quoted.name(name) + " is there twice; it is hostile or damaged");
      }
      at = Math.addExact(at, CENTRAL_BYTES + nameBytes + extraBytes + u16(at + 32));
    }
    return entries;
  }

  private Place place() {
    long end = end();
    long locator = end - LOCATOR_64_BYTES;
    if (locator < 0 || i32(locator) != LOCATOR_64) {
      return new Place(u32(end + 16), u32(end + 12), u16(end + 10));
    }
    long end64 = i64(locator + 8);
    if (end64 < 0 || end64 > locator - END_64_BYTES || i32(end64) != END_64) {
      throw broken("its zip directory is damaged" + AGAIN);
    }
    return new Place(i64(end64 + 48), i64(end64 + 40), i64(end64 + 32));
  }

  /// The last record, which only a comment may follow.
  private long end() {
    long last = bytes.byteSize() - END_BYTES;
    for (long at = last; at >= Math.max(0, last - LONGEST_COMMENT); at--) {
      if (i32(at) == END && at + END_BYTES + u16(at + 20) == bytes.byteSize()) return at;
    }
    throw broken(
        "its zip directory, which should be at the end, is missing; it is truncated" + AGAIN);
  }

  private Entry entry(String name, long at, int nameBytes, int extraBytes) {
    int flags = u16(at + 8);
    int method = u16(at + 10);
    var quoted = Quoted.name(name);
    if ((flags & ENCRYPTED) != 0) {
      throw broken("its entry " + quoted + " is encrypted; decrypt the archive first");
    }
    if (method != STORED) {
      throw broken(
          "its entry "
              + quoted
              + " is compressed, and PyTorch stores entries as they are; unpack it, and pack it"
              + " again with `zip -0 -r`, or save it again with torch.save");
    }
    var extra = new Extra(at + CENTRAL_BYTES + nameBytes, extraBytes);
    long size = extra.wide(u32(at + 24));
    long packed = extra.wide(u32(at + 20));
    long header = extra.wide(u32(at + 42));
    if (size != packed)
      throw broken("its entry " + quoted + " has two sizes; it is damaged" + AGAIN);
    if (header < 0 || i32(header) != LOCAL) {
      throw broken(
          "its entry " + quoted + " is not where its directory says; it is damaged" + AGAIN);
    }
    if (!text(header + LOCAL_BYTES, u16(header + 26)).equals(name)) {
      throw broken("its entry " + quoted + " has two names; it is hostile or damaged");
    }
    long begin = header + LOCAL_BYTES + u16(header + 26) + u16(header + 28);
    if (size < 0 || size > bytes.byteSize() - begin) {
      throw broken(
          "its entry " + quoted + " goes beyond the end of the file; it is truncated" + AGAIN);
    }
    return new Entry(begin, size);
  }

  /// Sizes and offsets of 64 bits, for those fields of an entry that say so, in their order.
  private final class Extra {
    private final long end;
    private long at;

    Extra(long begin, int length) {
      long field = begin;
      end = begin + length;
      while (field + 4 <= end && u16(field) != EXTRA_64) field += 4 + u16(field + 2);
      at = field + 4;
    }

    long wide(long value) {
      if (value != SATURATED) return value;
      if (at + Long.BYTES > end) throw broken("its zip directory is damaged" + AGAIN);
      at += Long.BYTES;
      return i64(at - Long.BYTES);
    }
  }

  private String text(long at, int length) {
    byte[] text = bytes.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE);
    return new String(text, StandardCharsets.UTF_8);
  }

  private int u16(long at) {
    return Short.toUnsignedInt(bytes.get(SHORT, at));
  }

  private int i32(long at) {
    return bytes.get(INT, at);
  }

  private long u32(long at) {
    return Integer.toUnsignedLong(bytes.get(INT, at));
  }

  private long i64(long at) {
    return bytes.get(LONG, at);
  }

  private InputFailure broken(String message) {
    return new InputFailure(file, message);
  }
}
