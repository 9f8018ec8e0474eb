package dune.ir.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dune.ir.checkpoint.Json.Place;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ConfigTest {
  private static Json whole(long value, int line) {
    return new Json.Whole(value, new Place(line, 1));
  }

  private static Config sample() {
    var rope = new LinkedHashMap<String, Json>();
    rope.put("theta", whole(10000, 4));
    rope.put("factor", whole(8, 5));
    var root = new LinkedHashMap<String, Json>();
    root.put("vocab_size", whole(96, 2));
    root.put("rope", new Json.Fields(rope, new Place(3, 1)));
    root.put("kinds", new Json.Items(List.of(whole(1, 6), whole(2, 6)), new Place(6, 1)));
    root.put("unused", new Json.Fields(Map.of("inner", whole(1, 7)), new Place(7, 1)));
    return Config.of("config.json", new Json.Fields(root, new Place(1, 1)));
  }

  @Test
  void keysThatNobodyReadAreListed() {
    var config = sample();
    config.get("vocab_size");
    config.get("rope").get("theta");
    assertThat(config.unread())
        .containsExactly(
            new Config.Unread("rope.factor", new Place(5, 1)),
            new Config.Unread("kinds", new Place(6, 1)),
            new Config.Unread("unused", new Place(7, 1)));
  }

  @Test
  void whatIsAbsentIsNullAllTheWayDown() {
    var config = sample();
    var deep = config.get("rope_scaling").get("layers").get(3).get("factor");
    assertThat(deep.isNull()).isTrue();
    assertThat(deep.path()).isEqualTo("rope_scaling.layers[3].factor");
    assertThat(config.absent()).startsWith("rope_scaling");
    assertThat(config.get("vocab_size").get("x").isNull()).isTrue();
  }

  @Test
  void listsAreReadByIndex() {
    var kinds = sample().get("kinds");
    assertThat(kinds.get(1).value()).isEqualTo(whole(2, 6));
    assertThat(kinds.get(2).isNull()).isTrue();
    assertThat(kinds.get(-1).isNull()).isTrue();
  }
}
