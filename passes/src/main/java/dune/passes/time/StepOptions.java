package dune.passes.time;

/// How much a program that continues must be able to hold.
///
/// @param capacity the most steps that a row can have
/// @param chunk the most steps that one call appends; a rolling window keeps that many more
public record StepOptions(long capacity, long chunk) {
  public StepOptions {
    if (capacity < 1) throw new IllegalArgumentException("capacity " + capacity);
    if (chunk < 1) throw new IllegalArgumentException("chunk " + chunk);
  }
}
