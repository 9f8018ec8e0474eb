package dune.ir.dim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class DimTest {
  private static final List<String> NAMES = List.of("B", "D", "H", "K", "KV");

  private static Dim named(String name) {
    return Dim.named(name);
  }

  /// Laurent polynomials: sums of products of names with small exponents and coefficients.
  @Provide
  Arbitrary<Dim> dims() {
    Arbitrary<Dim> power =
        Combinators.combine(Arbitraries.of(NAMES), Arbitraries.integers().between(-2, 2))
            .as((name, exponent) -> Dim.named(name).power(exponent));
    Arbitrary<Dim> coefficient =
        Combinators.combine(Arbitraries.longs().between(-4, 4), Arbitraries.longs().between(1, 3))
            .as((above, below) -> Dim.of(above).dividedBy(Dim.of(below)));
    Arbitrary<Dim> term =
        Combinators.combine(coefficient, power.list().ofMaxSize(3))
            .as((number, powers) -> number.times(Dim.product(powers)));
    return term.list().ofMaxSize(3).map(Dim::sum);
  }

  /// The same, and quotients by sums, which have no polynomial form.
  @Provide
  Arbitrary<Dim> quotients() {
    return Combinators.combine(dims(), dims(), dims())
        .as((a, b, c) -> b.equals(Dim.ZERO) ? a : a.plus(c.dividedBy(b)));
  }

  /// Values of all names: monomials, by which every polynomial can be divided.
  @Provide
  Arbitrary<Map<String, Dim>> substitutions() {
    Arbitrary<Dim> value =
        Combinators.combine(
                Arbitraries.of("B", "N", "V"),
                Arbitraries.longs().between(1, 5),
                Arbitraries.integers().between(0, 2))
            .as((name, factor, exponent) -> named(name).power(exponent).times(Dim.of(factor)));
    return value
        .list()
        .ofSize(NAMES.size())
        .map(
            values -> {
              var map = new HashMap<String, Dim>();
              for (int i = 0; i < NAMES.size(); i++) map.put(NAMES.get(i), values.get(i));
              return map;
            });
  }

  @Property(tries = 300)
  void additionIsAGroup(
      @ForAll("quotients") Dim a, @ForAll("quotients") Dim b, @ForAll("quotients") Dim c) {
    assertThat(a.plus(b)).isEqualTo(b.plus(a));
    assertThat(a.plus(b).plus(c)).isEqualTo(a.plus(b.plus(c)));
    assertThat(a.plus(Dim.ZERO)).isEqualTo(a);
    assertThat(a.minus(a)).isEqualTo(Dim.ZERO);
  }

  @Property(tries = 300)
  void multiplicationIsCommutativeAndDistributes(
      @ForAll("quotients") Dim a, @ForAll("quotients") Dim b, @ForAll("quotients") Dim c) {
    assertThat(a.times(b)).isEqualTo(b.times(a));
    assertThat(a.times(b).times(c)).isEqualTo(a.times(b.times(c)));
    assertThat(a.times(Dim.ONE)).isEqualTo(a);
    assertThat(a.times(Dim.ZERO)).isEqualTo(Dim.ZERO);
    assertThat(a.times(b.plus(c))).isEqualTo(a.times(b).plus(a.times(c)));
  }

  @Property(tries = 300)
  void divisionByAProductUndoesMultiplication(
      @ForAll("quotients") Dim a, @ForAll("substitutions") Map<String, Dim> values) {
    for (Dim divisor : values.values()) {
      assertThat(a.dividedBy(divisor).times(divisor)).isEqualTo(a);
      assertThat(a.times(divisor).dividedBy(divisor)).isEqualTo(a);
    }
  }

  @Property(tries = 300)
  void equalDimsAreOne(@ForAll("quotients") Dim a, @ForAll("quotients") Dim b) {
    assertThat(a.equals(b)).isEqualTo(a.minus(b).equals(Dim.ZERO));
    assertThat(a.equals(b)).isEqualTo(a.compareTo(b) == 0);
    if (a.equals(b)) assertThat(a.hashCode()).isEqualTo(b.hashCode());
  }

  @Property(tries = 300)
  void printThenParseIsTheIdentity(@ForAll("quotients") Dim a) {
    assertThat(Dim.parse(a.toString())).isEqualTo(a);
    assertThat(Dim.parse("(" + a + ")")).isEqualTo(a);
  }

  @Property(tries = 300)
  void substitutionIsAHomomorphism(
      @ForAll("dims") Dim a,
      @ForAll("dims") Dim b,
      @ForAll("substitutions") Map<String, Dim> values) {
    assertThat(a.plus(b).substitute(values))
        .isEqualTo(a.substitute(values).plus(b.substitute(values)));
    assertThat(a.times(b).substitute(values))
        .isEqualTo(a.substitute(values).times(b.substitute(values)));
    assertThat(a.substitute(Map.of())).isEqualTo(a);
  }

  @Property(tries = 300)
  void evaluationAgreesWithSubstitution(
      @ForAll("quotients") Dim a, @ForAll("sizes") Map<String, Long> sizes) {
    var values = new HashMap<String, Dim>();
    sizes.forEach((name, size) -> values.put(name, Dim.of(size)));
    Dim substituted;
    try {
      substituted = a.substitute(values);
    } catch (ArithmeticException _) {
      assertThatThrownBy(() -> a.evaluate(sizes)).isInstanceOf(ArithmeticException.class);
      return;
    }
    assertThat(substituted.isConstant()).isTrue();
    if (substituted.size().isPresent()) {
      assertThat(a.evaluate(sizes)).isEqualTo(substituted.size().getAsLong());
    } else {
      assertThatThrownBy(() -> a.evaluate(sizes))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("is not a whole number");
    }
  }

  @Provide
  Arbitrary<Map<String, Long>> sizes() {
    return Arbitraries.longs()
        .between(1, 6)
        .list()
        .ofSize(NAMES.size())
        .map(
            numbers -> {
              var map = new HashMap<String, Long>();
              for (int i = 0; i < NAMES.size(); i++) map.put(NAMES.get(i), numbers.get(i));
              return map;
            });
  }

  @Example
  void normalFormsNeedNoRules() {
    Dim h = named("H");
    Dim kv = named("KV");
    Dim r = named("R");
    Dim k = named("K");
    assertThat(h.dividedBy(kv).times(kv)).isEqualTo(h);
    assertThat(r.dividedBy(Dim.of(2)).times(Dim.of(2))).isEqualTo(r);
    assertThat(r.plus(k.minus(r))).isEqualTo(k);
    assertThat(named("T")).isNotEqualTo(named("S"));
  }

  @Example
  void quotientsBySumsAreOpaque() {
    Dim sum = named("H").plus(Dim.ONE);
    Dim quotient = named("D").dividedBy(sum);
    assertThat(quotient).hasToString("((D) / (H + 1))");
    assertThat(sum.dividedBy(sum)).isEqualTo(Dim.ONE);
    assertThat(Dim.ZERO.dividedBy(sum)).isEqualTo(Dim.ZERO);
    assertThat(quotient.evaluate(Map.of("D", 12L, "H", 3L))).isEqualTo(3);
    assertThat(quotient.names()).containsExactly("D", "H");
  }

  @Example
  void printsAsAnAuthorWouldWrite() {
    assertThat(Dim.parse("K*H")).hasToString("H * K");
    assertThat(Dim.parse("1 + D/2")).hasToString("D / 2 + 1");
    assertThat(Dim.parse("0 - T + S")).hasToString("S - T");
    assertThat(Dim.parse("D / H / 2")).hasToString("D / H / 2");
  }

  @Example
  void namesAndNumbers() {
    assertThat(named("T").name()).contains("T");
    assertThat(named("T").times(Dim.of(2)).name()).isEmpty();
    assertThat(Dim.of(3).name()).isEmpty();
    assertThat(Dim.of(3).size()).hasValue(3);
    assertThat(Dim.of(3).dividedBy(Dim.of(2)).size()).isEmpty();
    assertThat(Dim.of(3).dividedBy(Dim.of(2)).constant()).contains(1.5);
    assertThat(Dim.of(3).is(3)).isTrue();
    assertThat(named("T").is(3)).isFalse();
  }

  @Example
  void whatIsNoDimensionIsRefused() {
    assertThatThrownBy(() -> Dim.of(1).dividedBy(Dim.ZERO)).isInstanceOf(ArithmeticException.class);
    assertThatThrownBy(() -> Dim.of(Long.MAX_VALUE).plus(Dim.ONE))
        .isInstanceOf(ArithmeticException.class);
    assertThatThrownBy(() -> Dim.parse("H *"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("not a dimension: `H *`, stopped at character 4");
    assertThatThrownBy(() -> named("H").evaluate(Map.of())).hasMessage("no size for dimension H");
  }
}
