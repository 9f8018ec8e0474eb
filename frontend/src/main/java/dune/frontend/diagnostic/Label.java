package dune.frontend.diagnostic;

import dune.frontend.source.Span;
import java.util.Objects;

/// A marked place: `text` says what is there, and may be empty for the primary label.
public record Label(Role role, Span span, String text) {
  public Label {
    Objects.requireNonNull(role);
    Objects.requireNonNull(span);
    Objects.requireNonNull(text);
  }

  /// Whether a label marks the problem itself or a place that explains it.
  public enum Role {
    PRIMARY,
    SECONDARY
  }
}
