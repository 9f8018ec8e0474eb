/// Source text and places in it: what every later phase points at.
///
/// A {@link dune.frontend.source.SourceText} is a named, immutable text that knows its lines; a
/// {@link dune.frontend.source.Span} is a stretch of one. Nothing here reads files and nothing here
/// knows the language. Imports: the JDK only.
package dune.frontend.source;
