package dune.frontend.ast;

import dune.frontend.source.Span;

/// A line of a `config` clause.
public sealed interface ConfigEntry extends Node
    permits Let, ConfigEntry.ConfigAssignment, ConfigEntry.ErrorConfigEntry {
  /// `V = .vocab_size`: a parameter of the model, from the keys of config.json.
  record ConfigAssignment(Identifier name, Expression value, Span span) implements ConfigEntry {}

  /// A line that could not be parsed.
  record ErrorConfigEntry(Span span) implements ConfigEntry {}
}
