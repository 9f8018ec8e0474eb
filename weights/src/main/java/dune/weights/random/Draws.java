package dune.weights.random;

import dune.ir.Initializer;
import java.nio.charset.StandardCharsets;

/// The numbers that one weight begins with, each found without those before it.
///
/// A counter-based generator: the bits of element `i` are SplitMix64's of its `i`-th step (Steele,
/// Lea and Flood, 2014), begun at a key that seed and path make together.
final class Draws {
  private static final long STEP = 0x9e3779b97f4a7c15L;

  private final Initializer initializer;
  private final long key;

  Draws(Initializer initializer, long seed, String path) {
    this.initializer = initializer;
    this.key = key(seed, path);
  }

  private static long key(long seed, String path) {
    long key = mixed(seed + STEP);
    for (byte letter : path.getBytes(StandardCharsets.UTF_8)) key = mixed(key + STEP + letter);
    return key;
  }

  private static long mixed(long bits) {
    long once = (bits ^ (bits >>> 30)) * 0xbf58476d1ce4e5b9L;
    long twice = (once ^ (once >>> 27)) * 0x94d049bb133111ebL;
    return twice ^ (twice >>> 31);
  }

  /// Elements `from`, `from + stride`, .. into the first `size` places of `block`.
  void fill(double[] block, int size, long from, long stride) {
    switch (initializer) {
      case Initializer.Constant(double value) -> java.util.Arrays.fill(block, 0, size, value);
      case Initializer.Normal(double deviation) -> {
        for (int i = 0; i < size; i++) {
          block[i] = deviation * Normal.of(bits(from + i * stride));
        }
      }
      case Initializer.Uniform(double bound) -> {
        for (int i = 0; i < size; i++) {
          // 53 bits are what a double between -1 and 1 can hold evenly.
          block[i] = bound * ((bits(from + i * stride) >>> 11) * 0x1p-52 - 1);
        }
      }
    }
  }

  private long bits(long element) {
    return mixed(key + element * STEP);
  }
}
