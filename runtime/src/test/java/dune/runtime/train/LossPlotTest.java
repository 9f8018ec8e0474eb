package dune.runtime.train;

import static org.assertj.core.api.Assertions.assertThat;

import dune.runtime.plot.Mark.Point;
import dune.runtime.plot.SvgForm;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class LossPlotTest {
  static LossPlot.Curve curve(int steps, int pause) {
    var random = new Random(7);
    var training =
        IntStream.range(0, steps)
            .mapToObj(step -> new Point(step, loss(step, steps) + 0.12 * random.nextGaussian()))
            .toList();
    var validation =
        IntStream.rangeClosed(0, steps / pause)
            .mapToObj(
                i ->
                    new Point(
                        i * pause,
                        loss(i * pause, steps) + 0.35 * Math.pow((double) i * pause / steps, 3)))
            .toList();
    return new LossPlot.Curve(training, validation);
  }

  private static double loss(int step, int steps) {
    return 1.1 + 3 * Math.exp(-12.0 * step / steps) + 0.3 * Math.exp(-2.0 * step / steps);
  }

  @Test
  void saysWhereTheValidationLossIsLowest() {
    String svg = SvgForm.of(LossPlot.of(curve(9000, 500)));
    assertThat(svg)
        .contains("the lowest validation loss is 1.2616", "at step 4,500")
        .contains(">8,000</text>", ">1.5</text>", ">steps</text>", ">validation</text>");
    // Many steps share a pixel.
    assertThat(svg.length()).isLessThan(100_000);
  }

  @Test
  void drawsWhatHasJustBegun() {
    var begun = new LossPlot.Curve(List.of(), List.of(new Point(0, 4.2)));
    assertThat(SvgForm.of(LossPlot.of(begun))).contains("4.2000, at step 0");
    var one = new LossPlot.Curve(List.of(new Point(0, 4.2)), List.of());
    assertThat(SvgForm.of(LossPlot.of(one))).contains("nats for each token</text>");
  }
}
