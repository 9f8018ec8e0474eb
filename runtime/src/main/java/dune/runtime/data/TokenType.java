package dune.runtime.data;

/// How a file without a header keeps token ids, little-endian, one behind the other.
public enum TokenType {
  /// 16 bits each, as nanoGPT's `train.bin`.
  U16(2),
  /// 32 bits each, for vocabularies above 65,536.
  U32(4);

  private final int bytes;

  TokenType(int bytes) {
    this.bytes = bytes;
  }

  int bytes() {
    return bytes;
  }
}
