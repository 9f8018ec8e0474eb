package dune.runtime.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dune.ir.Elem;
import dune.passes.Optimization;
import dune.runtime.model.Facts;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

final class BenchReportTest {
  private static final Timing PROMPT = new Timing(Timing.Kind.PROMPT, 100, List.of(1.0, 2.0));
  private static final Timing TEXT = new Timing(Timing.Kind.TEXT, 10, List.of(0.5));
  private static final Row.Peak PEAK =
      new Row.Peak(OptionalLong.empty(), OptionalLong.of(3_000_000_000L));

  private static Candidate candidate(Optional<Optimization> level) {
    var facts = new Facts("Tiny", Elem.BF16, 2_000_000_000L);
    return new Candidate(facts, level, Optional.empty(), Optional.empty(), 0.25, 0.5);
  }

  private static Row row(Timing timing) {
    return new Row(candidate(Optional.empty()), timing, PEAK);
  }

  private static BenchReport report(Row... rows) {
    return new BenchReport(new BenchReport.Machine("cpu", 2, 80e9), List.of(rows));
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
    assertThat(row(TEXT).reading()).hasValue(20 * 2e9);
    assertThat(row(PROMPT).reading()).isEmpty();
  }

  @Test
  void isATableForPeople() {
    assertThat(report(row(PROMPT), row(TEXT)).text(BenchReport.Format.MD))
        .isEqualTo(
            """
            | model | dtype | device | threads | test | tokens/s | GB/s | of bandwidth | GFLOP/s | peak memory |
            | --- | --- | --- | ---: | --- | ---: | ---: | ---: | ---: | ---: |
            | Tiny | bf16 | cpu | 2 | pp100 | 75.00 ± 35.36 |  |  |  | 3.000 GB |
            | Tiny | bf16 | cpu | 2 | tg10 | 20.00 ± 0.00 | 40.0 | 50 % |  | 3.000 GB |

            compiled in 0.25 s, loaded in 0.50 s.
            One token of a text reads 2.000 GB of weights; this machine reads 80.0 GB/s.
            """);
  }

  @Test
  void whatIsNotKnownHasNoColumn() {
    var nothing = new Row.Peak(OptionalLong.empty(), OptionalLong.empty());
    Row row = new Row(candidate(Optional.of(Optimization.O1)), TEXT, nothing);
    assertThat(report(row).text(BenchReport.Format.MD))
        .contains("| level |", "| -O1 |", "-O1: compiled in 0.25 s")
        .doesNotContain("memory");
    var planned = new Row.Peak(OptionalLong.of(7), OptionalLong.empty());
    assertThat(report(new Row(row.candidate(), TEXT, planned)).text(BenchReport.Format.MD))
        .contains("| planned memory |", "| 7 bytes |");
  }

  @Test
  void plannedAndObservedStandSideBySide() throws IOException {
    var both = new Row.Peak(OptionalLong.of(2_000_000_000), OptionalLong.of(3_000_000_000L));
    BenchReport report = report(new Row(candidate(Optional.empty()), TEXT, both));
    assertThat(report.text(BenchReport.Format.MD))
        .contains("| planned memory | peak memory |", "| 2.000 GB | 3.000 GB |");
    assertThat(report.text(BenchReport.Format.CSV))
        .contains(",planned_bytes,peak_bytes\n")
        .endsWith(",2000000000,3000000000\n");
    JsonNode json = new JsonMapper().readTree(report.text(BenchReport.Format.JSON));
    assertThat(json.at("/tests/0/planned_bytes").asLong()).isEqualTo(2_000_000_000);
    assertThat(json.at("/tests/0/peak_bytes").asLong()).isEqualTo(3_000_000_000L);
  }

  @Test
  void isALineForEachTestInCsv() {
    assertThat(report(row(PROMPT), row(TEXT)).text(BenchReport.Format.CSV).lines())
        .hasSize(3)
        .allMatch(line -> line.split(",", -1).length == 16)
        .last()
        .isEqualTo(
            "\"Tiny\",bf16,,cpu,2,tg10,20.0000,0.0000,4.000e+10,,8.000e+10,2000000000,0.250,0.500,,"
                + "3000000000");
  }

  @Test
  void keepsEveryRepetitionInJson() throws IOException {
    Row leveled = new Row(candidate(Optional.of(Optimization.O2)), TEXT, PEAK);
    JsonNode json =
        new JsonMapper().readTree(report(row(PROMPT), leveled).text(BenchReport.Format.JSON));
    assertThat(json.at("/tests/0/test").asText()).isEqualTo("pp100");
    assertThat(json.at("/tests/0/seconds").toString()).isEqualTo("[1.0,2.0]");
    assertThat(json.at("/tests/0/level").isMissingNode()).isTrue();
    assertThat(json.at("/tests/1/level").asText()).isEqualTo("-O2");
    assertThat(json.at("/tests/1/peak_bytes").asLong()).isEqualTo(3_000_000_000L);
  }
}
