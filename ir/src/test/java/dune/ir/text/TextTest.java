package dune.ir.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dune.ir.Function;
import dune.ir.Program;
import dune.ir.Type;
import dune.ir.verify.Origins;
import dune.ir.verify.Verifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextTest {
  private static final String SAMPLE =
      """
      program Sample

      weight embed.weight: f32[16, 4] = normal deviation=0.02  // models/sample.dune:4:3 @embed
      weight head.weight: f32[16, 4] = constant value=0 tied embed.weight

      state layers.0.keys: f32[B, 8, 4] = 0

      function step(%0 tokens: int[B, T], %1 slots: int[B, T]) dims S {
        %2: f32[16, 4] = weight path=embed.weight type=f32[16, 4]  // std/embed.dune:3:5 @embed < sample.dune:9:11
        %3: f32[B, T, 4] = gather %2, %0 axis=0 batch=0
        append %3, %1 state=layers.0.keys
        %4: f32[B, S, 4] = read_cache state=layers.0.keys slots=S type=f32[B, S, 4]
        %5: f32[] = constant value=-inf elem=f32
        %6: f32[B, S, 4] = max %4, %5
        %7: f32[B, S] = reduce_max %6 axes=[2]
        %8: f32[B * S] = reshape %7 shape=[B * S]  // "odd \\"name\\".dune":1:1 @"a b" < "":0:0 < x:2:3
        %9: f32[B, T, S] = dot %3, %4 lhs_batch=[0] rhs_batch=[0] lhs_sum=[2] rhs_sum=[2] plus=%5
        %10: f32[B, T, S - 1] = slice %9 axis=2 start=1 size=(S - 1) step=1
        %11: f32[B] = reduce_max %7 axes=[1]
        %12: f32[B], %13: f32[3, B] = scan steps=3 initial=[%11] captures=[%7] {  // sample.dune:7:7
          (%14: int[], %15: f32[B], %16: f32[B, S])
          %17: f32[B] = reduce_max %16 axes=[1]
          yield %17, %15
        }
        penalty %5
        return logits=%9, rest=%10
      }

      function empty() {
        return
      }
      """;

  @Test
  void printsWhatItParsed() {
    Program program = Parser.parse(SAMPLE);
    assertThat(Printer.print(program)).isEqualTo(SAMPLE);
    assertThat(Verifier.verify(program, Origins.OPTIONAL)).isEmpty();
  }

  @Test
  void valuesMayHaveAnyName() {
    String named =
        SAMPLE.replace("%3", "%embedded").replace("%12", "%left").replace("%0", "%tokens");
    assertThat(Parser.parse(named)).isEqualTo(Parser.parse(SAMPLE));
  }

  @Test
  void numberingForgetsTheOrderOfConstruction() {
    Function step = Parser.parse(SAMPLE).require("step");
    Function renamed =
        new Function(
            step.name(),
            step.inputs(),
            step.dims(),
            step.nodes(),
            step.outputs(),
            step.penalties(),
            withOrphan(step.types()));
    assertThat(renamed).isNotEqualTo(step);
    assertThat(Numbering.inPrintOrder(renamed)).isEqualTo(step);
  }

  private static List<Type> withOrphan(List<Type> types) {
    var more = new ArrayList<>(types);
    more.add(types.getFirst());
    return more;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "program Sample | prog Sample | 1:1: expected `program`, found `prog`",
        "= constant value=-inf elem=f32 | = konstant | 13:15: expected an operation, found"
            + " `konstant`",
        "gather %2, %0 | gather %2 | 10:32: expected `,`, found `axis`",
        "gather %2, %0 | gather %2, %88 |"
            + " 10:33: expected a value that is defined above, found `%88`",
        "axis=0 batch=0 | axis=0 | 10:42: expected `batch=`, found the end of the line",
        "axis=0 batch=0 | axis=x batch=0 | 10:41: expected a whole number, found `x`",
        "%5: f32[] | %4: f32[] | 13:4: `%4` is defined twice",
        "%5: f32[] | %5: f31[] | 13:7: expected one of [bool, int, f16, bf16, f32, f64], found"
            + " `f31`",
        "f32[B * S] = | f32[B * ] = | 16:11: expected a dimension, found `B *`",
        "f32[B * S] = | f32[B * S = | 16:11: expected a dimension, found `B * S = reshape %7"
            + " shape=[B * S`",
        "yield | give | 23:5: expected an operation, found `give`",
        "sample.dune:7:7 | sample.dune | 20:91: expected `:`, found the end of the line",
        "value=0 tied | value=zero tied | 4:49: expected a number, found `zero`",
        "function empty | fun empty |"
            + " 29:1: expected `weight`, `state` or `function`, in this order, found `fun`",
        "penalty %5 | penalty %5 %6 | 25:14: expected the end of the line, found `%`",
      })
  void sayWhereAndWhatWasExpected(String text, String broken, String message) {
    String source = SAMPLE.replace(text, broken);
    assertThat(source).isNotEqualTo(SAMPLE);
    assertThatThrownBy(() -> Parser.parse(source))
        .isInstanceOf(TextException.class)
        .hasMessage(message);
  }

  @Test
  void equalLayersFold() {
    String text =
        """
        program Layered

        weight layers.0.w: f32[4] = constant value=1  // m:1:1 @layers.0
        weight layers.1.w: f32[4] = constant value=1  // m:1:1 @layers.1
        weight layers.2.w: f32[4] = constant value=1  // m:1:1 @layers.2
        weight layers.3.w: f32[4] = constant value=2  // m:1:1 @layers.3

        function forward(%0 x: f32[4]) {
          %1: f32[4] = weight path=layers.0.w type=f32[4]  // m:2:1 @layers.0
          %2: f32[4] = add %0, %1  // m:3:1 @layers.0
          %3: f32[4] = weight path=layers.1.w type=f32[4]  // m:2:1 @layers.1
          %4: f32[4] = add %2, %3  // m:3:1 @layers.1
          %5: f32[4] = weight path=layers.2.w type=f32[4]  // m:2:1 @layers.2
          %6: f32[4] = add %4, %5  // m:3:1 @layers.2
          %7: f32[4] = weight path=layers.3.w type=f32[4]  // m:2:1 @layers.3
          %8: f32[4] = mul %6, %7  // m:3:1 @layers.3
          return y=%8
        }
        """;
    assertThat(Printer.print(Parser.parse(text), Layers.FOLDED))
        .isEqualTo(
            """
            program Layered

            weight layers.0.w: f32[4] = constant value=1  // m:1:1 @layers.0
            layers.1 .. layers.2 as layers.0
            weight layers.3.w: f32[4] = constant value=2  // m:1:1 @layers.3

            function forward(%0 x: f32[4]) {
              %1: f32[4] = weight path=layers.0.w type=f32[4]  // m:2:1 @layers.0
              %2: f32[4] = add %0, %1  // m:3:1 @layers.0
              layers.1 .. layers.2 as layers.0
              %7: f32[4] = weight path=layers.3.w type=f32[4]  // m:2:1 @layers.3
              %8: f32[4] = mul %6, %7  // m:3:1 @layers.3
              return y=%8
            }
            """);
  }

  @Test
  void layersAreOnlyFoldedWhereValuesAreUsedAlike() {
    String text =
        """
        program Layered

        function forward(%0 x: f32[4], %1 y: f32[4]) {
          %2: f32[4] = add %0, %1  // m:3:1 @layers.0
          %3: f32[4] = add %2, %2  // m:3:1 @layers.1
          return y=%3
        }
        """;
    assertThat(Printer.print(Parser.parse(text), Layers.FOLDED)).isEqualTo(text);
  }

  @Test
  void theExampleOfTheDocumentationIsAProgram() throws IOException {
    Path file = Path.of(System.getProperty("dune.root", "..")).resolve("docs/ir.md");
    String example =
        Files.readAllLines(file).stream()
            .dropWhile(line -> !line.startsWith("    program "))
            .takeWhile(line -> line.isEmpty() || line.startsWith("    "))
            .map(line -> line.isEmpty() ? line : line.substring(4))
            .collect(Collectors.joining("\n"));
    Program program = Parser.parse(example);
    assertThat(Verifier.verify(program, Origins.OPTIONAL)).isEmpty();
    assertThat(program.require("step").nodes()).hasSize(6);
  }
}
