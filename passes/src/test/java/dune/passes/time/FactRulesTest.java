package dune.passes.time;

import static org.assertj.core.api.Assertions.assertThat;

import dune.ir.Contraction;
import dune.ir.Control;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Function;
import dune.ir.Layout;
import dune.ir.Node;
import dune.ir.Op;
import dune.ir.Program;
import dune.ir.Source;
import dune.ir.Stateful;
import dune.ir.text.Parser;
import dune.ir.verify.Origins;
import dune.ir.verify.Verifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// What follows from each operation, and where nothing must follow although it nearly does.
final class FactRulesTest {
  /// `%zeros` and `%hidden` are masked; nothing is known of `%x`, `%b`, `%d` and `%w`.
  private static final String GIVEN =
      """
      program P

      function f(%x x: f32[T, S], %b b: bool[T, S], %d d: f32[T, S, 4], %w w: f32[4, 3],
        %p p: f32[3], %i i: int[2]) dims B {
        %q: int[T] = position axis=T
        %k: int[S] = position axis=S
        %queries: int[T, S] = broadcast %q shape=[T, S] axes=[0]
        %keys: int[T, S] = broadcast %k shape=[T, S] axes=[1]
        %causal: bool[T, S] = le %keys, %queries
        %zero: f32[] = constant value=0 elem=f32
        %one: f32[] = constant value=1 elem=f32
        %infinite: f32[] = constant value=-inf elem=f32
        %zeros: f32[T, S] = select %causal, %x, %zero
        %ones: f32[T, S] = select %causal, %x, %one
        %hidden: f32[T, S] = select %causal, %x, %infinite
        %wide: f32[T, S, 4] = broadcast %zeros shape=[T, S, 4] axes=[0, 1]
        %wideones: f32[T, S, 4] = broadcast %ones shape=[T, S, 4] axes=[0, 1]
      """
          .replace(",\n  %p", ", %p");

  private static final Predicate CAUSAL =
      Predicate.compare(BinaryKind.LE, Linear.KEY, Linear.QUERY);
  private static final Facts ZEROS = masked(0);
  private static final Facts HIDDEN = masked(Double.NEGATIVE_INFINITY);

  /// Of these something is known in any case.
  private static final Set<Class<?>> ALWAYS = Set.of(Source.Constant.class, Source.Fill.class);

  /// Of these nothing is.
  private static final Set<Class<?>> NEVER =
      Set.of(
          Source.Weight.class,
          Source.Table.class,
          Source.Prepared.class,
          Source.Iota.class,
          Source.Size.class,
          Source.Random.class,
          Layout.History.class,
          Contraction.Top.class,
          Control.class,
          Stateful.class);

  private record Case(String node, Facts expected) {
    Function function() {
      Program program = Parser.parse(GIVEN + "  %r: " + node + "\n  return r=%r\n}\n");
      Verifier.require(program, Origins.OPTIONAL);
      return program.require("f");
    }

    Op op() {
      return function().nodes().getLast().op();
    }

    Facts found() {
      Function function = function();
      var rules = new FactRules(function, Axes.of(function));
      for (Node node : function.nodes()) rules.put(node.result(), rules.infer(node.op()));
      return rules.of(function.nodes().getLast().result());
    }
  }

  private static Facts masked(double otherwise) {
    return Facts.ofMasked(Optional.of(new Masked(CAUSAL, otherwise)));
  }

