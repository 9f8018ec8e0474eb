package dune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dune.runtime.library.ModelFile;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/// `dunec graph`: what is in the picture.
final class GraphCommandTest {
  @TempDir Path folder;

  private Document draw(String... arguments) throws Exception {
    Path file = folder.resolve("picture.svg");
    var all = new ArrayList<>(List.of("graph"));
    all.addAll(Arrays.asList(arguments));
    all.addAll(List.of("-o", file.toString()));
    Run run = Run.of(all.toArray(String[]::new));
    assertThat(run.status()).as(run.err()).isZero();
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(Files.readAllBytes(file)));
  }

  private static List<String> texts(Document picture, String kind) {
    var texts = new ArrayList<String>();
    var nodes = picture.getElementsByTagName("text");
    for (int i = 0; i < nodes.getLength(); i++) {
      Element element = (Element) nodes.item(i);
      if (element.getAttribute("class").equals(kind)) texts.add(element.getTextContent());
    }
    return texts;
  }

  @Test
  void equalLayersAreDrawnOnce() throws Exception {
    Document picture = draw("llama", "--set", "L=32");
    assertThat(texts(picture, "title"))
        .contains("layers.0", "layers.1 to 30  × 30", "layers.31")
        .doesNotContain("layers.2");
    assertThat(texts(picture, "name")).contains("attention", "rotary", "swiglu", "add rms norm");
  }

  @Test
  void layersThatTakeTurnsAreDrawnAsAGroup() throws Exception {
    Document picture = draw("gemma2", "--set", "L=8", "--function", "score");
    assertThat(texts(picture, "title"))
        .anyMatch(title -> title.matches("layers\\.\\d+ to \\d+  × 3"));
  }

  @Test
  void expertsFollowDenseLayers() throws Exception {
    Document picture = draw("deepseek", "--function", "score");
    assertThat(texts(picture, "title"))
        .anyMatch(title -> title.matches("layers\\.\\d+ to \\d+  × \\d+"));
    assertThat(texts(picture, "name")).anyMatch(name -> name.endsWith(" experts"));
  }

  @Test
  void operationsLeadToTheirLines() throws Exception {
    Document picture = draw("mixtral", "--set", "L=2");
    var links = picture.getElementsByTagName("a");
    assertThat(links.getLength()).isGreaterThan(10);
    for (int i = 0; i < links.getLength(); i++) {
      assertThat(((Element) links.item(i)).getAttribute("href"))
          .matches("models/mixtral\\.dune#L\\d+");
    }
    assertThat(texts(picture, "small"))
        .anyMatch(text -> text.startsWith("q_proj, k_proj, v_proj "));
  }

  @Test
  void keysReachTheAttentionByWayOfTheCache() throws Exception {
    Document picture = draw("llama", "--set", "L=2");
    var titles = picture.getElementsByTagName("title");
    long caches = 0;
    for (int i = 0; i < titles.getLength(); i++) {
      if (titles.item(i).getTextContent().matches("f32\\[B, S, 32, 128\\]")) caches++;
    }
    var texts =
        texts(picture, "small").stream().filter(text -> text.contains("B, S, 32, 128")).count();
    // Two per layer, of which the nearer goes straight down.
    assertThat(caches + texts).isEqualTo(4);
  }

  @Test
  void whatWasWrittenIsNotFused() throws Exception {
    Document picture = draw("llama", "--set", "L=2", "--after", "simplify");
    assertThat(texts(picture, "name")).contains("rsqrt").doesNotContain("attention");
  }

  @Test
  void everyModelHasAPicture() throws Exception {
    for (String model : ModelFile.names()) {
      assertThat(texts(draw(model, "--set", "L=8"), "name")).as(model).hasSizeGreaterThan(8);
    }
  }

  @Test
  void pageHoldsThePicture() throws Exception {
    Path file = folder.resolve("page.html");
    assertThat(Run.of("graph", "llama", "--set", "L=2", "-o", file.toString()).status()).isZero();
    assertThat(Files.readString(file)).startsWith("<!DOCTYPE html>").contains("<svg ", "</html>");
  }

  @Test
  void mistakesAreNamed() {
    assertThat(Run.of("graph", "llama", "-o", folder + "/x.png").err())
        .contains("x.png` is neither an .svg nor an .html file; name one of them");
    assertThat(Run.of("graph", "llama").err()).contains("--output");
    assertThat(
            Run.of("graph", "llama", "--set", "L=1", "--function", "nxt", "-o", folder + "/x.svg")
                .err())
        .contains("there is no function `nxt`; there is `score`, `step`, `next`, `tables`");
    assertThat(Run.of("graph", "llama", "--after", "fusee", "-o", folder + "/x.svg").err())
        .contains("did you mean `fuse`");
  }
}
