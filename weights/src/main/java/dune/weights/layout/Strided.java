package dune.weights.layout;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/// Where the elements of a tensor lie in memory or in a file: an offset, and for each axis runs of
/// steps. All transforms but stacking only change this description. Counts elements, not bytes.
///
/// @param axes for each axis its runs, outermost first; an axis has several where a transform cut
///   it
public record Strided(long offset, List<List<Run>> axes) {

  /// `size` steps of `stride` elements.
  public record Run(long size, long stride) {}

  public Strided {
    axes = axes.stream().map(List::copyOf).toList();
  }

  /// Row by row.
  public static Strided of(List<Long> shape) {
    var axes = new ArrayList<List<Run>>();
    long stride = 1;
    for (long size : shape.reversed()) {
      axes.addFirst(List.of(new Run(size, stride)));
      stride *= size;
    }
    return new Strided(0, axes);
  }

  /// @param strides for each axis how far a step leads; 0 repeats
  public static Strided of(long offset, List<Long> shape, List<Long> strides) {
    var axes = new ArrayList<List<Run>>();
    for (int axis = 0; axis < shape.size(); axis++) {
      axes.add(List.of(new Run(shape.get(axis), strides.get(axis))));
    }
    return new Strided(offset, axes);
  }

  /// How many elements there are.
  public long count() {
    return product(runs());
  }

  /// One more than the farthest place that is reached; 0 if there are no elements.
  public long reach() {
    if (count() == 0) return 0;
    return offset + 1 + runs().stream().mapToLong(run -> (run.size() - 1) * run.stride()).sum();
  }

  /// The same elements in the same order, in pieces of at most `most`.
  public List<Strided> pieces(long most) {
    var pieces = new ArrayList<Strided>();
    if (count() > 0) cut(offset, runs(), most, pieces);
    return pieces;
  }

  private static void cut(long offset, List<Run> runs, long most, List<Strided> pieces) {
    if (product(runs) <= most) {
      pieces.add(new Strided(offset, List.of(runs)));
      return;
    }
    var first = runs.getFirst();
    var inner = runs.subList(1, runs.size());
    long steps = Math.max(1, most / product(inner));
    for (long at = 0; at < first.size(); at += steps) {
      var part = new Run(Math.min(steps, first.size() - at), first.stride());
      cut(offset + at * first.stride(), joined(part, inner), most, pieces);
    }
  }

  private static List<Run> joined(Run first, List<Run> rest) {
    return first.size() == 1 ? rest : joined(List.of(first), rest);
  }

  private static long product(List<Run> runs) {
    return runs.stream().mapToLong(Run::size).reduce(1, (a, b) -> a * b);
  }

  /// The same places, counted from another start.
  public Strided shifted(long by) {
    return new Strided(offset + by, axes);
  }

  private long size(int axis) {
    return product(axes.get(axis));
  }

  private Strided with(long shift, int axis, List<Run> runs) {
    var changed = new ArrayList<>(axes);
    changed.set(axis, runs);
    return new Strided(offset + shift, changed);
  }

  public Strided transposed() {
    if (axes.size() < 2) return this;
    var changed = new ArrayList<>(axes);
    Collections.swap(changed, axes.size() - 2, axes.size() - 1);
    return new Strided(offset, changed);
  }

  /// Empty if the axis was cut in a way that steps cannot follow.
  public Optional<Strided> element(long index) {
    return narrow(axes.getFirst(), index, 1)
        .map(narrowed -> new Strided(offset + narrowed.shift(), axes.subList(1, axes.size())));
  }

  /// Places `[from, from + size)` of each of `groups` runs of an axis; empty if steps cannot
  /// follow.
  public Optional<Strided> piece(int axis, long groups, long from, long size) {
    return factor(axes.get(axis), size(axis) / groups)
        .flatMap(
            cut ->
                narrow(cut.inner(), from, size)
                    .map(
                        narrowed ->
                            with(narrowed.shift(), axis, joined(cut.outer(), narrowed.runs()))));
  }

  /// The even places before the odd ones, in each of `groups` runs of the first axis; empty if
  /// steps cannot follow.
  public Optional<Strided> halved(long groups) {
    return factor(axes.getFirst(), size(0) / groups)
        .flatMap(
            cut ->
                factor(cut.inner(), 2)
                    .map(
                        pairs ->
                            with(0, 0, joined(cut.outer(), joined(pairs.inner(), pairs.outer())))));
  }

  /// All runs, outermost first, as few as possible.
  public List<Run> runs() {
    var all = new ArrayList<Run>();
    axes.forEach(all::addAll);
    return coalesced(all);
  }

  /// Whether the elements lie one behind the other, in order.
  public boolean isContiguous() {
    var runs = runs();
    return runs.isEmpty() || runs.size() == 1 && runs.getFirst().stride() == 1;
  }

  private record Cut(List<Run> outer, List<Run> inner) {}

  /// Cuts runs in two, so that the inner ones have `size` places together.
  private static Optional<Cut> factor(List<Run> runs, long size) {
    var outer = new ArrayList<>(runs);
    var inner = new ArrayList<Run>();
    long open = size;
    while (open > 1) {
      if (outer.isEmpty()) return Optional.empty();
      var run = outer.removeLast();
      if (open % run.size() == 0) {
        inner.addFirst(run);
        open /= run.size();
      } else if (run.size() % open == 0) {
        inner.addFirst(new Run(open, run.stride()));
        outer.add(new Run(run.size() / open, run.stride() * open));
        open = 1;
      } else {
        return Optional.empty();
      }
    }
    return Optional.of(new Cut(outer, inner));
  }

  private record Narrowed(long shift, List<Run> runs) {}

  private static Optional<Narrowed> narrow(List<Run> runs, long from, long size) {
    var simple = coalesced(runs);
    if (simple.size() > 1) {
      // Whole steps of the outermost run can be followed.
      var inner = simple.subList(1, simple.size());
      long step = inner.stream().mapToLong(Run::size).reduce(1, (a, b) -> a * b);
      if (from % step != 0 || size % step != 0) return Optional.empty();
      long stride = simple.getFirst().stride();
      var narrowed = joined(List.of(new Run(size / step, stride)), inner);
      return Optional.of(new Narrowed(from / step * stride, narrowed));
    }
    if (simple.isEmpty()) return Optional.of(new Narrowed(0, List.of(new Run(size, 1))));
    long stride = simple.getFirst().stride();
    return Optional.of(new Narrowed(from * stride, List.of(new Run(size, stride))));
  }

  private static List<Run> coalesced(List<Run> runs) {
    var simple = new ArrayList<Run>();
    for (Run run : runs) {
      if (run.size() == 1) continue;
      if (!simple.isEmpty() && simple.getLast().stride() == run.size() * run.stride()) {
        var outer = simple.removeLast();
        simple.add(new Run(outer.size() * run.size(), run.stride()));
      } else {
        simple.add(run);
      }
    }
    return simple;
  }

  private static List<Run> joined(List<Run> outer, List<Run> inner) {
    var joined = new ArrayList<>(outer);
    joined.addAll(inner);
    return joined;
  }
}
