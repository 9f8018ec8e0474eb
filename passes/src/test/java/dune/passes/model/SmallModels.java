package dune.passes.model;

import java.util.List;
import java.util.OptionalInt;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ArbitrarySupplier;
import net.jqwik.api.Combinators;

/// Small models of one windowed layer, in every mixture of their parts.
public final class SmallModels implements ArbitrarySupplier<SmallModel> {
  @Override
  public Arbitrary<SmallModel> get() {
    return Combinators.combine(
            Arbitraries.of(SmallModel.Places.values()),
            Arbitraries.of(SmallModel.Mixing.values()),
            Arbitraries.of(SmallModel.Recurrence.values()),
            Arbitraries.of(SmallModel.Feeding.values()))
        .as(
            (places, mixing, recurrence, feeding) ->
                new SmallModel(
                    2, 2, List.of(OptionalInt.of(4)), 1, places, mixing, recurrence, feeding));
  }
}
