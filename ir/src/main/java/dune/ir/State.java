package dune.ir;

/// A tensor that a program keeps between calls, with rows `B` as first axis. It begins as `initial`
/// everywhere.
public record State(String name, Type type, double initial) {}
