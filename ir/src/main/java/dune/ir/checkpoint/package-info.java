/// What a model asks of a checkpoint, as data: which weights it needs, where a file keeps them, and
/// how they lie there.
///
/// In goes what the frontend evaluated from a `checkpoint` clause and from `config.json`; out go
/// records that the `weights` module executes. Paths are member paths of the elaborated model
/// (`layers.3.self_attn.q_proj.weight`): all parameters are known by now, so nothing here evaluates
/// expressions. This package opens no files and sees no tensors.
package dune.ir.checkpoint;
