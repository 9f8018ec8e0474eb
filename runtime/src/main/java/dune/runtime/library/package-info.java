/// The `.dune` files that come with dune, and those of the user: finds imports, and the model of a
/// checkpoint.
///
/// In: paths and architecture names. Out: {@link dune.frontend.source.SourceText}s. The user's
/// files win over ours.
package dune.runtime.library;
