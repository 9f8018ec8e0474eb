package dune.ir.checkpoint;

import dune.ir.Origin;

/// `tie lm_head.weight = embed_tokens.weight`: one weight that has two paths. Only `of` is
/// requested.
public record Tie(String alias, String of, Origin origin) {}
