package dune.weights.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dune.ir.checkpoint.Config;
import dune.weights.InputFailure;
import dune.weights.json.JsonFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class GenerationConfigTest {
  @TempDir Path folder;

  private Config config(String json) throws IOException {
    Path file = Files.writeString(Files.createTempFile(folder, "config", ".json"), json);
    return Config.of(file.toString(), JsonFile.read(file));
  }

  @Test
  void endsAreOneOrMany() throws IOException {
    assertThat(
            GenerationConfig.of(List.of(config("{\"bos_token_id\": 1, \"eos_token_id\": [2, 7]}"))))
        .isEqualTo(new GenerationConfig(OptionalLong.of(1), List.of(2L, 7L)));
    assertThat(GenerationConfig.of(List.of(config("{\"eos_token_id\": 2}"))))
        .isEqualTo(new GenerationConfig(OptionalLong.empty(), List.of(2L)));
    assertThat(GenerationConfig.of(List.of()))
        .isEqualTo(new GenerationConfig(OptionalLong.empty(), List.of()));
  }

  @Test
  void theFirstConfigThatKnowsDecides() throws IOException {
    var first = config("{\"eos_token_id\": [5], \"bos_token_id\": null}");
    var second = config("{\"eos_token_id\": 2, \"bos_token_id\": 1}");
    assertThat(GenerationConfig.of(List.of(first, second)))
        .isEqualTo(new GenerationConfig(OptionalLong.of(1), List.of(5L)));
    assertThat(second.unread()).isEmpty();
  }

  @Test
  void tokensAreNumbers() throws IOException {
    var text = config("{\n  \"eos_token_id\": [2, \"</s>\"]\n}");
    assertThatThrownBy(() -> GenerationConfig.of(List.of(text)))
        .isInstanceOf(InputFailure.class)
        .hasMessage(text.file() + ":2:23: `eos_token_id[1]` is a text, and should be a token");
  }

  @Test
  void unreadKeysAreListedWithWhatMayBeMeant() throws IOException {
    var config =
        config(
            "{\"vocab_size\": 3, \"use_cache\": true,\n \"hiden_size\": 4, \"sliding_window\": 5}");
    config.get("vocab_size");
    config.get("hidden_size");
    assertThat(UnreadKey.of(config))
        .extracting(key -> key.path() + ":" + key.place().line() + ":" + key.meant().orElse("-"))
        .containsExactly("hiden_size:2:hidden_size", "sliding_window:2:-");
  }
}
