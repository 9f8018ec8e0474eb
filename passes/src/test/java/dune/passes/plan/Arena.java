package dune.passes.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dune.ir.Elem;
import dune.ir.Function;
import dune.ir.Value;
import dune.ir.interpret.Array;
import dune.ir.interpret.Interpreter;
import dune.passes.plan.MemoryPlan.Placed;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/// Memory that holds values where a plan puts them, and NaN before.
///
/// One element of the arena stands for a byte of the plan, so that every number has its place.
final class Arena implements Interpreter.Watcher {
  private final MemoryPlan plan;
  private final Storage storage;
  private final double[] memory;
  private final Map<Value, double[]> written = new HashMap<>();
  private long highest;

  Arena(Function function, MemoryPlan plan) {
    this.plan = plan;
    storage = new Storage(function);
    memory = new double[Math.toIntExact(plan.arena())];
    Arrays.fill(memory, Double.NaN);
  }

  /// One more than the highest byte that was written.
  long highest() {
    return highest;
  }

  @Override
  public void defined(Value value, Array array) {
    Placed home = plan.homes().get(value);
    if (home == null) return;
    double[] numbers = array.data();
    int width = array.elem().bytes();
    int offset = Math.toIntExact(home.offset());
    for (int i = 0; i < numbers.length; i++) memory[offset + i * width] = numbers[i];
    highest = Math.max(highest, home.offset() + (long) numbers.length * width);
    written.put(value, numbers.clone());
  }

  /// What lies where the value, or what it is a view of, was written.
  @Override
  public Array read(Value value, Array array) {
    Value owner = storage.owner(value).orElse(null);
    Placed home = owner == null ? null : plan.homes().get(owner);
    if (home == null) return array;
    double[] numbers = written.get(owner);
    double[] found = new double[numbers.length];
    int width = Math.toIntExact(numbers.length == 0 ? 1 : home.bytes() / numbers.length);
    int offset = Math.toIntExact(home.offset());
    for (int i = 0; i < found.length; i++) found[i] = memory[offset + i * width];
    if (!owner.equals(value)) {
      assertThat(found).as(value + ", a view of " + owner).isEqualTo(numbers);
      return array;
    }
    return array.elem() == Elem.BOOL || array.elem() == Elem.INT
        ? checked(array, found, numbers)
        : Array.of(array.elem(), array.shape(), found);
  }

  private static Array checked(Array array, double[] found, double[] numbers) {
    assertThat(found).isEqualTo(numbers);
    return array;
  }
}
