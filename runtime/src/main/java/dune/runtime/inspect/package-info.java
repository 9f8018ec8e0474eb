/// What a checkpoint holds, and what a model would make of it.
///
/// In: a {@link dune.weights.checkpoint.Checkpoint}. Out: an {@link
/// dune.runtime.inspect.Inspection}. Reads headers and settings, no tensor.
package dune.runtime.inspect;
