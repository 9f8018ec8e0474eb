/// Prompts from files, and how what was written for them is shown.
///
/// In go the text of a file, or what a generator gives; out come prompts that know their lines, and
/// JSON or readable text. Nothing here opens files, prints, or runs a model.
package dune.runtime.prompts;
