package dune.frontend.diagnostic;

import dune.frontend.source.Span;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Collects what the phases report. A second report of the same code at the same place is dropped.
public final class Diagnostics {
  private record Key(ErrorCode code, Span span) {}

  private final Map<Key, Diagnostic> reported = new LinkedHashMap<>();
  private boolean hasErrors;

  public void report(Diagnostic diagnostic) {
    if (reported.putIfAbsent(new Key(diagnostic.code(), diagnostic.span()), diagnostic) == null) {
      hasErrors |= diagnostic.severity() == Severity.ERROR;
    }
  }

  public void reportAll(Diagnostics others) {
    others.list().forEach(this::report);
  }

  public boolean hasErrors() {
    return hasErrors;
  }

  public boolean isEmpty() {
    return reported.isEmpty();
  }

  /// Everything reported, ordered by file and place.
  public List<Diagnostic> list() {
    return reported.values().stream().sorted(Comparator.comparing(Diagnostic::span)).toList();
  }
}
