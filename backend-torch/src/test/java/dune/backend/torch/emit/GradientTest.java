package dune.backend.torch.emit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dune.backend.torch.run.Learner.Batch;
import dune.ir.Contraction;
import dune.ir.Contraction.ReduceKind;
import dune.ir.Control;
import dune.ir.Control.FusedKind;
import dune.ir.Elem;
import dune.ir.Elementwise;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Elementwise.UnaryKind;
import dune.ir.Function;
import dune.ir.Indexing;
import dune.ir.Initializer;
import dune.ir.Layout;
import dune.ir.Node;
import dune.ir.Op;
import dune.ir.Origin;
import dune.ir.Program;
import dune.ir.Source;
import dune.ir.Stateful;
import dune.ir.Value;
import dune.ir.Weight;
import dune.ir.interpret.Array;
import dune.ir.testkit.RandomPrograms;
import dune.ir.testkit.Sample;
import dune.ir.testkit.Slopes;
import dune.ir.text.Printer;
import dune.passes.fuse.Fuse;
import dune.passes.join.Join;
import dune.passes.pass.Observer;
import dune.passes.simplify.Simplify;
import dune.passes.train.LossDerivation;
import dune.passes.train.LossOptions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Gradients that libtorch finds by way of the archive, against central differences of the
/// interpreter: for every operation, as it is written and fully optimized.
///
/// In f64 both agree within 1e-6 of the largest slope. What is emitted for f32 and bf16 is held to
/// the same slopes as far as these types are fine: an operation rounds a few times by one part in
/// 2^24 or 2^9, and sums here have less than 100 terms.
@Tag("torch")
final class GradientTest {
  private static final Batch NOTHING = new Batch(1, 1, new long[] {0}, new long[] {0});
  private static final List<Elem> FLOATS = List.of(Elem.F64, Elem.F32, Elem.BF16);

  /// Those of which libtorch's gradient is not to be what the differences are.
  private static final Set<Class<? extends Op>> WITHOUT =
      Set.of(
          Source.Random.class,
          // Programs that learn have no tables.
          Source.Prepared.class,
          Stateful.ReadState.class,
          Stateful.WriteState.class,
          Stateful.Append.class,
          Stateful.ReadCache.class);

  /// Why no gradient is compared; empty where one is.
  private static Optional<String> reason(Op op) {
    return switch (op) {
      case Source.Weight _ -> Optional.empty();
      case Source.Constant _,
          Source.Table _,
          Source.Prepared _,
          Source.Fill _,
          Source.Iota _,
          Source.Position _,
          Source.Size _ ->
          Optional.of("depends on nothing that learns");
      case Source.Random _ -> Optional.of("depends on nothing that learns, and differs anyway");
      case Elementwise.Unary(UnaryKind kind, _) -> reason(kind);
      case Elementwise.Binary(BinaryKind kind, _, _) ->
          kind.isComparison() || kind.isLogical()
              ? Optional.of("gives truth values")
              : Optional.empty();
      case Elementwise.Select _, Elementwise.Cast _ -> Optional.empty();
      case Contraction.Reduce(ReduceKind kind, _, _) ->
          switch (kind) {
            case SUM, MEAN, MAX, MIN -> Optional.empty();
            case ANY, ALL -> Optional.of("gives truth values");
          };
      case Contraction.Dot _, Contraction.Top _ -> Optional.empty();
      case Layout.History _ -> Optional.of("there is none in a program without state");
      case Layout.Reshape _,
          Layout.Permute _,
          Layout.Broadcast _,
          Layout.Slice _,
          Layout.Concat _ ->
          Optional.empty();
      case Indexing.Gather _ -> Optional.empty();
      case Control.Scan _, Control.Dispatch _, Control.Fused _ -> Optional.empty();
      case Stateful.ReadState _, Stateful.WriteState _, Stateful.Append _, Stateful.ReadCache _ ->
          Optional.of("a loss is that of whole sequences, and keeps no state");
    };
  }