  private static List<Case> cases() {
    var cases = new ArrayList<Case>();
    // Numbers of positions.
    cases.add(new Case("int[T] = position axis=T", Facts.ofPosition(Linear.QUERY)));
    cases.add(new Case("int[S] = position axis=S", Facts.ofPosition(Linear.KEY)));
    cases.add(new Case("int[B] = position axis=B", Facts.NONE));
    cases.add(new Case("int[T, S] = neg %keys", Facts.ofPosition(Linear.KEY.times(-1))));
    cases.add(new Case("int[T, S] = abs %keys", Facts.NONE));
    cases.add(
        new Case(
            "int[T, S] = sub %queries, %keys", Facts.ofPosition(Linear.QUERY.minus(Linear.KEY))));
    cases.add(new Case("int[T, S] = mul %queries, %keys", Facts.NONE));
    cases.add(new Case("int[T, S] = mod %queries, %keys", Facts.NONE));
    cases.add(new Case("f32[T, S] = cast %keys elem=f32", Facts.ofPosition(Linear.KEY)));
    cases.add(new Case("bf16[T, S] = cast %keys elem=bf16", Facts.NONE));
    // Answers.
    cases.add(new Case("bool[T, S] = le %keys, %queries", Facts.ofTruth(CAUSAL)));
    cases.add(new Case("bool[T, S] = le %x, %x", Facts.NONE));
    cases.add(new Case("bool[T, S] = not %causal", Facts.ofTruth(Predicate.not(CAUSAL))));
    cases.add(
        new Case(
            "bool[T, S] = and %causal, %b",
            Facts.ofTruth(Predicate.and(CAUSAL, new Predicate.Unknown()))));
    cases.add(
        new Case(
            "bool[T, S] = or %causal, %b",
            Facts.ofTruth(Predicate.or(CAUSAL, new Predicate.Unknown()))));
    cases.add(new Case("f32[T, S] = cast %causal elem=f32", ZEROS));
    // Numbers behind masks.
    cases.add(new Case("f32[T, S] = select %causal, %x, %zero", ZEROS));
    cases.add(new Case("f32[T, S] = select %causal, %x, %x", Facts.NONE));
    cases.add(new Case("f32[T, S] = exp %hidden", ZEROS));
    cases.add(new Case("f32[T, S] = exp %x", Facts.NONE));
    cases.add(new Case("f32[T, S] = add %hidden, %x", HIDDEN));
    cases.add(new Case("f32[T, S] = add %zeros, %x", Facts.NONE));
    cases.add(new Case("f32[T, S] = mul %zeros, %x", ZEROS));
    cases.add(new Case("f32[T, S] = div %x, %zeros", Facts.NONE));
    cases.add(new Case("f32[T, S, 1] = reshape %zeros shape=[T, S, 1]", ZEROS));
    cases.add(new Case("f32[T, S, 1] = reshape %x shape=[T, S, 1]", Facts.NONE));
    cases.add(new Case("f32[S, T] = permute %zeros order=[1, 0]", ZEROS));
    cases.add(new Case("f32[S, T] = permute %x order=[1, 0]", Facts.NONE));
    cases.add(new Case("f32[2, T, S] = broadcast %zeros shape=[2, T, S] axes=[1, 2]", ZEROS));
    cases.add(new Case("f32[2, T, S] = broadcast %x shape=[2, T, S] axes=[1, 2]", Facts.NONE));
    cases.add(new Case("f32[T, S, 2] = slice %wide axis=2 start=0 size=2 step=1", ZEROS));
    cases.add(new Case("f32[T, S, 2] = slice %d axis=2 start=0 size=2 step=1", Facts.NONE));
    cases.add(new Case("f32[T, S, 8] = concat parts=[%wide, %wide] axis=2", ZEROS));
    cases.add(new Case("f32[T, S, 8] = concat parts=[%wide, %wideones] axis=2", Facts.NONE));
    cases.add(new Case("f32[T, S, 8] = concat parts=[%wide, %d] axis=2", Facts.NONE));
    cases.add(new Case("f32[T, S] = sum %wide axes=[2]", ZEROS));
    cases.add(new Case("f32[T, S] = sum %wideones axes=[2]", Facts.NONE));
    cases.add(new Case("f32[T] = sum %zeros axes=[1]", Facts.NONE));
    cases.add(new Case("f32[T, S, 3] = dot %wide, %w lhs_sum=[2] rhs_sum=[0]", ZEROS));
    cases.add(new Case("f32[T, S, 3] = dot %wide, %w lhs_sum=[2] rhs_sum=[0] plus=%p", Facts.NONE));
    cases.add(new Case("f32[T, S, 3] = dot %wideones, %w lhs_sum=[2] rhs_sum=[0]", Facts.NONE));
    cases.add(new Case("f32[T, T] = dot %zeros, %x lhs_sum=[1] rhs_sum=[1]", Facts.NONE));
    cases.add(new Case("f32[T, S, 2] = gather %wide, %i axis=2 batch=0", ZEROS));
    cases.add(new Case("f32[T, S, 2] = gather %d, %i axis=2 batch=0", Facts.NONE));
    return cases;
  }

  @TestFactory
  Stream<DynamicTest> operationsSayWhatFollows() {
    return cases().stream()
        .map(
            one ->
                DynamicTest.dynamicTest(
                    one.node(),
                    () -> assertThat(one.found()).as(one.node()).isEqualTo(one.expected())));
  }

  @Test
  void everyOperationHasBothKindsOfCases() {
    Set<Class<?>> known = operations(one -> !one.expected().equals(Facts.NONE));
    Set<Class<?>> unknown = operations(one -> one.expected().equals(Facts.NONE));
    List<Class<?>> open =
        leaves(Op.class)
            .filter(op -> !ALWAYS.contains(op))
            .filter(op -> NEVER.stream().noneMatch(never -> never.isAssignableFrom(op)))
            .toList();
    assertThat(known).containsAll(open);
    assertThat(unknown).containsAll(open);
  }

  private static Set<Class<?>> operations(java.util.function.Predicate<Case> which) {
    return cases().stream()
        .filter(which)
        .map(one -> one.op().getClass())
        .collect(Collectors.toSet());
  }

  private static Stream<Class<?>> leaves(Class<?> type) {
    return type.isSealed()
        ? Arrays.stream(type.getPermittedSubclasses()).flatMap(FactRulesTest::leaves)
        : Stream.of(type);
  }
}
