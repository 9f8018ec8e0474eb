package dune.frontend.diagnostic;

import dune.frontend.source.SourceText;
import dune.frontend.source.Span;
import java.util.Comparator;
import java.util.HashSet;
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

  /// Leaves out what only follows from text that could not be read: other problems on the same
  /// line, and a body without a value where a bracket is missing. Warnings give way to errors at
  /// the same place.
  public Diagnostics withoutConsequences() {
    record Line(SourceText source, int line) {}
    var unread = new HashSet<Line>();
    var wrong = new HashSet<Span>();
    boolean brackets = false;
    for (Diagnostic one : reported.values()) {
      if (one.severity() == Severity.ERROR) wrong.add(one.span());
      if (!one.code().isSyntax()) continue;
      for (Label label : one.labels()) {
        unread.add(new Line(label.span().source(), label.span().line()));
      }
      brackets |=
          one.code() == ErrorCode.UNCLOSED_BRACKET || one.code() == ErrorCode.UNOPENED_BRACKET;
    }
    var kept = new Diagnostics();
    for (Diagnostic one : reported.values()) {
      boolean follows =
          unread.contains(new Line(one.span().source(), one.span().line()))
              || brackets && one.code() == ErrorCode.MISSING_VALUE
              || one.severity() == Severity.WARNING && wrong.contains(one.span());
      if (one.code().isSyntax() || !follows) kept.report(one);
    }
    return kept;
  }

  /// Whether a problem of this kind was reported.
  public boolean has(ErrorCode code) {
    return reported.keySet().stream().anyMatch(key -> key.code() == code);
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
