package dune.runtime.sample;

import java.util.Arrays;

/// Tokens in order of falling logits; equal ones in order of their ids. Logits are not NaN.
final class Ranking {
  private Ranking() {}

  /// The `k` likeliest tokens, likeliest first; all if there are fewer.
  static int[] first(int k, float[] logits) {
    long[] heap = new long[Math.min(k, logits.length)];
    if (heap.length == 0) return new int[0];
    for (int id = 0; id < heap.length; id++) heap[id] = key(logits[id], id);
    Arrays.sort(heap);
    for (int id = heap.length; id < logits.length; id++) {
      long key = key(logits[id], id);
      if (key > heap[0]) replaceLeast(heap, key);
    }
    Arrays.sort(heap);
    return fallingIds(heap);
  }

  /// These tokens, likeliest first.
  static int[] of(int[] ids, float[] logits) {
    long[] keys = new long[ids.length];
    for (int i = 0; i < ids.length; i++) keys[i] = key(logits[ids[i]], ids[i]);
    Arrays.sort(keys);
    return fallingIds(keys);
  }

  private static void replaceLeast(long[] heap, long key) {
    int hole = 0;
    for (int child = 1; child < heap.length; child = 2 * hole + 1) {
      if (child + 1 < heap.length && heap[child + 1] < heap[child]) child++;
      if (key <= heap[child]) break;
      heap[hole] = heap[child];
      hole = child;
    }
    heap[hole] = key;
  }

  private static int[] fallingIds(long[] rising) {
    int[] ids = new int[rising.length];
    for (int i = 0; i < ids.length; i++) ids[i] = ~(int) rising[ids.length - 1 - i];
    return ids;
  }

  /// A number that is larger for larger logits, and for equal logits larger for lower ids.
  private static long key(float logit, int id) {
    // Minus zero equals zero.
    int bits = Float.floatToIntBits(logit + 0.0f);
    int ordered = bits ^ ((bits >> 31) & Integer.MAX_VALUE);
    return ((long) ordered << 32) | (~id & 0xffffffffL);
  }
}
