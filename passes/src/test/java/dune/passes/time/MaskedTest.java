package dune.passes.time;

import static org.assertj.core.api.Assertions.assertThat;

import dune.ir.Contraction.ReduceKind;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Elementwise.UnaryKind;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class MaskedTest {
  private static final Predicate P =
      new Predicate.Between(Predicate.Variable.DISTANCE, 0, Predicate.INFINITY);
  private static final Predicate Q = new Predicate.Between(Predicate.Variable.KEY, 0, 3);
  private static final double HIDDEN = Double.NEGATIVE_INFINITY;
  private static final Optional<Masked> UNKNOWN = Optional.empty();

  private static Optional<Masked> masked(Predicate allowed, double otherwise) {
    return Optional.of(new Masked(allowed, otherwise));
  }

  private static Optional<Masked> number(double number) {
    return Optional.of(Masked.constant(number));
  }

  @Test
  void aSoftmaxOfMaskedScoresIsMasked() {
    Optional<Masked> shifted = Masked.binary(BinaryKind.SUB, masked(P, HIDDEN), UNKNOWN);
    assertThat(shifted).isEqualTo(masked(P, HIDDEN));
    Optional<Masked> e = Masked.unary(UnaryKind.EXP, shifted.orElseThrow());
    assertThat(e).isEqualTo(masked(P, 0));
    assertThat(Masked.binary(BinaryKind.DIV, e, UNKNOWN)).isEqualTo(masked(P, 0));
  }

  @Test
  void dividingByWhatIsMaskedSaysNothing() {
    assertThat(Masked.binary(BinaryKind.DIV, UNKNOWN, masked(P, 0))).isEmpty();
    assertThat(Masked.binary(BinaryKind.DIV, number(1), masked(P, 0)))
        .isEqualTo(masked(P, Double.POSITIVE_INFINITY));
    assertThat(Masked.binary(BinaryKind.DIV, number(0), masked(P, 0))).isEmpty();
  }

  @Test
  void eitherMaskHidesWhatIsAddedOrMultiplied() {
    assertThat(Masked.binary(BinaryKind.ADD, masked(P, HIDDEN), masked(Q, HIDDEN)))
        .isEqualTo(masked(Predicate.and(P, Q), HIDDEN));
    assertThat(Masked.binary(BinaryKind.MUL, masked(P, 0), masked(Q, 0)))
        .isEqualTo(masked(Predicate.and(P, Q), 0));
    assertThat(Masked.binary(BinaryKind.ADD, masked(P, 0), masked(Q, 0)))
        .isEqualTo(masked(Predicate.or(P, Q), 0));
  }

  @Test
  void oppositeInfinitiesSayNothing() {
    assertThat(
            Masked.binary(BinaryKind.ADD, masked(P, HIDDEN), masked(Q, Double.POSITIVE_INFINITY)))
        .isEmpty();
    assertThat(Masked.binary(BinaryKind.MUL, masked(P, HIDDEN), UNKNOWN)).isEmpty();
    assertThat(Masked.binary(BinaryKind.MUL, masked(P, HIDDEN), number(0))).isEqualTo(number(0));
  }

  @Test
  void aLargerNumberUncoversWhatWasHidden() {
    assertThat(Masked.binary(BinaryKind.MAX, masked(P, HIDDEN), UNKNOWN)).isEmpty();
    assertThat(Masked.binary(BinaryKind.MIN, masked(P, HIDDEN), UNKNOWN))
        .isEqualTo(masked(P, HIDDEN));
  }

  @Test
  void aChoiceIsMaskedByItsCondition() {
    assertThat(Masked.select(P, UNKNOWN, number(0))).isEqualTo(masked(P, 0));
    assertThat(Masked.select(P, number(0), UNKNOWN)).isEqualTo(masked(Predicate.not(P), 0));
    assertThat(Masked.select(P, masked(Q, 0), number(0))).isEqualTo(masked(Predicate.and(P, Q), 0));
    assertThat(Masked.select(P, UNKNOWN, UNKNOWN)).isEmpty();
  }

  @Test
  void otherAxesMayBeFoldedWhereTheNumberStays() {
    assertThat(new Masked(P, 0).reduced(ReduceKind.SUM)).isEqualTo(masked(P, 0));
    assertThat(new Masked(P, 1).reduced(ReduceKind.SUM)).isEmpty();
    assertThat(new Masked(P, 1).reduced(ReduceKind.MAX)).isEqualTo(masked(P, 1));
  }
}
