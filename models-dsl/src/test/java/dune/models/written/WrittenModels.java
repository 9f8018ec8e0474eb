package dune.models.written;

import java.util.OptionalInt;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/// Draws models; shrinking leads to those with the least in them.
public final class WrittenModels {
  /// Tokens below this are in every vocabulary.
  public static final int SMALLEST_VOCABULARY = 11;

  private WrittenModels() {}

  public static Arbitrary<WrittenModel> models() {
    return Combinators.combine(
            sizes(), ends(), layers(), Arbitraries.integers().between(1, 2), layers().optional(0.4))
        .as(WrittenModel::new);
  }

  private static Arbitrary<WrittenModel.Sizes> sizes() {
    return Combinators.combine(
            Arbitraries.integers().between(SMALLEST_VOCABULARY, 32),
            Arbitraries.integers().between(8, 32),
            Arbitraries.integers().between(5, 20),
            Arbitraries.integers().between(1, 3),
            Arbitraries.integers().between(1, 3),
            Arbitraries.of(4, 6, 8))
        .as(WrittenModel.Sizes::new);
  }

  private static Arbitrary<Ends> ends() {
    return Combinators.combine(
            Arbitraries.of(Ends.Table.class),
            Arbitraries.of(Ends.Entry.class),
            Arbitraries.of(Norm.class),
            flags(),
            flags(),
            Arbitraries.of(Ends.Exit.class))
        .as(Ends::new);
  }

  private static Arbitrary<Layer> layers() {
    Arbitrary<Attention> attention =
        Combinators.combine(Arbitraries.of(Attention.Form.class), looks(), projections(), scores())
            .as(Attention::new);
    Arbitrary<Layer.Mixing> mixing =
        Arbitraries.frequencyOf(
            Tuple.of(3, Arbitraries.just(Layer.Mixing.NONE)),
            Tuple.of(1, Arbitraries.of(Layer.Mixing.class)));
    return Combinators.combine(
            mixing,
            attention,
            feedings(),
            Arbitraries.of(Norm.class),
            Arbitraries.of(Layer.Wiring.class))
        .as(Layer::new);
  }

  private static Arbitrary<Look> looks() {
    return Combinators.combine(
            Arbitraries.of(Turning.class),
            flags(),
            Arbitraries.integers().between(0, 6).map(WrittenModels::window),
            flags(),
            flags())
        .as(Look::new);
  }

  private static OptionalInt window(int steps) {
    return steps == 0 ? OptionalInt.empty() : OptionalInt.of(steps);
  }

  private static Arbitrary<Projections> projections() {
    return Combinators.combine(
            flags(), flags(), Arbitraries.of(Projections.HeadNorm.class), flags(), flags())
        .as(Projections::new);
  }

  private static Arbitrary<Scores> scores() {
    return Combinators.combine(
            Arbitraries.of(Scores.Scale.class),
            flags(),
            Arbitraries.of(Scores.Masking.class),
            Arbitraries.of(Scores.Shares.class))
        .as(Scores::new);
  }

  private static Arbitrary<Feeding> feedings() {
    return Combinators.combine(
            Arbitraries.of(Feeding.Kind.class),
            Arbitraries.of(Activation.class),
            flags(),
            Arbitraries.of(Router.class),
            flags())
        .as(Feeding::new);
  }

  private static Arbitrary<Boolean> flags() {
    return Arbitraries.of(false, true);
  }
}