  private static Optional<String> reason(UnaryKind kind) {
    return switch (kind) {
      case NEG, ABS, EXP, LOG, SQRT, RSQRT, SIN, COS, TANH, ERF -> Optional.empty();
      case FLOOR, CEIL -> Optional.empty(); // 0 wherever there is a slope
      case NOT -> Optional.of("gives truth values");
      case STOP_GRADIENT -> Optional.of("is there to hide the slope; see stopsGradients");
    };
  }

  /// An operation with its kind, as far as it has one.
  private static String name(Op op) {
    return switch (op) {
      case Elementwise.Unary(UnaryKind kind, _) -> "unary " + kind;
      case Elementwise.Binary(BinaryKind kind, _, _) -> "binary " + kind;
      case Contraction.Reduce(ReduceKind kind, _, _) -> "reduce " + kind;
      case Control.Fused fused -> "fused " + fused.kind();
      default -> op.getClass().getSimpleName();
    };
  }

  /// All names but those with a reason.
  private static Set<String> expected() {
    var names = new LinkedHashSet<String>();
    var x = new Value(0);
    for (UnaryKind kind : UnaryKind.values()) add(new Elementwise.Unary(kind, x), names);
    for (BinaryKind kind : BinaryKind.values()) add(new Elementwise.Binary(kind, x, x), names);
    for (ReduceKind kind : ReduceKind.values()) {
      add(new Contraction.Reduce(kind, x, List.of(0)), names);
    }
    for (FusedKind kind : FusedKind.values()) names.add("fused " + kind);
    names.addAll(
        List.of(
            "Weight",
            "Select",
            "Cast",
            "Dot",
            "Top",
            "Reshape",
            "Permute",
            "Broadcast",
            "Slice",
            "Concat",
            "Gather",
            "Scan",
            "Dispatch"));
    return names;
  }

  private static void add(Op op, Set<String> names) {
    if (reason(op).isEmpty()) names.add(name(op));
  }

  private record Checked(String name, Elem elem, ScalarLoss loss) {}

  private static List<Checked> checked() {
    var checked = new ArrayList<Checked>();
    for (OperationsTest.Case each : OperationsTest.cases()) {
      String name = each.sample().name;
      Elem elem =
          FLOATS.stream().filter(one -> name.endsWith("" + one)).findFirst().orElse(Elem.F64);
      if (name.contains("f16") && elem != Elem.BF16 || name.startsWith("STOP_GRADIENT")) continue;
      if (!each.program().states().isEmpty()) continue;
      // What is emitted for an element type of its own.
      if (elem != Elem.F64 && !computes(each.program())) continue;
      var sizes = new HashMap<>(SampleBuilder.SIZES);
      sizes.put("keys", sizes.get("T"));
      ScalarLoss.of(
              each.program(),
              "forward",
              jittered(each.sample().inputs, elem),
              each.sample().weights,
              sizes)
          .ifPresent(loss -> checked.add(new Checked(name, elem, loss)));
    }
    return checked;
  }

  private static boolean computes(Program program) {
    return program.functions().getFirst().nodes().stream()
        .anyMatch(node -> node.op() instanceof Control || node.op() instanceof Contraction.Dot);
  }

  /// Away from the ties and steps of round numbers.
  private static Map<String, Array> jittered(Map<String, Array> inputs, Elem elem) {
    var random = new Random(3);
    var jittered = new LinkedHashMap<String, Array>();
    inputs.forEach(
        (name, array) -> {
          double[] numbers = array.data().clone();
          for (int i = 0; i < numbers.length && array.elem().isFloat(); i++) {
            double moved = numbers[i] + 0.012 * random.nextDouble(0.5, 1);
            numbers[i] = elem == Elem.F64 ? moved : rounded(moved, elem);
          }
          jittered.put(name, Array.of(array.elem(), array.shape(), numbers));
        });
    return jittered;
  }

