package dune.runtime.profile;

import dune.ir.Control.Fused;
import dune.ir.Node;
import dune.ir.Origin;
import dune.ir.Region;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The costs of a profile, by line of source.
final class Lines {
  /// What one line cost.
  ///
  /// @param total seconds of what stands in the line, and of what it calls
  /// @param self seconds of what stands in the line
  /// @param bytes that go with `self`
  record Line(double total, double self, long bytes) {
    static final Line NOTHING = new Line(0, 0, 0);

    Line plus(Line other) {
      return new Line(total + other.total, self + other.self, bytes + other.bytes);
    }
  }

  private final Map<String, Map<Integer, Line>> files = new LinkedHashMap<>();

  /// Lines that are computed by a kernel that another line calls, by `file:line`.
  private final Map<String, Origin> within = new HashMap<>();

  private double elsewhere;

  static Lines of(Profile profile) {
    var lines = new Lines();
    profile.costs().forEach(lines::add);
    return lines;
  }

  private void add(Profile.Cost cost) {
    Origin origin = cost.place().origin();
    if (origin.file().isEmpty()) {
      elsewhere += cost.seconds();
      return;
    }
    add(origin, new Line(0, cost.seconds(), cost.bytes()));
    Set<String> counted = new LinkedHashSet<>();
    for (Optional<Origin> at = Optional.of(origin); at.isPresent(); at = at.get().caller()) {
      // A line that calls itself counts once.
      if (counted.add(at.get().place())) add(at.get(), new Line(cost.seconds(), 0, 0));
    }
    cost.place().node().ifPresent(this::addKernel);
  }

  private void add(Origin origin, Line line) {
    files
        .computeIfAbsent(origin.file(), _ -> new HashMap<>())
        .merge(origin.line(), line, Line::plus);
  }

  private void addKernel(Node node) {
    if (!(node.op() instanceof Fused fused)) return;
    Region body = fused.body();
    for (Node inner : body.nodes()) {
      Optional<Origin> at = Optional.of(inner.origin());
      for (; at.isPresent() && !at.get().file().isEmpty(); at = at.get().caller()) {
        files.computeIfAbsent(at.get().file(), _ -> new HashMap<>());
        within.putIfAbsent(at.get().place(), node.origin());
      }
    }
  }

  /// The files of which something runs, in the order in which the step meets them.
  List<String> files() {
    return List.copyOf(files.keySet());
  }

  Line line(String file, int line) {
    return files.getOrDefault(file, Map.of()).getOrDefault(line, Line.NOTHING);
  }

  /// The line whose kernel computes this one.
  Optional<Origin> kernel(String file, int line) {
    return Optional.ofNullable(within.get(file + ":" + line));
  }

  /// Seconds of what no line asks for: handing in and giving back.
  double elsewhere() {
    return elsewhere;
  }
}
