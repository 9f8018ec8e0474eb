package dune.runtime.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dune.ir.Elem;
import dune.runtime.model.Facts;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

final class BenchReportTest {
  private static final Timing PROMPT = new Timing(Timing.Kind.PROMPT, 100, List.of(1.0, 2.0));
  private static final Timing TEXT = new Timing(Timing.Kind.TEXT, 10, List.of(0.5));

  private static BenchReport report() {
    var facts = new Facts("Tiny", Elem.BF16, 2_000_000_000L);
    var setting = new BenchReport.Setting(facts, "cpu", 2, 80e9, 0.25, 0.5);
    return new BenchReport(setting, List.of(PROMPT, TEXT), OptionalLong.of(3_000_000_000L));
  }

  @Test
  void speedIsTheMeanOfSpeeds() {
    // 100 and 50 tokens per second.
    assertThat(PROMPT.speed()).isEqualTo(75);
    assertThat(PROMPT.deviation()).isCloseTo(35.355, within(1e-3));
    assertThat(TEXT.deviation()).isZero();
  }

  @Test
  void textsAreHeldAgainstTheBandwidth() {
    assertThat(report().reading(TEXT)).hasValue(20 * 2e9);
    assertThat(report().reading(PROMPT)).isEmpty();
  }

  @Test
  void isATableForPeople() {
    assertThat(report().text(BenchReport.Format.MD))
        .isEqualTo(
            """
            | model | dtype | device | threads | test | tokens/s | GB/s | of bandwidth |
            | --- | --- | --- | ---: | --- | ---: | ---: | ---: |
            | Tiny | bf16 | cpu | 2 | pp100 | 75.00 ± 35.36 |  |  |
            | Tiny | bf16 | cpu | 2 | tg10 | 20.00 ± 0.00 | 40.0 | 50 % |

            Compiled in 0.25 s, loaded in 0.50 s. One token of a text reads 2.000 GB of weights; \
            this machine reads 80.0 GB/s. Peak memory 3.000 GB.
            """);
  }

  @Test
  void isALineForEachTestInCsv() {
    assertThat(report().text(BenchReport.Format.CSV).lines())
        .hasSize(3)
        .allMatch(line -> line.split(",", -1).length == 13)
        .last()
        .isEqualTo(
            "\"Tiny\",bf16,cpu,2,tg10,20.0000,0.0000,4.000e+10,8.000e+10,2000000000,0.250,0.500,"
                + "3000000000");
  }

  @Test
  void keepsEveryRepetitionInJson() {
    assertThat(report().text(BenchReport.Format.JSON))
        .contains("\"test\" : \"pp100\"", "\"seconds\" : [ 1.0, 2.0 ]", "\"peak_bytes\"");
  }
}
