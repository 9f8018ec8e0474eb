package dune.backend.torch.emit;

import dune.backend.torch.archive.Archive;

/// An archive, and what its caller has to know of it.
public record Emitted(Archive archive, Signature signature) {}
