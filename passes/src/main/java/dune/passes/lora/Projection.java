package dune.passes.lora;

import dune.ir.Value;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;

/// A product `input * weight^T` of `forward`, outside of all bodies.
///
/// @param result of the product
/// @param weight path of a weight `[out, in]`
/// @param roles what it is for; may be none, or several where keys and values share one
public record Projection(Value result, String weight, Set<Role> roles) {
  private static final Pattern NUMBER = Pattern.compile("(?:^|\\.)(\\d+)\\.");

  public Projection {
    roles = Set.copyOf(roles);
  }

  /// The first index of its path: `layers.3.mlp.up_proj.weight` belongs to layer 3.
  public OptionalInt layer() {
    var found = NUMBER.matcher(weight);
    return found.find() ? OptionalInt.of(Integer.parseInt(found.group(1))) : OptionalInt.empty();
  }
}
