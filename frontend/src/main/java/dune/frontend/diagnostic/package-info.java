/// Problems of the user's program or input, as data, and how they are shown.
///
/// A phase reports {@link dune.frontend.diagnostic.Diagnostic}s into a {@link
/// dune.frontend.diagnostic.Diagnostics} and goes on. Two renderers turn them into text for people
/// and into JSON for editors. Every {@link dune.frontend.diagnostic.ErrorCode} has a page ({@link
/// dune.frontend.diagnostic.Explain}) and an example. Nothing here writes to a stream. Imports:
/// `source` only.
package dune.frontend.diagnostic;
