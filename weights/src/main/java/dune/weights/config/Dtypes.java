package dune.weights.config;

import dune.ir.Elem;
import dune.ir.checkpoint.Config;
import dune.ir.checkpoint.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Element types as `config.json` names them: `bfloat16` under `torch_dtype`, or under `dtype`
/// since version 5 of transformers.
public final class Dtypes {
  private static final String OLD_KEY = "torch_dtype";
  private static final List<String> KEYS = List.of("dtype", OLD_KEY);

  private Dtypes() {}

  /// The float type that a config says, if it says one that we know.
  public static Optional<Elem> of(Config config) {
    return KEYS.stream()
        .map(key -> config.get(key).value())
        .filter(Json.Text.class::isInstance)
        .map(value -> ((Json.Text) value).value())
        .findFirst()
        .flatMap(Dtypes::elem);
  }

  private static Optional<Elem> elem(String name) {
    return Stream.of(Elem.values())
        .filter(Elem::isFloat)
        .filter(elem -> text(elem).value().equals(name))
        .findFirst();
  }

  /// The config with this type, under each key that it has, so that none contradicts.
  public static Json.Fields with(Json.Fields config, Elem elem) {
    var values = new LinkedHashMap<>(config.values());
    var keys = KEYS.stream().filter(values::containsKey).toList();
    for (String key : keys.isEmpty() ? List.of(OLD_KEY) : keys) values.put(key, text(elem));
    return new Json.Fields(values, config.place());
  }

  /// @throws IllegalArgumentException if it is no float
  public static Json.Text text(Elem elem) {
    return new Json.Text(
        switch (elem) {
          case F16 -> "float16";
          case BF16 -> "bfloat16";
          case F32 -> "float32";
          case F64 -> "float64";
          case BOOL, INT -> throw new IllegalArgumentException("a model computes in floats");
        });
  }
}
