package dune.ir.verify;

/// Whether every node must say where it comes from.
public enum Origins {
  REQUIRED,
  OPTIONAL
}
