package dune.runtime.graph;

/// A value on its way from one operation to another.
///
/// @param from number of the operation that computes it; -1 for an input of the function
public record Edge(int from, int to, String type) {}
