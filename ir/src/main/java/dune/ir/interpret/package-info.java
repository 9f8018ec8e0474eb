/// The interpreter: slow, in double precision, and obviously right. It defines what every operation
/// means, and is the oracle of every pass and backend.
///
/// In: a {@link dune.ir.Program}, {@link dune.ir.interpret.Array inputs}, weights, a {@link
/// dune.ir.interpret.StateStore state store}. Out: arrays. It imports {@code dune.ir} and nothing
/// else, knows no file format, and does nothing for speed but avoid a map per element.
package dune.ir.interpret;
