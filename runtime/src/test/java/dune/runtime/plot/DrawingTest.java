package dune.runtime.plot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dune.runtime.plot.Mark.Anchor;
import dune.weights.UsageFailure;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DrawingTest {
  private static final Drawing DRAWING =
      new Drawing.Builder()
          .box(10, 10, 20, 10, 0, Ink.BLUE)
          .line(5, 40, 55, 40, 4, Ink.ORANGE)
          .title(5, 60, "A < B & C")
          .words(95, 80, "end", Anchor.END)
          .build(100, 90);

  @TempDir Path folder;

  @Test
  void thePngHasEveryMarkAtItsPlace() throws IOException {
    // The JDK's own reader checks sums and lengths.
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(PngForm.of(DRAWING)));
    assertThat(image.getWidth()).isEqualTo(200);
    assertThat(image.getHeight()).isEqualTo(180);
    assertThat(colour(image, 0, 0)).isEqualTo(Ink.GROUND.light());
    assertThat(colour(image, 20, 20)).isEqualTo(Ink.BLUE.light());
    assertThat(colour(image, 59, 39)).isEqualTo(Ink.BLUE.light());
    assertThat(colour(image, 60, 39)).isEqualTo(Ink.GROUND.light());
    assertThat(colour(image, 60, 80)).isEqualTo(Ink.ORANGE.light());
    assertThat(colour(image, 60, 76)).isEqualTo(Ink.ORANGE.light());
    assertThat(colour(image, 60, 75)).isEqualTo(Ink.GROUND.light());
    // The left foot of the A, and nothing right of words that end.
    assertThat(isInked(image, 10, 100, 20, 120)).isTrue();
    assertThat(isInked(image, 150, 140, 190, 162)).isTrue();
    assertThat(isInked(image, 191, 140, 200, 180)).isFalse();
  }

  private static boolean isInked(BufferedImage image, int left, int top, int right, int bottom) {
    for (int y = top; y < bottom; y++) {
      for (int x = left; x < right; x++) {
        if (colour(image, x, y) != Ink.GROUND.light()) return true;
      }
    }
    return false;
  }

  private static int colour(BufferedImage image, int x, int y) {
    return image.getRGB(x, y) & 0xffffff;
  }

  @Test
  void theSvgIsWellFormedAndKnowsTheDark() throws Exception {
    String svg = SvgForm.of(DRAWING);
    var document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
    assertThat(document.getElementsByTagName("text").item(0).getTextContent())
        .isEqualTo("A < B & C");
    assertThat(svg)
        .contains("prefers-color-scheme: dark")
        .contains("<rect class=\"blue\" x=\"10\" y=\"10\" width=\"20\" height=\"10\"/>")
        .contains("<path class=\"orange\" stroke-width=\"4\" d=\"M5 40L55 40\"/>")
        .contains("text-anchor=\"end\">end</text>")
        .doesNotContain("green");
  }

  @Test
  void theNameChoosesTheForm() throws IOException {
    PlotFile.write(folder.resolve("a.SVG"), DRAWING);
    PlotFile.write(folder.resolve("a.png"), DRAWING);
    assertThat(folder.resolve("a.SVG")).content().startsWith("<svg");
    assertThat(Files.readAllBytes(folder.resolve("a.png"))).startsWith(0x89, 'P', 'N', 'G');
    assertThatThrownBy(() -> PlotFile.write(folder.resolve("a.gif"), DRAWING))
        .isInstanceOf(UsageFailure.class)
        .hasMessageContaining("name it .svg or .png");
  }

  @Test
  void everyPrintableLetterHasStrokes() {
    for (int letter = ' '; letter < 127; letter++) {
      assertThat(StrokeFont.has(letter)).as(Character.toString(letter)).isTrue();
    }
    assertThat("±×·–".codePoints()).allMatch(StrokeFont::has);
    // What there is no letter for takes its place as well.
    assertThat(StrokeFont.width("漢", 14)).isPositive();
    assertThat(StrokeFont.width("wide", 28)).isEqualTo(2 * StrokeFont.width("wide", 14));
  }

  @Test
  void ticksAreRoundAndReachAround() {
    assertThat(Ticks.around(0.3, 4.2, 6).values()).containsExactly(0, 1, 2, 3, 4, 5);
    assertThat(Ticks.around(0, 9000, 8).values()).hasSize(6).endsWith(8000, 10000);
    Ticks small = Ticks.around(1.4956, 1.5023, 7);
    assertThat(small.label(small.first())).isEqualTo("1.494");
    assertThat(Ticks.around(2, 2, 5).values()).hasSizeGreaterThan(1);
    assertThat(Ticks.around(0, 12000, 6).label(10000)).isEqualTo("10,000");
  }
}
