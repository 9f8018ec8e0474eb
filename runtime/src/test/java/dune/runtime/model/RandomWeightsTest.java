package dune.runtime.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dune.backend.torch.emit.Signature;
import dune.backend.torch.emit.Signature.Part;
import dune.backend.torch.emit.Signature.WeightSlot;
import dune.ir.Elem;
import dune.ir.Initializer;
import dune.ir.Origin;
import dune.ir.Program;
import dune.ir.Type;
import dune.ir.Weight;
import dune.ir.dim.Dim;
import dune.weights.EnvironmentFailure;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class RandomWeightsTest {
  private static final WeightSlot A = slot("a", "a");
  private static final WeightSlot B = slot("b", "b");
  private static final WeightSlot BOTH = slot("a_b", "a", "b");
  private static final Program PROGRAM =
      new Program(
          "P",
          List.of(
              weight("a", new Initializer.Normal(0.5)),
              weight("b", new Initializer.Constant(3)),
              weight("c", new Initializer.Uniform(1))),
          List.of(),
          List.of());

  private static Weight weight(String path, Initializer initializer) {
    Type type = Type.of(Elem.F32, Dim.of(8), Dim.of(4));
    return new Weight(path, type, initializer, Optional.empty(), Origin.NONE);
  }

  private static WeightSlot slot(String attribute, String... paths) {
    return new WeightSlot(
        attribute,
        Elem.F32,
        java.util.Arrays.stream(paths).map(path -> new Part(path, List.of(8L, 4L))).toList());
  }

  private static Signature signature(WeightSlot... slots) {
    return new Signature(List.of(slots), List.of(), List.of());
  }

  private static float[] floats(MemorySegment memory) {
    return memory.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
  }

  @Test
  @Tag("torch")
  void areAsTheirInitializersSayAndTheSameForTheSameSeed() {
    WeightSlot c = slot("c", "c");
    try (var one = RandomWeights.draw(PROGRAM, List.of(signature(A, B, c)), 7);
        var other = RandomWeights.draw(PROGRAM, List.of(signature(A, B, c)), 7);
        var third = RandomWeights.draw(PROGRAM, List.of(signature(A, B, c)), 8)) {
      assertThat(floats(one.get(B))).containsOnly(3);
      assertThat(floats(one.get(A)))
          .isEqualTo(floats(other.get(A)))
          .isNotEqualTo(floats(third.get(A)));
      for (float number : floats(one.get(c))) assertThat(number).isBetween(-1f, 1f);
    }
  }

  @Test
  @Tag("torch")
  void programsShareThem() {
    try (var weights = RandomWeights.draw(PROGRAM, List.of(signature(A, B), signature(BOTH)), 7)) {
      assertThat(weights.get(A).address()).isEqualTo(weights.get(BOTH).address());
      assertThat(weights.get(B).address())
          .isEqualTo(weights.get(BOTH).address() + weights.get(A).byteSize());
    }
  }

  @Test
  @Tag("torch")
  void largeOnesRepeat() {
    int period = (1 << 18) - 5;
    var large = new WeightSlot("a", Elem.F32, List.of(new Part("a", List.of(3L * period + 1))));
    try (var weights = RandomWeights.draw(PROGRAM, List.of(signature(large)), 7)) {
      float[] numbers = floats(weights.get(large));
      for (int times = 1; times <= 3; times++) {
        assertThat(numbers[times * period]).isEqualTo(numbers[0]);
      }
      assertThat(numbers[3 * period - 1]).isEqualTo(numbers[period - 1]);
      assertThat(numbers[0]).isNotEqualTo(numbers[1]);
    }
  }

  @Test
  void memoryThatIsNotThereIsSaidBefore() {
    assertThatThrownBy(() -> RandomWeights.requireRoom(3_000_000_000L, 2_000_000_000L))
        .isInstanceOf(EnvironmentFailure.class)
        .hasMessageContaining("random weights take 3.000 GB, and 2.000 GB of memory are free; ");
    assertThat(FreeMemory.bytes()).isPositive();
  }
}