  private static double rounded(double number, Elem elem) {
    if (elem == Elem.F32) return (float) number;
    float rough = Float.intBitsToFloat(Float.floatToIntBits((float) number) & 0xffff0000);
    return rough == Math.rint(rough) ? rough + 1.0 / 64 : rough;
  }

  @TestFactory
  Stream<DynamicTest> agreeWithDifferences() {
    return checked().stream()
        .map(
            each ->
                DynamicTest.dynamicTest(
                    each.name(), () -> agree(each.loss(), tolerance(each.elem()))));
  }

  @Test
  void everyOperationIsComparedOrHasAReason() {
    var seen = new LinkedHashSet<String>();
    for (Checked each : checked()) {
      collect(each.loss().program().require(ScalarLoss.FUNCTION).nodes(), seen);
    }
    collect(crossEntropy(0).require(ScalarLoss.FUNCTION).nodes(), seen);
    assertThat(seen).containsAll(expected());
    assertThat(leaves(Op.class))
        .allSatisfy(
            op ->
                assertThat(WITHOUT.contains(op) || seen.stream().anyMatch(one -> isOf(one, op)))
                    .as(op.getSimpleName())
                    .isTrue());
  }

  private static boolean isOf(String name, Class<?> op) {
    return name.split(" ")[0].equalsIgnoreCase(op.getSimpleName())
        || op == Source.Position.class
        || op == Layout.History.class;
  }

  private static List<Class<?>> leaves(Class<?> type) {
    if (!type.isSealed()) return List.of(type);
    return Stream.of(type.getPermittedSubclasses()).flatMap(each -> leaves(each).stream()).toList();
  }

  private static void collect(List<Node> nodes, Set<String> into) {
    for (Node node : nodes) {
      into.add(name(node.op()));
      if (node.op() instanceof Control control) collect(control.body().nodes(), into);
    }
  }

  /// The slope of `c stop(x) x + d x` is `2 c x + d`, and its gradient is to be `c x + d`.
  @Test
  void stopsGradients() {
    var s = new SampleBuilder("stop");
    Value x = s.input(Elem.F64, "4");
    Value still = s.emit(new Elementwise.Unary(UnaryKind.STOP_GRADIENT, x));
    s.output(s.emit(new Elementwise.Binary(BinaryKind.MUL, still, x)));
    ScalarLoss loss = loss(s);
    double[] slope = loss.slopes().of("input.x0");
    Array nothing = Array.filled(Elem.F64, new long[] {4}, 0);
    double[] d =
        new ScalarLoss(loss.program(), Map.of("input.x0", nothing)).slopes().of("input.x0");
    for (Program program : List.of(loss.program(), optimized(loss.program()))) {
      double[] found = Gradients.of(program, loss.weights(), NOTHING).get("input.x0");
      for (int i = 0; i < found.length; i++) {
        assertThat(found[i]).isCloseTo((slope[i] + d[i]) / 2, within(1e-8));
      }
    }
  }

