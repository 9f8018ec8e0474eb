package dune.passes.time;

import static org.assertj.core.api.Assertions.assertThat;

import dune.ir.Elementwise.BinaryKind;
import dune.passes.time.Predicate.Truth;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

final class ReachTest {
  private static final Predicate CAUSAL =
      Predicate.compare(BinaryKind.LE, Linear.KEY, Linear.QUERY);
  private static final Linear DISTANCE = Linear.QUERY.minus(Linear.KEY);

  private static Predicate within(double window) {
    return Predicate.compare(BinaryKind.LT, DISTANCE, Linear.constant(window));
  }

  private static Predicate first(double sinks) {
    return Predicate.compare(BinaryKind.LT, Linear.KEY, Linear.constant(sinks));
  }

  @Example
  void causalAttentionSeesEverything() {
    assertThat(Reach.of(CAUSAL)).isEqualTo(new Reach.Everything());
  }

  @Example
  void aWindowIsRecent() {
    assertThat(Reach.of(Predicate.and(CAUSAL, within(4)))).isEqualTo(new Reach.Recent(0, 4));
  }

  @Example
  void sinksKeepTheirSlots() {
    Predicate mask = Predicate.and(CAUSAL, Predicate.or(first(3), within(4)));
    assertThat(Reach.of(mask)).isEqualTo(new Reach.Recent(3, 4));
  }

  @Example
  void twoWindowsOfOneCacheNeedTheLarger() {
    Predicate mask =
        Predicate.or(Predicate.and(CAUSAL, within(4)), Predicate.and(CAUSAL, within(7)));
    assertThat(Reach.of(mask)).isEqualTo(new Reach.Recent(0, 7));
    assertThat(new Reach.Recent(1, 4).join(new Reach.Recent(0, 7)))
        .isEqualTo(new Reach.Recent(1, 7));
    assertThat(new Reach.Recent(1, 4).join(new Reach.Everything()))
        .isEqualTo(new Reach.Everything());
  }

  @Example
  void aWindowAloneAdmitsTheFuture() {
    assertThat(Reach.of(within(4))).isEqualTo(new Reach.Future(0, 1));
  }

  @Example
  void aTransposedMaskAdmitsTheFuture() {
    Predicate transposed = Predicate.compare(BinaryKind.LE, Linear.QUERY, Linear.KEY);
    assertThat(Reach.of(transposed)).isInstanceOf(Reach.Future.class);
  }

  @Example
  void theFirstKeyIsNeverInTheFuture() {
    assertThat(Reach.of(first(1))).isEqualTo(new Reach.Recent(1, 1));
    assertThat(Reach.of(first(2))).isEqualTo(new Reach.Future(0, 1));
  }

  @Example
  void whatDependsOnDataMayBeTrueAnywhere() {
    Predicate data = new Predicate.Unknown();
    assertThat(Reach.of(data)).isInstanceOf(Reach.Future.class);
    assertThat(Reach.of(Predicate.not(data))).isInstanceOf(Reach.Future.class);
    assertThat(Reach.of(Predicate.or(CAUSAL, data))).isInstanceOf(Reach.Future.class);
    assertThat(Reach.of(Predicate.and(data, Predicate.and(CAUSAL, within(4)))))
        .isEqualTo(new Reach.Recent(0, 4));
  }

  @Example
  void scaledAndShiftedPositionsAreSeenThrough() {
    // 2 * key + 1 <= 2 * query
    Predicate strict =
        Predicate.compare(
            BinaryKind.LE, Linear.KEY.times(2).plus(Linear.constant(1)), Linear.QUERY.times(2));
    assertThat(Reach.of(strict)).isEqualTo(new Reach.Everything());
    // 2 * key - 1 <= 2 * query admits no more than key <= query.
    Predicate loose =
        Predicate.compare(
            BinaryKind.LE, Linear.KEY.times(2).plus(Linear.constant(-1)), Linear.QUERY.times(2));
    assertThat(Reach.of(loose)).isEqualTo(new Reach.Everything());
    Predicate early =
        Predicate.compare(
            BinaryKind.LE, Linear.KEY.times(2).plus(Linear.constant(-2)), Linear.QUERY.times(2));
    assertThat(Reach.of(early)).isEqualTo(new Reach.Future(0, 1));
  }

  @Provide
  Arbitrary<Predicate> predicates() {
    Arbitrary<Double> factors = Arbitraries.of(-2.0, -1.0, 0.0, 0.5, 1.0, 2.0);
    Arbitrary<Double> offsets = Arbitraries.integers().between(-6, 6).map(Integer::doubleValue);
    Arbitrary<Linear> onDistance =
        Combinators.combine(factors, offsets)
            .as((factor, offset) -> DISTANCE.times(factor).plus(Linear.constant(offset)));
    Arbitrary<Linear> onKey =
        Combinators.combine(factors, offsets).as((factor, offset) -> new Linear(0, factor, offset));
    Arbitrary<BinaryKind> kinds =
        Arbitraries.of(BinaryKind.values()).filter(BinaryKind::isComparison);
    Arbitrary<Predicate> leaves =
        Combinators.combine(kinds, Arbitraries.oneOf(onDistance, onKey))
            .as((kind, number) -> Predicate.compare(kind, number, Linear.constant(0)));
    return Arbitraries.recursive(
        () -> Arbitraries.oneOf(leaves, Arbitraries.just(CAUSAL)),
        inner ->
            Arbitraries.oneOf(
                Combinators.combine(inner, inner).as(Predicate::and),
                Combinators.combine(inner, inner).as(Predicate::or),
                inner.map(Predicate::not)),
        0,
        4);
  }

  /// Against every pair of positions up to 40, far beyond all bounds in the predicates.
  @Property(tries = 2000, seed = "20260102", edgeCases = EdgeCasesMode.NONE)
  void reachIsWhatThePairsSay(@ForAll("predicates") Predicate mask) {
    Reach reach = Reach.of(mask);
    if (reach instanceof Reach.Future(long query, long key)) {
      assertThat(key).isGreaterThan(query);
      assertThat(query).isNotNegative();
      assertThat(mask.at(query - key, key)).isEqualTo(Truth.TRUE);
      return;
    }
    boolean isFarSeen = false;
    for (long query = 0; query < 40; query++) {
      for (long key = 0; key < 40; key++) {
        if (mask.at(query - key, key) == Truth.FALSE) continue;
        assertThat(key).isLessThanOrEqualTo(query);
        isFarSeen |= query - key >= 20 && key >= 15;
        if (reach instanceof Reach.Recent(long sinks, long window)) {
          assertThat(key < sinks || query - key < window).isTrue();
        }
      }
    }
    assertThat(reach instanceof Reach.Everything).isEqualTo(isFarSeen);
  }
}
