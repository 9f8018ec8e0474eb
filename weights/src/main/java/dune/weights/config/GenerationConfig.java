package dune.weights.config;

import dune.ir.checkpoint.Config;
import dune.ir.checkpoint.Json;
import dune.weights.InputFailure;
import dune.weights.Quoted;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/// Where texts begin and end.
///
/// @param bos the token that a text begins with
/// @param eos the tokens that end it, each by itself
public record GenerationConfig(OptionalLong bos, List<Long> eos) {
  public GenerationConfig {
    eos = List.copyOf(eos);
  }

  /// @param configs in the order in which they are asked; the first that has a key decides
  /// @throws InputFailure if a token is not a number
  public static GenerationConfig of(List<Config> configs) {
    var bos = tokens("bos_token_id", configs);
    return new GenerationConfig(
        bos.isEmpty() ? OptionalLong.empty() : OptionalLong.of(bos.getFirst()),
        tokens("eos_token_id", configs));
  }

  private static List<Long> tokens(String key, List<Config> configs) {
    List<Long> found = List.of();
    // All are asked, so that none of them reports the key as unread.
    for (Config config : configs) {
      var tokens = tokens(config.get(key));
      if (found.isEmpty()) found = tokens;
    }
    return found;
  }

  private static List<Long> tokens(Config config) {
    return switch (config.value()) {
      case Json.Null _ -> List.of();
      case Json.Whole(var token, _) -> List.of(token);
      case Json.Items(var items, _) -> {
        var tokens = new ArrayList<Long>();
        for (int i = 0; i < items.size(); i++) {
          if (!(config.get(i).value() instanceof Json.Whole(var token, _))) {
            throw noToken(config.get(i));
          }
          tokens.add(token);
        }
        yield tokens;
      }
      case Json.Bool _, Json.Real _, Json.Text _, Json.Fields _ -> throw noToken(config);
    };
  }

  private static InputFailure noToken(Config config) {
    var place = config.value().place();
    return new InputFailure(
        Path.of(config.file()),
        place.line(),
        place.column(),
        Quoted.name(config.path()) + " is " + config.value().kind() + ", and should be a token");
  }
}