  private static Array ints(long[] numbers) {
    return Array.ints(new long[] {2, 3}, numbers);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.3})
  void crossEntropyAgrees(double z) {
    Program program = crossEntropy(z);
    var weights = new LinkedHashMap<String, Array>();
    weights.put("table", Array.of(Elem.F64, new long[] {4, 5}, Slopes.direction(20, 5)));
    var batch = new Batch(2, 3, new long[] {0, 3, 1, 2, 2, 0}, new long[] {4, -100, 0, 1, 2, -100});
    var slopes =
        new Slopes(
            program,
            ScalarLoss.FUNCTION,
            Map.of("tokens", ints(batch.tokens()), "targets", ints(batch.targets())),
            weights);
    double[] expected = slopes.of("table");
    double[] found = Gradients.of(program, weights, batch).get("table");
    for (int i = 0; i < found.length; i++) {
      assertThat(found[i]).isCloseTo(expected[i], within(1e-8));
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.3})
  void nothingIsLearnedWhereNoTargetCounts(double z) {
    var weights = new LinkedHashMap<String, Array>();
    weights.put("table", Array.of(Elem.F64, new long[] {4, 5}, Slopes.direction(20, 5)));
    var batch = new Batch(1, 2, new long[] {0, 3}, new long[] {-100, -100});
    assertThat(batch.counted()).isZero();
    assertThat(Gradients.of(crossEntropy(z), weights, batch).get("table")).containsOnly(0);
  }

  private static Program crossEntropy(double z) {
    var s = new SampleBuilder("cross entropy");
    Value tokens = s.builder.input("tokens", SampleBuilder.type(Elem.INT, "B T"));
    var type = SampleBuilder.type(Elem.F64, "4 5");
    Value table = s.emit(new Source.Weight("table", type));
    Value logits = s.emit(new Indexing.Gather(table, tokens, 0, 0));
    Function function =
        s.builder.build(
            LossDerivation.FUNCTION,
            List.of(),
            List.of(new Function.Output("logits", logits)),
            List.of());
    var weight =
        new Weight("table", type, new Initializer.Constant(0), Optional.empty(), Origin.NONE);
    return LossDerivation.apply(
        new Program("cross", List.of(weight), List.of(), List.of(function)),
        LossOptions.PLAIN.withZ(z));
  }

  private static ScalarLoss loss(SampleBuilder s) {
    return ScalarLoss.of(s.program(), "forward", s.inputs, s.weights, SampleBuilder.SIZES)
        .orElseThrow();
  }

  @Provide
  Arbitrary<Sample> samples() {
    return RandomPrograms.programs(RandomPrograms.F64, 12, WITHOUT);
  }

  @Property(tries = 60, seed = "15")
  void agreesForRandomPrograms(@ForAll("samples") Sample sample) {
    Function function = sample.program().require(Sample.FUNCTION);
    if (function.nodes().stream().anyMatch(node -> name(node.op()).equals("unary STOP_GRADIENT"))) {
      return;
    }
    Map<String, Long> sizes = Map.of("B", 2L, "T", 3L, "S", 3L);
    Map<String, Array> inputs = sample.calls().getFirst().inputs();
    ScalarLoss.of(sample.program(), Sample.FUNCTION, inputs, sample.weights(), sizes)
        .ifPresent(loss -> agree(loss, tolerance(Elem.F64)));
  }

  /// Of the largest slope.
  private static double tolerance(Elem elem) {
    return switch (elem) {
      case F64 -> 1e-6;
      case F32 -> 1e-4;
      case F16, BF16 -> 0.08;
      case BOOL, INT -> throw new IllegalArgumentException("no slope of " + elem);
    };
  }

  private static void agree(ScalarLoss loss, double tolerance) {
    var expected = new LinkedHashMap<String, double[]>();
    Slopes slopes = loss.slopes();
    for (String path : loss.weights().keySet()) expected.put(path, slopes.of(path));
    double largest =
        expected.values().stream().flatMapToDouble(Arrays::stream).map(Math::abs).max().orElse(0);
    // Where optimising changes nothing, once is enough.
    for (Program program :
        new LinkedHashSet<>(List.of(loss.program(), optimized(loss.program())))) {
      Map<String, double[]> found = Gradients.of(program, loss.weights(), NOTHING);
      expected.forEach(
          (path, numbers) -> {
            for (int i = 0; i < numbers.length; i++) {
              double error = Math.abs(found.get(path)[i] - numbers[i]);
              if (error <= tolerance * largest) continue;
              throw new AssertionError(
                  "%s[%d]: %s, not %s, largest %s%n%s"
                      .formatted(
                          path,
                          i,
                          found.get(path)[i],
                          numbers[i],
                          largest,
                          Printer.print(program)));
            }
          });
    }
  }

  /// As the pipelines do it; but some of these programs hold groups from the beginning.
  private static Program optimized(Program program) {
    Program simple = Simplify.apply(program, Observer.NONE);
    return Fuse.apply(Join.apply(simple, Observer.NONE), Observer.NONE);
  }
}
