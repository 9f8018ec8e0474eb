package dune.passes.pass;

import dune.ir.Origin;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What passes remarked, once for all functions and all equal blocks, in the order of the lines.
public final class RemarkSummary {
  private static final String LIBRARY = "std/";

  /// A remark.
  ///
  /// @param place the line of the model that led there: `models/llama.dune:28`
  /// @param inside the line of the library, if it happened there: `std/norm.dune:8`
  /// @param blocks in how many blocks of the model; 0 if in none
  public record Line(String pass, String place, String inside, String text, int blocks) {
    /// `models/llama.dune:28: fused RMS norm (8 operations), in 61 blocks [std/norm.dune:8]`.
    @Override
    public String toString() {
      String where = place.isEmpty() ? "" : place + ": ";
      String times = blocks > 1 ? ", in %d blocks".formatted(blocks) : "";
      return where + text + times + (inside.isEmpty() ? "" : " [" + inside + "]");
    }
  }

  private record Key(String pass, Origin model, Origin origin, String text) {}

  private RemarkSummary() {}

  public static List<Line> of(List<Remark> remarks) {
    Map<Key, Set<String>> blocks = new LinkedHashMap<>();
    for (Remark remark : remarks) {
      Origin origin = remark.origin();
      var key = new Key(remark.pass(), line(model(origin)), line(origin), remark.text());
      Set<String> paths = blocks.computeIfAbsent(key, _ -> new HashSet<>());
      if (!origin.path().isEmpty()) paths.add(origin.path());
    }
    var sorted = new ArrayList<>(blocks.entrySet());
    sorted.sort(
        Comparator.comparing(
            entry -> entry.getKey().model(),
            Comparator.comparing(Origin::file).thenComparing(Origin::line)));
    return sorted.stream().map(entry -> line(entry.getKey(), entry.getValue().size())).toList();
  }

  private static Line line(Key key, int blocks) {
    boolean same = key.model().place().equals(key.origin().place());
    return new Line(
        key.pass(), key.model().place(), same ? "" : key.origin().place(), key.text(), blocks);
  }

  /// Only the line, so that equal lines are equal.
  private static Origin line(Origin origin) {
    return new Origin(origin.file(), origin.line(), 0, "");
  }

  /// The innermost call that does not stand in the library; the origin itself if all do.
  private static Origin model(Origin origin) {
    Origin at = origin;
    while (at.file().startsWith(LIBRARY) && at.caller().isPresent()) at = at.caller().get();
    return at.file().startsWith(LIBRARY) ? origin : at;
  }
}
