package dune.passes.time;

import static org.assertj.core.api.Assertions.assertThat;

import dune.ir.Elementwise.BinaryKind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class PredicateTest {
  /// `query kind key + 1`, at queries and keys around the border.
  @ParameterizedTest
  @EnumSource(
      value = BinaryKind.class,
      names = {"EQ", "NE", "LT", "LE", "GT", "GE"})
  void comparisonsSayWhatTheNumbersSay(BinaryKind kind) {
    Predicate compared = Predicate.compare(kind, Linear.QUERY, Linear.KEY.plus(Linear.constant(1)));
    for (long key = 0; key < 4; key++) {
      for (long query = 0; query < 6; query++) {
        boolean expected =
            switch (kind) {
              case EQ -> query == key + 1;
              case NE -> query != key + 1;
              case LT -> query < key + 1;
              case LE -> query <= key + 1;
              case GT -> query > key + 1;
              case GE -> query >= key + 1;
              case ADD, SUB, MUL, DIV, MOD, POW, MIN, MAX, AND, OR ->
                  throw new AssertionError(kind + " does not compare");
            };
        assertThat(compared.at(query - key, key))
            .as("%s of %d and %d", kind, query, key + 1)
            .isEqualTo(expected ? Predicate.Truth.TRUE : Predicate.Truth.FALSE);
      }
    }
  }
}
