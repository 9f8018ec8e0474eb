package dune.runtime.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

final class ScheduleTest {
  private static final Schedule SCHEDULE = new Schedule(1e-3, 1e-4, 100, 2000);

  @Test
  void ratesRiseThenFallToTheFloor() {
    assertThat(SCHEDULE.rate(0)).isCloseTo(1e-3 / 101, within(1e-12));
    assertThat(SCHEDULE.rate(100)).isEqualTo(1e-3);
    assertThat(SCHEDULE.rate(1050)).isCloseTo(5.5e-4, within(1e-12));
    assertThat(SCHEDULE.rate(2000)).isEqualTo(1e-4);
    assertThat(SCHEDULE.rate(9999)).isEqualTo(1e-4);
    for (int i = 1; i <= 2000; i++) {
      assertThat(SCHEDULE.rate(i) > SCHEDULE.rate(i - 1)).as("step " + i).isEqualTo(i <= 100);
    }
  }

  @Test
  void withoutWarmupItBeginsAtThePeak() {
    assertThat(new Schedule(2e-3, 2e-3, 0, 10).rate(0)).isEqualTo(2e-3);
  }

  @Test
  void schedulesThatMakeNoSenseAreRefused() {
    assertThatThrownBy(() -> new Schedule(1e-3, 2e-3, 0, 10)).hasMessageContaining("from");
    assertThatThrownBy(() -> new Schedule(1e-3, 0, 11, 10)).hasMessageContaining("warm up");
  }
}
