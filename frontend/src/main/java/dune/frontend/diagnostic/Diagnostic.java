package dune.frontend.diagnostic;

import dune.frontend.source.Span;
import java.util.ArrayList;
import java.util.List;

/// One problem. The first label is the primary one; the message is lower case, one line, code in backticks.
///
/// Built by {@link #of} and the methods that add to a copy:
///
///     Diagnostic.of(UNKNOWN_NAME, span, "nothing is called `nrom`")
///         .label("not found in this block")
///         .also(other, "`norm` is declared here")
///         .help("did you mean `norm`?")
public record Diagnostic(
    ErrorCode code, String message, List<Label> labels, List<String> notes, List<String> helps) {
  public Diagnostic {
    labels = List.copyOf(labels);
    notes = List.copyOf(notes);
    helps = List.copyOf(helps);
    if (labels.isEmpty() || labels.getFirst().role() != Label.Role.PRIMARY) {
      throw new IllegalArgumentException("a diagnostic begins with its primary label: " + message);
    }
  }

  public static Diagnostic of(ErrorCode code, Span span, String message) {
    return new Diagnostic(
        code, message, List.of(new Label(Label.Role.PRIMARY, span, "")), List.of(), List.of());
  }

  public Severity severity() {
    return code.severity();
  }

  public Label primary() {
    return labels.getFirst();
  }

  /// Where the problem is.
  public Span span() {
    return primary().span();
  }

  /// Says at the primary place what is there.
  public Diagnostic label(String text) {
    var changed = new ArrayList<>(labels);
    changed.set(0, new Label(Label.Role.PRIMARY, span(), text));
    return new Diagnostic(code, message, changed, notes, helps);
  }

  /// Marks another place that explains the problem.
  public Diagnostic also(Span span, String text) {
    var changed = new ArrayList<>(labels);
    changed.add(new Label(Label.Role.SECONDARY, span, text));
    return new Diagnostic(code, message, changed, notes, helps);
  }

  /// Marks another place, unless the condition says that it tells nothing new.
  public Diagnostic alsoIf(boolean condition, Span span, String text) {
    return condition ? also(span, text) : this;
  }

  /// The same problem, seen from the place that caused it; where it was found becomes a secondary
  /// label.
  public Diagnostic from(Span cause, String text) {
    var changed = new ArrayList<Label>();
    changed.add(new Label(Label.Role.PRIMARY, cause, text));
    String found = primary().text();
    changed.add(new Label(Label.Role.SECONDARY, span(), found.isEmpty() ? "found here" : found));
    for (Label label : labels.subList(1, labels.size())) {
      if (!label.span().equals(cause)) changed.add(label);
    }
    return new Diagnostic(code, message, changed, notes, helps);
  }

  /// Adds a fact that explains why.
  public Diagnostic note(String text) {
    var changed = new ArrayList<>(notes);
    changed.add(text);
    return new Diagnostic(code, message, labels, changed, helps);
  }

  /// Adds what to do, only where that is sure.
  public Diagnostic help(String text) {
    var changed = new ArrayList<>(helps);
    changed.add(text);
    return new Diagnostic(code, message, labels, notes, changed);
  }
}
