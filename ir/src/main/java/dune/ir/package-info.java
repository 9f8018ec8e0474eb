/// The intermediate representation: types, operations, functions and programs.
///
/// A program holds weights, state and functions; a function is a flat list of nodes in SSA form,
/// built once by a {@link dune.ir.FunctionBuilder} and then frozen. Nothing here knows the source
/// language, a weight file or a backend.
package dune.ir;
