package dune.runtime.data;

import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Token ids in a file: `.bin` holds nothing else, `.npy` says itself how.
///
/// Source of the latter: NEP 1, "A Simple File Format for NumPy Arrays".
final class TokenFile {
  private static final byte[] NPY = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final Pattern TYPE = Pattern.compile("'descr':\\s*'([<>|=]?)([a-z]\\d+)'");
  private static final Pattern SHAPE = Pattern.compile("'shape':\\s*\\((\\d+),\\s*\\)");
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private TokenFile() {}

  /// @param type of a file that does not say
  /// @throws EnvironmentFailure if it cannot be read
  /// @throws InputFailure if it has no ids, or more than fit an array
  static int[] read(Path file, TokenType type) {
    try (Arena arena = Arena.ofConfined();
        FileChannel channel = FileChannel.open(file)) {
      MemorySegment bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      return file.toString().endsWith(".npy") ? npy(file, bytes) : plain(file, bytes, type);
    } catch (IOException e) {
      throw EnvironmentFailure.reading(file, e);
    }
  }

  private static int[] plain(Path file, MemorySegment bytes, TokenType type) {
    if (bytes.byteSize() % type.bytes() != 0) {
      throw new InputFailure(
          file,
          "its %d bytes are no whole number of ids of %d bytes; --token-type says how long they are"
              .formatted(bytes.byteSize(), type.bytes()));
    }
    return ids(
        file,
        bytes,
        switch (type) {
          case U16 -> "u2";
          case U32 -> "u4";
        });
  }

  private static int[] npy(Path file, MemorySegment bytes) {
    if (bytes.byteSize() < 12 || !startsWith(bytes, NPY)) {
      throw new InputFailure(file, "it is no array of NumPy");
    }
    boolean old = bytes.get(ValueLayout.JAVA_BYTE, 6) == 1;
    long begin = old ? 10 : 12;
    long length =
        old ? Short.toUnsignedInt(bytes.get(SHORT, 8)) : Integer.toUnsignedLong(bytes.get(INT, 8));
    if (begin + length > bytes.byteSize()) throw new InputFailure(file, "its header is cut off");
    String header =
        new String(
            bytes.asSlice(begin, length).toArray(ValueLayout.JAVA_BYTE),
            StandardCharsets.ISO_8859_1);
    Matcher type = TYPE.matcher(header);
    Matcher shape = SHAPE.matcher(header);
    if (!type.find() || type.group(1).equals(">")) {
      throw new InputFailure(file, "its elements are no little-endian integers: " + header.strip());
    }
    if (!shape.find()) {
      throw new InputFailure(file, "it must have one axis: " + header.strip());
    }
    MemorySegment content = bytes.asSlice(begin + length);
    int[] ids = ids(file, content, type.group(2));
    if (!shape.group(1).equals("" + ids.length)) {
      throw new InputFailure(
          file, "it says that it has %s ids, and has %d".formatted(shape.group(1), ids.length));
    }
    return ids;
  }

  private static boolean startsWith(MemorySegment bytes, byte[] with) {
    return bytes.asSlice(0, with.length).mismatch(MemorySegment.ofArray(with)) < 0;
  }

  private static int[] ids(Path file, MemorySegment bytes, String type) {
    int size =
        switch (type) {
          case "u2" -> 2;
          case "u4", "i4" -> 4;
          case "i8", "u8" -> 8;
          default ->
              throw new InputFailure(
                  file, "ids of type `%s`; they must be u2, u4, i4, i8 or u8".formatted(type));
        };
    long count = bytes.byteSize() / size;
    if (count > Integer.MAX_VALUE - 8) {
      throw new InputFailure(file, "%,d ids are more than one training takes".formatted(count));
    }
    var ids = new int[(int) count];
    for (int i = 0; i < ids.length; i++) {
      long id =
          switch (size) {
            case 2 -> Short.toUnsignedInt(bytes.get(SHORT, 2L * i));
            case 4 -> Integer.toUnsignedLong(bytes.get(INT, 4L * i));
            default -> bytes.get(LONG, 8L * i);
          };
      if (id < 0 || id > Integer.MAX_VALUE) {
        throw new InputFailure(file, "id %d of %d is no token: %d".formatted(i, ids.length, id));
      }
      ids[i] = (int) id;
    }
    return ids;
  }
}
