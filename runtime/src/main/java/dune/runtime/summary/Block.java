package dune.runtime.summary;

import java.util.List;

/// A block of a model, or a run of equal ones.
///
/// @param name within the block around it: `embed_tokens`, `layers.0`, or `layers.0 .. 31`
/// @param count how many blocks of the model these are
/// @param parameters of all of them, tied weights where they are declared first
/// @param active how many of them one token meets
/// @param flops of one token, in all of them
public record Block(
    String name, long count, long parameters, long active, long flops, List<Block> parts) {
  public Block {
    parts = List.copyOf(parts);
  }
}
