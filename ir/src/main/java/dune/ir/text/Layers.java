package dune.ir.text;

/// How layers are printed.
public enum Layers {
  /// Each in full: the text parses back.
  ALL,
  /// Those equal to the one before in one line, for people.
  FOLDED
}
