package dune.runtime.sample;

/// SplitMix64: the same numbers for the same seed on every machine and every JDK.
///
/// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators" (OOPSLA 2014), with
/// the mixing constants of Stafford's variant 13.
final class RandomStream {
  private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

  private long state;

  RandomStream(long seed) {
    this.state = seed;
  }

  long nextLong() {
    state += GOLDEN_GAMMA;
    long mixed = state;
    mixed = (mixed ^ (mixed >>> 30)) * 0xbf58476d1ce4e5b9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
    return mixed ^ (mixed >>> 31);
  }

  /// Uniform in `[0, 1)`, a multiple of 2^-53.
  double nextDouble() {
    return (nextLong() >>> 11) * 0x1.0p-53;
  }
}
