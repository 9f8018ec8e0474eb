package dune.passes.time;

import dune.passes.time.Predicate.Truth;
import dune.passes.time.Predicate.Variable;
import java.util.ArrayList;
import java.util.List;

/// Which keys the queries of a mask can see.
sealed interface Reach {
  /// Keys `0 .. sinks - 1`, and those less than `window` steps back.
  record Recent(long sinks, long window) implements Reach {}

  /// Any key up to the query.
  record Everything() implements Reach {}

  /// Also a key after its query: this one, for example.
  record Future(long query, long key) implements Reach {}

  /// Numbers between the bounds, among which the predicate does not change.
  record Cell(long low, long high) {
    boolean isUnbounded() {
      return high >= Predicate.INFINITY;
    }
  }

  /// A patch of distances and keys on which the predicate does not change.
  record Patch(Cell distance, Cell key) {}

  /// What `allowed` lets queries see. Sound: an answer that is not known counts as yes.
  static Reach of(Predicate allowed) {
    List<Patch> open = open(allowed);
    for (Patch patch : open) {
      if (patch.distance().high() >= 0) continue;
      long key = Math.max(patch.key().low(), -patch.distance().high());
      return new Future(key + patch.distance().high(), key);
    }
    long sinks = 0;
    for (Patch patch : open) {
      if (!patch.distance().isUnbounded()) continue;
      if (patch.key().isUnbounded()) return new Everything();
      sinks = Math.max(sinks, patch.key().high() + 1);
    }
    long window = 1;
    for (Patch patch : open) {
      if (patch.key().high() < sinks || patch.distance().isUnbounded()) continue;
      window = Math.max(window, patch.distance().high() + 1);
    }
    return new Recent(sinks, window);
  }

  /// The patches that exist, since queries are not negative, and are not refused.
  private static List<Patch> open(Predicate allowed) {
    var open = new ArrayList<Patch>();
    for (Cell key : cells(allowed, Variable.KEY, 0)) {
      for (Cell distance : cells(allowed, Variable.DISTANCE, -Predicate.INFINITY)) {
        boolean exists = key.high() + distance.high() >= 0;
        if (exists && allowed.at(distance.low(), key.low()) != Truth.FALSE) {
          open.add(new Patch(distance, key));
        }
      }
    }
    return open;
  }

  /// What queries of either mask see.
  default Reach join(Reach other) {
    return switch (this) {
      case Future _ -> this;
      case Everything _ -> other instanceof Future ? other : this;
      case Recent(long sinks, long window) ->
          other instanceof Recent(long otherSinks, long otherWindow)
              ? new Recent(Math.max(sinks, otherSinks), Math.max(window, otherWindow))
              : other;
    };
  }

  /// The numbers from `first` on, cut at 0 and wherever the predicate may change.
  private static List<Cell> cells(Predicate predicate, Variable variable, long first) {
    var borders = predicate.borders(variable);
    borders.add(0L);
    var cells = new ArrayList<Cell>();
    long low = first;
    for (long border : borders) {
      if (border <= low || border > Predicate.INFINITY) continue;
      cells.add(new Cell(low, border - 1));
      low = border;
    }
    cells.add(new Cell(low, Predicate.INFINITY));
    return cells;
  }
}
