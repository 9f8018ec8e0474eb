package dune.weights.bind;

import static org.assertj.core.api.Assertions.assertThat;

import dune.ir.Elem;
import dune.ir.Origin;
import dune.ir.checkpoint.WeightRequest;
import dune.weights.tensor.Tensors;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/// Any chain of transforms gives what their definitions say, element by element.
final class RecipePropertyTest {
  private static final long[] SIZES = {8, 12};

  private static Path folder;
  private static Tensors tensors;

  @BeforeContainer
  static void makeFolder() throws IOException {
    folder = Files.createTempDirectory("recipes");
    var sample = new Sample();
    for (long a : SIZES) {
      sample.counting("t" + a, 0, a);
      for (long b : SIZES) {
        sample.counting("t" + a + "x" + b, 0, a, b);
        for (long c : SIZES) sample.counting("t" + a + "x" + b + "x" + c, 0, a, b, c);
      }
    }
    tensors = sample.in(folder);
  }

  @AfterContainer
  static void deleteFolder() throws IOException {
    Files.deleteIfExists(folder.resolve("model.safetensors"));
    Files.delete(folder);
  }

  @Property(tries = 1500, seed = "1")
  void chainsOfTransformsFollowTheirDefinitions(@ForAll long seed) {
    var random = new Random(seed);
    var all = List.copyOf(tensors.all().values());
    Recipe recipe = new Recipe.Whole(all.get(random.nextInt(all.size())));
    for (int i = random.nextInt(5); i > 0; i--) recipe = anotherStep(recipe, random);

    // Every other element type is as wide as one of these.
    var elem = random.nextBoolean() ? Elem.F32 : Elem.F64;
    var request = new WeightRequest("t", recipe.shape(), elem, Origin.NONE);
    try (var arena = Arena.ofConfined()) {
      var loaded = new WeightLoader(tensors.map(arena), arena).load(new Binding(request, recipe));
      var actual =
          elem == Elem.F32
              ? doubles(Sample.floats(loaded.bytes()))
              : loaded.bytes().toArray(ValueLayout.JAVA_DOUBLE_UNALIGNED);
      assertThat(actual).as(recipe.text()).isEqualTo(expected(recipe));
    }
  }

  private static Recipe anotherStep(Recipe source, Random random) {
    var shape = source.shape();
    if (shape.isEmpty()) return source;
    long first = shape.getFirst();
    return switch (random.nextInt(5)) {
      case 0 -> new Recipe.Transposed(source);
      case 1 -> new Recipe.Element(source, random.nextLong(first));
      case 2 ->
          new Recipe.Stacked(List.of(source, new Recipe.Transposed(new Recipe.Transposed(source))));
      case 3 -> {
        long groups = divisor(first, random);
        yield first / groups % 2 == 0 ? new Recipe.Halved(source, groups) : source;
      }
      default -> {
        int axis = random.nextInt(shape.size());
        long groups = divisor(shape.get(axis), random);
        long run = shape.get(axis) / groups;
        long offset = random.nextLong(run);
        yield new Recipe.Piece(source, axis, groups, offset, 1 + random.nextLong(run - offset));
      }
    };
  }

  private static long divisor(long size, Random random) {
    long divisor = 1 + random.nextLong(size);
    while (size % divisor != 0) divisor--;
    return divisor;
  }

  private static double[] doubles(float[] floats) {
    double[] doubles = new double[floats.length];
    for (int i = 0; i < floats.length; i++) doubles[i] = floats[i];
    return doubles;
  }

  /// By definition: each place of the result, and where its element lies in the source.
  private static double[] expected(Recipe recipe) {
    int count = (int) recipe.shape().stream().mapToLong(Long::longValue).reduce(1, (a, b) -> a * b);
    double[] values = new double[count];
    for (int i = 0; i < count; i++) values[i] = element(recipe, place(i, recipe.shape()));
    return values;
  }

  private static double element(Recipe recipe, List<Long> place) {
    return switch (recipe) {
      case Recipe.Whole whole -> {
        long index = 0;
        for (int axis = 0; axis < place.size(); axis++) {
          index = index * whole.shape().get(axis) + place.get(axis);
        }
        yield index;
      }
      case Recipe.Element(var source, var index) -> {
        var outer = new ArrayList<>(place);
        outer.addFirst(index);
        yield element(source, outer);
      }
      case Recipe.Transposed(var source) -> element(source, Recipe.transposed(place));
      case Recipe.Stacked(var parts) ->
          element(parts.get(place.getFirst().intValue()), place.subList(1, place.size()));
      case Recipe.Piece(var source, var axis, var groups, var offset, var size) -> {
        long run = source.shape().get(axis) / groups;
        long at = place.get(axis);
        yield element(source, with(place, axis, at / size * run + offset + at % size));
      }
      case Recipe.Halved(var source, var groups) -> {
        long run = source.shape().getFirst() / groups;
        long at = place.getFirst();
        long inRun = at % run;
        long pair = inRun % (run / 2);
        long half = inRun / (run / 2);
        yield element(source, with(place, 0, at / run * run + 2 * pair + half));
      }
    };
  }

  private static List<Long> with(List<Long> place, int axis, long value) {
    var changed = new ArrayList<>(place);
    changed.set(axis, value);
    return changed;
  }

  private static List<Long> place(long index, List<Long> shape) {
    var place = new ArrayList<Long>();
    long rest = index;
    for (long size : shape.reversed()) {
      place.addFirst(rest % size);
      rest /= size;
    }
    return place;
  }
}
