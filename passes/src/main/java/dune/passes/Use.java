package dune.passes;

/// What a program is compiled for.
public enum Use {
  /// Whatever a backend may be asked.
  EVERYTHING,

  /// Text is written: of a model that can be continued, `next` alone. So there is a third to
  /// compile.
  WRITING
}
