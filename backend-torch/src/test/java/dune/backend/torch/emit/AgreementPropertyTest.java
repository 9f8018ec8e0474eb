package dune.backend.torch.emit;

import dune.ir.Op;
import dune.ir.Source;
import dune.ir.testkit.RandomPrograms;
import dune.ir.testkit.Sample;
import java.util.Set;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;

/// Random programs of every operation give the same on libtorch as on the interpreter: within 1e-9
/// of the largest magnitude in f64, 1e-4 in f32.
@Tag("torch")
final class AgreementPropertyTest {
  /// Random numbers are each implementation's own.
  private static final Set<Class<? extends Op>> OWN = Set.of(Source.Random.class);

  @Provide
  Arbitrary<Sample> doubles() {
    return RandomPrograms.programs(RandomPrograms.F64, 15, OWN);
  }

  @Provide
  Arbitrary<Sample> singles() {
    return RandomPrograms.programs(RandomPrograms.F32, 15, OWN);
  }

  @Property(tries = 150, seed = "11")
  void agreesInF64(@ForAll("doubles") Sample sample) {
    agree(sample, Probe.NONE);
  }

  @Property(tries = 150, seed = "12")
  void agreesInF32(@ForAll("singles") Sample sample) {
    agree(sample, Probe.NONE);
  }

  @Property(tries = 60, seed = "13")
  void clocksChangeNothing(@ForAll("doubles") Sample sample) {
    agree(sample, Probe.CLOCK);
  }

  @Property(tries = 60, seed = "14")
  void notingTensorsChangesNothing(@ForAll("doubles") Sample sample) {
    agree(sample, Probe.TENSORS);
  }

  private static void agree(Sample sample, Probe probe) {
    try (var comparison = new Comparison(sample.program(), sample.weights(), probe)) {
      for (Sample.Call call : sample.calls()) {
        comparison.begin(Sample.FUNCTION, call.inputs(), call.dims());
        comparison.check(Sample.FUNCTION, call.inputs(), call.dims());
      }
    }
  }
}
