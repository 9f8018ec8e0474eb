package dune.ir.testkit;

import dune.ir.Program;
import dune.ir.interpret.Array;
import dune.ir.interpret.Interpreter;
import dune.ir.interpret.RandomSource;
import dune.ir.interpret.StateStore;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/// Slopes of a function that gives scalars, whose sum is looked at, by its weights: central
/// differences of the interpreter, in double precision.
///
/// With steps of 1e-5 both errors, that of the cubic term and that of rounding, are near 1e-10 of
/// the sum's magnitude.
public final class Slopes {
  private static final double STEP = 1e-5;

  private final Program program;
  private final String function;
  private final Map<String, Array> inputs;
  private final Map<String, Array> weights;

  /// @param weights by path; tied ones need not be there
  public Slopes(
      Program program, String function, Map<String, Array> inputs, Map<String, Array> weights) {
    this.program = program;
    this.function = function;
    this.inputs = inputs;
    this.weights = weights;
  }

  /// The sum of all that the function gives, with these weights in place of some.
  public double value(Map<String, Array> others) {
    var changed = new HashMap<>(weights);
    changed.putAll(others);
    var interpreter = new Interpreter(program, changed::get, RandomSource.seeded(0));
    return interpreter.run(function, inputs, Map.of(), new StateStore()).outputs().values().stream()
        .mapToDouble(array -> array.data()[0])
        .sum();
  }

  /// The slope by every number of a weight.
  public double[] of(String path) {
    int count = weights.get(path).count();
    var slopes = new double[count];
    var direction = new double[count];
    for (int i = 0; i < count; i++) {
      direction[i] = 1;
      slopes[i] = along(Map.of(path, direction));
      direction[i] = 0;
    }
    return slopes;
  }

  /// The slope where several weights move at once.
  ///
  /// @param directions by path
  public double along(Map<String, double[]> directions) {
    return (value(moved(directions, STEP)) - value(moved(directions, -STEP))) / (2 * STEP);
  }

  private Map<String, Array> moved(Map<String, double[]> directions, double by) {
    var moved = new HashMap<String, Array>();
    directions.forEach(
        (path, direction) -> {
          Array weight = weights.get(path);
          double[] numbers = weight.data().clone();
          for (int i = 0; i < numbers.length; i++) numbers[i] += by * direction[i];
          moved.put(path, Array.of(weight.elem(), weight.shape(), numbers));
        });
    return moved;
  }

  /// A direction of length 1, the same for the same seed.
  public static double[] direction(int count, long seed) {
    double[] direction = new Random(seed).doubles(count, -1, 1).toArray();
    double length = 0;
    for (double part : direction) length += part * part;
    for (int i = 0; i < count; i++) direction[i] /= Math.sqrt(length);
    return direction;
  }
}
