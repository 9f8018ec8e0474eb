package dune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class BenchTest {
  private static final String TINY = Shared.TINY.toString();

  @Test
  @Tag("torch")
  void timesPromptsAndTexts() {
    Run run = Run.of("bench", "--weights", TINY, "-p", "3,5", "-n", "4", "-r", "2");
    assertThat(run.status()).as(run.err()).isZero();
    assertThat(run.out())
        .contains("| pp3 |", "| pp5 |", "| tg4 |", " of weights; this machine reads ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "-p 0 -n 0 | there is nothing to time: both -p and -n are 0",
        "-p -1     | -p must be 0 or more, not -1",
        "-r 0      | --repetitions must be 1 or more",
        "-p 5 -c 4 | 64 tokens do not fit into a context of 4; --ctx-size makes it larger",
        "--format xml | option '--format': choose md, csv, json",
      })
  void saysWhatIsWrong(String options, String message) {
    String[] arguments = ("bench --weights " + TINY + " " + options.strip()).split(" ");
    Run run = Run.of(arguments);
    assertThat(run.status()).isEqualTo(2);
    assertThat(run.err()).contains(message);
  }
}
