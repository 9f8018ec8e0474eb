/// What a pass is, and how a list of them runs: stages, the manager that verifies after each, and
/// the observers that watch.
///
/// In: a program and a list of {@link dune.passes.pass.Pass passes}. Out: the program that they
/// make of it. Imports `ir` only; which passes exist is not known here.
package dune.passes.pass;
