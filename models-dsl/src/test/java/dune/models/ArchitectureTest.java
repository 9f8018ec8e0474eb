package dune.models;

import static org.assertj.core.api.Assertions.assertThat;

import dune.frontend.elaborate.Settings;
import dune.ir.Contraction;
import dune.ir.Control;
import dune.ir.Elem;
import dune.ir.Layout;
import dune.ir.Node;
import dune.ir.Op;
import dune.ir.Program;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ArchitectureTest {
  private static Program lower(String model, Map<String, String> values) {
    var elaborated = Shipped.elaborate(model, Settings.defaults(Elem.BF16).with(values));
    assertThat(elaborated.diagnostics().list()).isEmpty();
    return elaborated.program().orElseThrow();
  }

  /// The sizes that the papers and model cards give for the defaults of our files.
  @ParameterizedTest
  @CsvSource({
    "gpt2, 124439808",
    "llama, 6738415616",
    "lfm2, 354483968",
    "mamba, 129135360",
    "rwkv, 169342464",
    "mistral, 7241732096",
    "mixtral, 46702792704",
    "phi3, 3821079552",
    "qwen2, 494032768",
    "bloom, 559214592",
    "cohere, 34980831232",
    "deepseek, 15706484224",
    "falcon, 6921720704",
    "gemma, 2506172416",
    "gemma2, 2614341888",
    "gemma3, 999885952",
    "glm4, 9400279040",
    "gpt_neox, 20554567680",
    "gpt_oss, 20914757184",
    "granite, 2533531648",
    "mpt, 6649286656",
    "olmo2, 7298617344",
    "olmoe, 6919161856",
    "phi, 2779683840",
    "qwen2_moe, 14315784192",
    "qwen3, 596049920",
    "qwen3_moe, 30532122624",
    "smollm3, 3075098624",
    "stablelm, 2795443200",
    "starcoder2, 3030371328"
  })
  void hasThePublishedNumberOfParameters(String model, long parameters) {
    long counted =
        lower(model, Map.of()).weights().stream()
            .filter(weight -> weight.tiedTo().isEmpty())
            .mapToLong(weight -> weight.type().shape().count().size().orElseThrow())
            .sum();
    assertThat(counted).isEqualTo(parameters);
  }

  private static long count(Program program, Class<? extends Op> op) {
    return program.require("forward").nodes().stream().map(Node::op).filter(op::isInstance).count();
  }

  /// structure: a layer is seven linears and two contractions of attention, with keys and values
  /// kept once each.
  @Test
  void aLlamaLayerIsWhatThePaperSays() {
    Program one = lower("llama", Map.of("L", "1"));
    Program two = lower("llama", Map.of("L", "2"));
    assertThat(count(two, Contraction.Dot.class) - count(one, Contraction.Dot.class)).isEqualTo(9);
    assertThat(count(two, Layout.History.class) - count(one, Layout.History.class)).isEqualTo(2);
  }

  /// structure: the experts of a layer are one dispatch, whatever their number.
  @Test
  void aMixtralLayerDispatchesOnce() {
    assertThat(count(lower("mixtral", Map.of("L", "3", "E", "16")), Control.Dispatch.class))
        .isEqualTo(3);
  }
}
