package dune.frontend.ast;

import java.util.Locale;

/// The element types that have a word.
public enum ElementName {
  F64,
  F32,
  F16,
  BF16,
  INT,
  BOOL;

  /// The word in source text.
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
