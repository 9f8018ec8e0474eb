package dune.runtime.initial;

import dune.ir.Elem;
import dune.ir.checkpoint.Config;
import dune.ir.checkpoint.Json;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.stream.Stream;

/// Element types as `config.json` names them: `bfloat16` under `torch_dtype`, or under `dtype`
/// since version 5 of transformers.
final class Dtypes {
  private static final String OLD_KEY = "torch_dtype";
  private static final String NEW_KEY = "dtype";

  private Dtypes() {}

  static Optional<Elem> of(Config config) {
    return Stream.of(NEW_KEY, OLD_KEY)
        .map(key -> config.get(key).value())
        .filter(Json.Text.class::isInstance)
        .map(value -> ((Json.Text) value).value())
        .findFirst()
        .flatMap(Dtypes::elem);
  }

  /// The config with this type, under the key that it has.
  static Json.Fields with(Json.Fields config, Elem elem) {
    var values = new LinkedHashMap<>(config.values());
    var key = values.containsKey(NEW_KEY) ? NEW_KEY : OLD_KEY;
    values.put(key, new Json.Text(name(elem), Json.Place.NONE));
    return new Json.Fields(values, config.place());
  }

  private static Optional<Elem> elem(String name) {
    return Stream.of(Elem.values())
        .filter(Elem::isFloat)
        .filter(elem -> name(elem).equals(name))
        .findFirst();
  }

  private static String name(Elem elem) {
    return switch (elem) {
      case F16 -> "float16";
      case BF16 -> "bfloat16";
      case F32 -> "float32";
      case F64 -> "float64";
      case BOOL, INT -> throw new IllegalArgumentException("a model computes in floats");
    };
  }
}
