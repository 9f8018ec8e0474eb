/// The text form of the intermediate representation, which prints and parses back.
///
/// In: a {@link dune.ir.Program}. Out: text, and the same program from it ({@link
/// dune.ir.text.Printer}, {@link dune.ir.text.Parser}). How an operation is written follows from
/// its record header ({@link dune.ir.text.Schema}), so a new one needs no line here. It does not
/// check types: that is {@link dune.ir.verify}.
package dune.ir.text;
