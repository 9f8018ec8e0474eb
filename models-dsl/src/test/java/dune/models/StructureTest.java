package dune.models;

import static org.assertj.core.api.Assertions.assertThat;

import dune.frontend.elaborate.Settings;
import dune.ir.Contraction.Dot;
import dune.ir.Control;
import dune.ir.Control.Fused;
import dune.ir.Control.FusedKind;
import dune.ir.Elem;
import dune.ir.Elementwise.Unary;
import dune.ir.Elementwise.UnaryKind;
import dune.ir.Node;
import dune.ir.Op;
import dune.ir.Program;
import dune.ir.text.Printer;
import dune.passes.Compiler;
import dune.passes.Optimization;
import dune.passes.pass.Observer;
import dune.passes.time.StepOptions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import net.jqwik.api.Example;
import net.jqwik.api.Label;

/// What is left of a layer when all passes have run, counted.
final class StructureTest {
  private static final StepOptions OPTIONS = new StepOptions(64, 8);

  /// Of three layers and the head. The queries of the last layer have an input of their own where
  /// only the last step of a row is asked for, so they are one more product, and turn alone.
  private static final Map<String, Integer> LLAMA =
      Map.of("DOT", 14, "ROTARY", 4, "ATTENTION", 3, "RMS_NORM", 1, "ADD_RMS_NORM", 6, "SWIGLU", 3);

  @Example
  @Label(
      "structure: a LLaMA layer is four products, one rotary, one attention, two norms, one gate")
  void llama() {
    for (Elem elem : new Elem[] {Elem.F32, Elem.BF16}) {
      for (String function : new String[] {"score", "step", "next"}) {
        assertThat(groups("llama", elem, function)).as(function + " in " + elem).isEqualTo(LLAMA);
      }
    }
  }

  @Example
  @Label("structure: Mistral's window does not keep its attention from being one group")
  void mistral() {
    assertThat(groups("mistral", Elem.BF16, "step")).isEqualTo(LLAMA);
  }

  @Example
  @Label("structure: Mixtral's router is one softmax, its experts one dispatch that adds up")
  void mixtral() {
    assertThat(groups("mixtral", Elem.BF16, "next"))
        .isEqualTo(
            Map.of(
                "DOT",
                11,
                "ROTARY",
                4,
                "ATTENTION",
                3,
                "RMS_NORM",
                1,
                "ADD_RMS_NORM",
                6,
                "SOFTMAX",
                3,
                "WEIGHED_DISPATCH",
                3));
  }

  @Example
  @Label("structure: a GPT-2 layer is four products, of which one bends, one attention, two norms")
  void gpt2() {
    assertThat(groups("gpt2", Elem.BF16, "next"))
        .isEqualTo(Map.of("DOT", 11, "ATTENTION", 3, "ADD_LAYER_NORM", 7, "LINEAR_GELU_TANH", 3));
  }

  @Example
  @Label("structure: activations without a gate take the place of their products")
  void activations() {
    assertThat(groups("bloom", Elem.BF16, "next").get("LINEAR_GELU_TANH")).isEqualTo(3);
    assertThat(groups("mpt", Elem.BF16, "next").get("LINEAR_GELU")).isEqualTo(3);
    assertThat(groups("starcoder2", Elem.BF16, "score").get("LINEAR_GELU_TANH")).isEqualTo(3);
    assertThat(groups("nemotron", Elem.BF16, "step").get("LINEAR_RELU")).isEqualTo(3);
    // Beside attention, whose products of the same input they are not joined with.
    assertThat(groups("phi", Elem.BF16, "next").get("LINEAR_GELU_TANH")).isEqualTo(3);
    assertThat(groups("gpt_neox", Elem.F32, "next").get("LINEAR_GELU")).isEqualTo(3);
    assertThat(groups("falcon", Elem.F32, "step").get("LINEAR_GELU")).isEqualTo(3);
  }

  @Example
  @Label("structure: Phi-3 is cut as LLaMA is, though its files hold joined projections")
  void phi3() {
    assertThat(groups("phi3", Elem.BF16, "next")).isEqualTo(LLAMA);
  }

  @Example
  @Label("structure: Gemma 2 bounds its scores, and its attention is one group all the same")
  void gemma2() {
    assertThat(groups("gemma2", Elem.BF16, "next"))
        .isEqualTo(
            Map.of(
                "DOT",
                14,
                "ROTARY",
                4,
                "CAPPED_ATTENTION",
                3,
                "RMS_NORM",
                7,
                "ADD_RMS_NORM",
                6,
                "GEGLU_TANH",
                3));
  }

  @Example
  @Label("structure: BLOOM's linear biases do not keep its attention from being one group")
  void bloom() {
    assertThat(groups("bloom", Elem.BF16, "next").get("BIASED_ATTENTION")).isEqualTo(3);
  }

  @Example
  @Label("structure: gpt-oss lets heads attend to nothing, within one group")
  void gptOss() {
    assertThat(groups("gpt_oss", Elem.BF16, "next").get("SINKING_ATTENTION")).isEqualTo(3);
  }

