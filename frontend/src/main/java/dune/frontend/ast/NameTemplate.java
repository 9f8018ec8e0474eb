package dune.frontend.ast;

import dune.frontend.source.Span;
import java.util.List;

/// `"[transformer.]{*}.attn.c_attn"`: a tensor name with places to fill in.
public record NameTemplate(List<NamePart> parts, Span span) implements Node {
  public NameTemplate {
    parts = List.copyOf(parts);
  }
}
