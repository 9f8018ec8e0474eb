/// Bundles: a compiled model as a folder `NAME.dune.d/`, with a manifest that describes it and the
/// archive.
///
/// In: {@link dune.runtime.compile.Compiled}. Out: files, and from files a {@link
/// dune.runtime.model.TorchModel} again.
package dune.runtime.bundle;
