package dune.runtime.adapter;

import static org.assertj.core.api.Assertions.assertThat;

import dune.ir.Elem;
import dune.ir.Origin;
import dune.ir.checkpoint.WeightRequest;
import dune.weights.bind.Binding;
import dune.weights.bind.Recipe;
import dune.weights.bind.WeightLoader;
import dune.weights.safetensors.SafetensorsFile;
import dune.weights.safetensors.SafetensorsWriter;
import dune.weights.tensor.Tensors;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PlacementTest {
  private static final int ROWS = 24;
  private static final int COLUMNS = 12;

  @TempDir Path folder;

  /// Whatever is cut, turned and interleaved, each element is where the loader takes it from.
  @Test
  void elementsAreWhereTheLoaderFindsThem() {
    Path file = folder.resolve("a.safetensors");
    float[] numbers = new float[ROWS * COLUMNS];
    for (int i = 0; i < numbers.length; i++) numbers[i] = i;
    SafetensorsWriter.write(
        file,
        Map.of(),
        List.of(
            SafetensorsWriter.Tensor.of(
                "a.weight", List.of((long) ROWS, (long) COLUMNS), numbers)));
    Tensors tensors = SafetensorsFile.read(file).tensors();
    var random = new Random(7);
    try (Arena arena = Arena.ofConfined()) {
      var loader = new WeightLoader(tensors.map(arena), arena);
      for (int round = 0; round < 200; round++) {
        Recipe recipe = new Recipe.Whole(tensors.find("a.weight").orElseThrow());
        for (int i = random.nextInt(4); i > 0; i--) recipe = changed(recipe, random);
        var binding =
            new Binding(new WeightRequest("w", recipe.shape(), Elem.F32, Origin.NONE), recipe);
        float[] loaded = loader.load(binding).bytes().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
        Placement place = Placement.of(binding).orElseThrow();
        assertThat(place.module()).isEqualTo("a");
        assertThat(elements(place)).as(recipe.text()).isEqualTo(loaded);
      }
    }
  }

  private static float[] elements(Placement place) {
    int inputs = place.inputs().length;
    var elements = new float[place.outputs().length * inputs];
    IntStream.range(0, elements.length)
        .forEach(
            i -> {
              int output = place.outputs()[i / inputs];
              int input = place.inputs()[i % inputs];
              elements[i] =
                  switch (place.side()) {
                    case OUTPUTS_FIRST -> output * COLUMNS + input;
                    case INPUTS_FIRST -> input * COLUMNS + output;
                  };
            });
    return elements;
  }

  private static Recipe changed(Recipe recipe, Random random) {
    long rows = recipe.shape().getFirst();
    return switch (random.nextInt(3)) {
      case 0 -> new Recipe.Transposed(recipe);
      case 1 -> {
        int axis = random.nextInt(2);
        long size = recipe.shape().get(axis);
        long groups = size % 2 == 0 && random.nextBoolean() ? 2 : 1;
        long run = size / groups;
        if (run < 2) yield recipe;
        long offset = random.nextLong(run - 1);
        yield new Recipe.Piece(recipe, axis, groups, offset, 1 + random.nextLong(run - offset));
      }
      default -> rows % 4 == 0 ? new Recipe.Halved(recipe, 2) : recipe;
    };
  }
}
