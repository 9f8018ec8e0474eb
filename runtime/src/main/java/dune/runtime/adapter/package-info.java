/// Low-rank adapters as files and as numbers.
///
/// In go folders in PEFT's layout, which name matrices of a checkpoint; out come the {@link
/// dune.passes.lora.Adapter}s of a program with their numbers, changed checkpoints, and such
/// folders again. Which weight of a model lies where in which matrix is known from its bindings.
/// The rewrite of the program is that of {@link dune.passes.lora}.
package dune.runtime.adapter;
