package dune.ir;

import java.util.Optional;

/// A tensor that a program learns.
///
/// @param path member path: `layers.3.self_attn.q_proj.weight`
/// @param tiedTo the path of the weight that this one is another name for
/// @param origin where the `.dune` file declares it
public record Weight(
    String path, Type type, Initializer initializer, Optional<String> tiedTo, Origin origin) {}
