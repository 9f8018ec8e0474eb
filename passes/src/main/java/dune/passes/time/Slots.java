package dune.passes.time;

import dune.ir.dim.Dim;

/// How a cache lays out the steps of a row: which slot a step is written to, and which are read.
///
/// Each layout has one slot more than it reads, the last: steps that are only padding go there.
///
/// A slot that holds nothing of its row yet is given the position of the next step that it will
/// hold. That lies after every query, so each mask that hides the future hides it too, and no mask
/// has to be changed. The same holds for slots that another row has left behind.
sealed interface Slots {

  /// A slot for every step. A call says how many are read: `S`.
  record Full(long capacity) implements Slots {}

  /// The first `sinks` steps keep their slots, all later ones share `ring` slots in turn.
  record Rolling(long sinks, long ring) implements Slots {}

  /// The smallest layout in which a call of `chunk` steps finds all keys in reach. It writes before
  /// it reads, and its first query must still find its whole window: `window + chunk - 1` slots.
  static Slots of(Reach reach, StepOptions options) {
    if (reach instanceof Reach.Recent(long sinks, long window)) {
      var rolling = new Rolling(sinks, window + options.chunk() - 1);
      if (sinks < options.capacity() && rolling.sinks + rolling.ring < options.capacity()) {
        return rolling;
      }
    }
    return new Full(options.capacity());
  }

  /// How many slots a call reads.
  default Dim read() {
    return switch (this) {
      case Full _ -> Axes.KEYS;
      case Rolling(long sinks, long ring) -> Dim.of(sinks + ring);
    };
  }

  /// The slot that nobody reads.
  default long unread() {
    return switch (this) {
      case Full(long capacity) -> capacity;
      case Rolling(long sinks, long ring) -> sinks + ring;
    };
  }
}
