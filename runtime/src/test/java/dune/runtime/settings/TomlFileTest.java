package dune.runtime.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dune.runtime.settings.Setting.Many;
import dune.runtime.settings.Setting.Named;
import dune.runtime.settings.Setting.One;
import dune.weights.InputFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TomlFileTest {
  @TempDir Path folder;

  @Test
  void whatIsWrittenIsRead() throws IOException {
    var settings = new LinkedHashMap<String, Setting>();
    settings.put("steps", new One("200", false));
    settings.put("lr", new One("0.001", false));
    settings.put("set", new Named(Map.of("L", new One("4", true))));
    settings.put("data", new One("a \"b\" \\ \n ü.txt", true));
    settings.put("sample-at", new Many(List.of(new One("5", false), new One("7", false))));
    Path file = folder.resolve("a.toml");
    TomlFile.write(file, "Two\nlines", settings);
    assertThat(file)
        .hasContent(
            """
            # Two
            # lines
            steps = 200
            lr = 0.001
            data = "a \\"b\\" \\\\ \\n ü.txt"
            sample-at = [5, 7]

            [set]
            L = "4"
            """);
    assertThat(TomlFile.read(file)).isEqualTo(settings);
  }

  @ParameterizedTest
  @CsvSource({"a = , :1:", "a = 1979-05-27, `a` must be a number", "'a = [[1]]', `a` must be"})
  void whatIsNoSettingSaysWhere(String text, String message) throws IOException {
    Path file = folder.resolve("a.toml");
    Files.writeString(file, text);
    assertThatThrownBy(() -> TomlFile.read(file))
        .isInstanceOf(InputFailure.class)
        .hasMessageContaining(message);
  }
}