  @Example
  @Label("structure: experts add up beside one that all tokens share, and with biases")
  void weighedExperts() {
    for (String model : List.of("qwen2_moe", "gpt_oss")) {
      var found = groups(model, Elem.BF16, "step");
      assertThat(found).as(model).containsKey("WEIGHED_DISPATCH").doesNotContainKey("DISPATCH");
    }
  }

  @Example
  @Label("structure: experts are products with one operation between")
  void experts() {
    assertThat(inExperts("mixtral")).isEqualTo(Map.of("DOT", 3, "SWIGLU", 1));
    assertThat(inExperts("gpt_oss")).isEqualTo(Map.of("DOT", 3, "REGION", 1));
  }

  @Example
  @Label("structure: Gemma looks up and scales at once, and bounds its logits at once")
  void gemmaRegions() {
    List<List<String>> regions =
        program("gemma2", Elem.F32).require("step").nodes().stream()
            .map(Node::op)
            .flatMap(op -> op instanceof Fused fused ? Stream.of(fused) : Stream.empty())
            .filter(fused -> fused.kind() == FusedKind.REGION)
            .map(fused -> fused.body().nodes().stream().map(StructureTest::word).toList())
            .toList();
    assertThat(regions)
        .contains(List.of("gather", "constant", "mul"), List.of("constant", "div", "tanh", "mul"));
  }

  @Example
  @Label("structure: angles are turned into tables once, unless they depend on the steps so far")
  void angles() {
    for (String model : new String[] {"llama", "mistral", "gemma2", "gpt_oss"}) {
      Program program = program(model, Elem.BF16);
      assertThat(program.tables().orElseThrow().outputs()).as(model).hasSizeBetween(2, 4);
      for (String function : new String[] {"step", "next"}) {
        assertThat(angles(program.require(function).nodes())).as(model + " " + function).isZero();
      }
    }
    assertThat(program("gpt2", Elem.BF16).tables()).isEmpty();
  }

  private static long angles(List<Node> nodes) {
    return nodes.stream()
        .mapToLong(
            node ->
                switch (node.op()) {
                  case Unary(UnaryKind kind, _) ->
                      kind == UnaryKind.COS || kind == UnaryKind.SIN ? 1 : 0;
                  case Control control -> angles(control.body().nodes());
                  default -> 0;
                })
        .sum();
  }

  private static String word(Node node) {
    return Printer.print(node.op()).split(" ")[0];
  }

  /// Of the first experts that there are.
  private static Map<String, Integer> inExperts(String model) {
    Control.Dispatch dispatch =
        program(model, Elem.BF16).require("next").nodes().stream()
            .map(Node::op)
            .flatMap(op -> op instanceof Control.Dispatch found ? Stream.of(found) : Stream.empty())
            .findFirst()
            .orElseThrow();
    var groups = new TreeMap<String, Integer>();
    for (Node node : dispatch.body().nodes()) {
      name(node.op()).ifPresent(name -> groups.merge(name, 1, Integer::sum));
    }
    return groups;
  }

  /// Without regions, of which positions and masks have some for all layers.
  private static Map<String, Integer> groups(String model, Elem elem, String function) {
    var groups = new TreeMap<String, Integer>();
    program(model, elem).require(function).nodes().stream()
        .flatMap(node -> name(node.op()).stream())
        .filter(name -> !name.equals(FusedKind.REGION.name()))
        .forEach(name -> groups.merge(name, 1, Integer::sum));
    return groups;
  }

  private static Program program(String model, Elem elem) {
    var settings = Settings.defaults(elem).with(sizes(model));
    Program written = Shipped.elaborate(model, settings).program().orElseThrow();
    return Compiler.compile(written, Optimization.O2, OPTIONS, Observer.NONE).program();
  }

  private static Map<String, String> sizes(String model) {
    var sizes = new HashMap<>(Map.of("V", "11", "D", "16", "L", "3", "H", "4"));
    boolean plain = Set.of("gpt2", "bloom", "mpt", "gpt_neox").contains(model);
    if (!plain) sizes.putAll(Map.of("F", "10", "KV", "2"));
    if (model.equals("qwen2_moe")) sizes.putAll(Map.of("E", "4", "k", "2"));
    // Tables of angles must not be large beside the weights.
    if (model.equals("gemma2")) sizes.put("K", "16");
    // Of which a part turns.
    if (Set.of("phi", "gpt_neox").contains(model)) sizes.put("D", "160");
    return sizes;
  }

  private static Optional<String> name(Op op) {
    return switch (op) {
      case Fused fused -> Optional.of(fused.kind().name());
      case Dot _ -> Optional.of("DOT");
      case Control.Dispatch dispatch ->
          Optional.of(dispatch.shares().isPresent() ? "WEIGHED_DISPATCH" : "DISPATCH");
      case Unary(UnaryKind kind, _) when kind == UnaryKind.EXP -> Optional.of("EXP");
      default -> Optional.empty();
    };
  }
}
