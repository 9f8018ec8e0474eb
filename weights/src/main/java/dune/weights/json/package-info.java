/// Strict JSON of files that strangers wrote.
///
/// In goes a path, out comes a {@link dune.ir.checkpoint.Json} tree in which each value knows its
/// line and column. No key twice, valid UTF-8, bounded depth and size. What the keys mean is not
/// known here.
package dune.weights.json;
