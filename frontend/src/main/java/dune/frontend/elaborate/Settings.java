package dune.frontend.elaborate;

import dune.ir.Elem;
import dune.ir.checkpoint.Config;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// How a model is elaborated.
///
/// @param config the `config.json` that the checkpoint clause reads; without one, parameters take
///   their defaults
/// @param values parameters given by hand, as text in the language (`L` = `2`); they win over
///   `config`
/// @param elem the model's float type
/// @param purpose whether `training` is true
public record Settings(
    Optional<Config> config, Map<String, String> values, Elem elem, Purpose purpose) {
  public enum Purpose {
    INFERENCE,
    TRAINING
  }

  public Settings {
    if (!elem.isFloat())
      throw new IllegalArgumentException("a model computes in floats, not " + elem);
    values = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  public static Settings of(Config config, Elem elem) {
    return new Settings(Optional.of(config), Map.of(), elem, Purpose.INFERENCE);
  }

  public static Settings defaults(Elem elem) {
    return new Settings(Optional.empty(), Map.of(), elem, Purpose.INFERENCE);
  }

  public Settings with(Map<String, String> other) {
    return new Settings(config, other, elem, purpose);
  }

  public Settings with(Purpose other) {
    return new Settings(config, values, elem, other);
  }
}
