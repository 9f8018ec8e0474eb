package dune.runtime.compile;

import dune.frontend.diagnostic.Diagnostics;

/// What came of compiling a model.
public sealed interface Compilation {
  /// It went well; there may be warnings.
  record Done(Compiled compiled, Diagnostics diagnostics) implements Compilation {}

  /// The model has mistakes.
  record Refused(Diagnostics diagnostics) implements Compilation {}
}
