/// Elaboration: resolves, checks and lowers in one walk over the program.
///
/// A body is evaluated with what is known at compile time as values ({@link
/// dune.frontend.elaborate.Datum}) and with tensors as named axes plus a value of the IR. Each body
/// has dimension names of its own, which are rigid while it is checked ({@link
/// dune.frontend.elaborate.Frame}); sizes meet only where a call crosses from one frame into
/// another. Without a `config.json` the dimensions stay symbols, so checking needs no sizes.
///
/// In: {@link dune.frontend.ast.SourceFile}s. Out: a {@link dune.ir.Program}, a {@link
/// dune.ir.checkpoint.CheckpointMap} and diagnostics. Nothing here reads files. Imports: `source`,
/// `diagnostic`, `ast` and the IR.
package dune.frontend.elaborate;
