/// Where the time and the memory of one step of a model go, by line of its source.
///
/// In: a compiled model and its weights. Out: {@link dune.runtime.profile.Profile} and {@link
/// dune.runtime.profile.Allocations}, as tables over the `.dune` text. Both come from running an
/// archive that observes itself ({@link dune.backend.torch.emit.Probe}), on the processor: other
/// devices answer before they are done.
package dune.runtime.profile;
