package dune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dune.runtime.library.BoxedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The model that comes with dune.
@Tag("torch")
final class BoxedModelTest {
  @TempDir Path folder;

  @Test
  void runsWhereNobodySaysWhat() {
    Run run = Run.of("run", "--max-tokens", "120", "--seed", "1");
    assertThat(run.status()).as(run.err()).isZero();
    assertThat(run.out()).hasSizeGreaterThan(100).containsPattern("[a-z]+ [a-z]+ [a-z]+");
    assertThat(run.err()).contains("120 tokens");
  }

  @Test
  void knowsWhatItHasRead() throws IOException {
    Path text = folder.resolve("text");
    Files.writeString(
        text,
        """
        First Citizen:
        Before we proceed any further, hear me speak.

        All:
        Speak, speak.

        First Citizen:
        You are all resolved rather to die than to famish?
        """);
    Run run =
        Run.of("score", "--weights", "" + BoxedModel.unpack(), "--text", "" + text, "-c", "256");
    assertThat(run.status()).as(run.err()).isZero();
    Matcher found = Pattern.compile("mean negative log +([0-9.]+)").matcher(run.out());
    assertThat(found.find()).as(run.out()).isTrue();
    assertThat(Double.parseDouble(found.group(1))).isBetween(0.3, 1.5);
  }
}
