package dune.ir.interpret;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;

/// Where random numbers come from.
@FunctionalInterface
public interface RandomSource {
  /// The next `count` numbers in [0, 1) of a stream.
  double[] next(String stream, int count);

  /// Streams that depend on the seed and their name only: a source of the same seed repeats them.
  static RandomSource seeded(long seed) {
    Map<String, SplittableRandom> streams = new HashMap<>();
    return (stream, count) ->
        streams
            .computeIfAbsent(stream, name -> new SplittableRandom(seed * 31 + name.hashCode()))
            .doubles(count)
            .toArray();
  }
}
