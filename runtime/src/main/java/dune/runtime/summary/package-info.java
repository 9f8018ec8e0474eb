/// What a model costs before it is run: parameters, memory, multiplications.
///
/// In: a {@link dune.runtime.library.ModelFile} and its parameters. Out: a {@link
/// dune.runtime.summary.ModelSummary}. Everything is read off the IR, so nothing here knows an
/// architecture. No weights and no native library are needed.
package dune.runtime.summary;
