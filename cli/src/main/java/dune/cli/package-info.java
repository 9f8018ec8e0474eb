/// The command line `dunec`: parses arguments, hands them to the other modules and prints what they
/// give back.
///
/// In go the arguments, the environment and the standard streams; out comes an exit status: 0, 1
/// for mistakes in the user's program or input, 2 for usage and surroundings, 70 for our own bugs.
/// Imports every other module; nothing imports it. It decides nothing about models: whoever wants
/// to do the same from Java calls `dune.runtime`.
package dune.cli;
