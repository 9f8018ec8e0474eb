package dune.weights.pickle;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// What a file is, by its first bytes. Most of these are not what the user wanted to give us.
enum Container {
  ZIP,
  STREAM,
  EMPTY,
  TAR,
  GZIP,
  LFS_POINTER,
  WEB_PAGE,
  GGUF,
  SAFETENSORS,
  HDF5,
  OTHER;

  private static final int TAR_MAGIC = 257;
  private static final String AGAIN = "; download it again";

  static Container of(MemorySegment bytes) {
    long size = bytes.byteSize();
    byte[] start = bytes.asSlice(0, Math.min(size, 512)).toArray(ValueLayout.JAVA_BYTE);
    if (size == 0) return EMPTY;
    if (starts(start, 0, "PK\3\4") || starts(start, 0, "PK\5\6")) return ZIP;
    if ((start[0] & 0xff) == 0x80) return STREAM;
    if (starts(start, TAR_MAGIC, "ustar")) return TAR;
    if (starts(start, 0, "\u001f\u008b")) return GZIP;
    if (starts(start, 0, "version https://git-lfs")) return LFS_POINTER;
    if (starts(start, 0, "<")) return WEB_PAGE;
    if (starts(start, 0, "GGUF")) return GGUF;
    if (starts(start, 8, "{\"")) return SAFETENSORS;
    if (starts(start, 0, "\u0089HDF")) return HDF5;
    return OTHER;
  }

  private static boolean starts(byte[] bytes, int at, String text) {
    byte[] wanted = text.getBytes(StandardCharsets.ISO_8859_1);
    return bytes.length >= at + wanted.length
        && Arrays.equals(bytes, at, at + wanted.length, wanted, 0, wanted.length);
  }

  /// Why the file is not read, and what to do.
  String refusal() {
    return switch (this) {
      case ZIP, STREAM -> throw new IllegalStateException(this + " is read");
      case EMPTY -> "it is empty" + AGAIN;
      case TAR ->
          "it is a tar archive, the form of PyTorch 0.1, which dune does not read; load it with an"
              + " old PyTorch and save it again";
      case GZIP -> "it is compressed with gzip; unpack it first";
      case LFS_POINTER ->
          "it is a Git LFS pointer, not the weights themselves; fetch them with `git lfs pull`";
      case WEB_PAGE -> "it is a web page, not a checkpoint" + AGAIN;
      case GGUF -> "it is a GGUF file, which dune does not read; download the model as safetensors";
      case SAFETENSORS -> "it is a safetensors file; let its name end in `.safetensors`";
      case HDF5 ->
          "it is an HDF5 file of Keras, which dune does not read; download PyTorch's weights";
      case OTHER ->
          "it is no checkpoint of PyTorch: it begins neither as a zip archive nor as a pickle";
    };
  }
}
