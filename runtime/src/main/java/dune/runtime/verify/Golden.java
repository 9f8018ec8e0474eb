package dune.runtime.verify;

import dune.ir.Elem;
import dune.ir.Origin;
import dune.ir.checkpoint.WeightRequest;
import dune.weights.InputFailure;
import dune.weights.Quoted;
import dune.weights.bind.Binding;
import dune.weights.bind.Recipe;
import dune.weights.bind.WeightLoader;
import dune.weights.safetensors.SafetensorsFile;
import dune.weights.tensor.DType;
import dune.weights.tensor.Tensors;
import dune.weights.tensor.Tensors.Located;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// What a reference gave: logits for some tokens, and the greedy continuation of a prompt.
///
/// The file is safetensors with `input_ids` (I64 or I32 `[rows, steps]`) and `logits` (floats
/// `[rows, steps, vocabulary]`), and perhaps `prompt` and `greedy` (as `input_ids`, of one row).
///
/// @param tokens row by row
/// @param logits row by row
public record Golden(
    long[] tokens, int rows, int steps, float[] logits, Optional<Continuation> continuation) {

  /// The tokens that follow a prompt when the likeliest is always taken.
  public record Continuation(int[] prompt, int[] greedy) {}

  /// @throws InputFailure if tensors are missing or do not fit
  public static Golden read(Path file) {
    return read(file, "logits");
  }

  /// @param logits name of the tensor with the logits
  /// @throws InputFailure if tensors are missing or do not fit
  public static Golden read(Path file, String logits) {
    try (Arena arena = Arena.ofConfined()) {
      return new Reader(file, SafetensorsFile.read(file).tensors(), arena).read(logits);
    }
  }

  private record Reader(Path file, Tensors tensors, WeightLoader loader) {
    private static final int MOST_NAMED = 8;
    private static final Set<DType> INTS = EnumSet.of(DType.I64, DType.I32);
    private static final Set<DType> FLOATS =
        EnumSet.of(DType.F64, DType.F32, DType.F16, DType.BF16);

    Reader(Path file, Tensors tensors, Arena arena) {
      this(file, tensors, new WeightLoader(tensors.map(arena), arena));
    }

    Golden read(String name) {
      Located ids = find("input_ids", INTS, 2);
      Located logits = find(name, FLOATS, 3);
      List<Long> shape = ids.info().shape();
      if (!logits.info().shape().subList(0, 2).equals(shape)) {
        throw new InputFailure(
            file,
            "`input_ids` is %s, and %s is %s"
                .formatted(shape, Quoted.name(name), logits.info().shape()));
      }
      Optional<Continuation> continuation =
          tensors.find("prompt").isPresent() && tensors.find("greedy").isPresent()
              ? Optional.of(new Continuation(row("prompt"), row("greedy")))
              : Optional.empty();
      return new Golden(
          load(ids, Elem.INT).toArray(ValueLayout.JAVA_LONG_UNALIGNED),
          Math.toIntExact(shape.get(0)),
          Math.toIntExact(shape.get(1)),
          load(logits, Elem.F32).toArray(ValueLayout.JAVA_FLOAT_UNALIGNED),
          continuation);
    }

    private String names() {
      var all = tensors.all().keySet();
      String first =
          all.stream().limit(MOST_NAMED).map(Quoted::plain).collect(Collectors.joining(", "));
      int rest = all.size() - MOST_NAMED;
      return rest > 0 ? first + " and " + rest + " more" : first;
    }

    private Located find(String name, Set<DType> types, int rank) {
      Located found =
          tensors
              .find(name)
              .orElseThrow(
                  () ->
                      new InputFailure(
                          file,
                          "it has no tensor %s; it has %s".formatted(Quoted.name(name), names())));
      if (!types.contains(found.info().type()) || found.info().shape().size() != rank) {
        throw new InputFailure(
            file,
            "%s is %s%s, and should be %s with %d axes"
                .formatted(
                    Quoted.name(name),
                    found.info().type(),
                    found.info().shape(),
                    types.stream().map(DType::name).collect(Collectors.joining(" or ")),
                    rank));
      }
      if (found.info().bytes() == 0) {
        throw new InputFailure(file, Quoted.name(name) + " is empty: " + found.info().shape());
      }
      return found;
    }

    private int[] row(String name) {
      Located found = find(name, INTS, 2);
      if (found.info().shape().getFirst() != 1) {
        throw new InputFailure(
            file, "%s is %s, and should be one row".formatted(name, found.info().shape()));
      }
      long[] tokens = load(found, Elem.INT).toArray(ValueLayout.JAVA_LONG_UNALIGNED);
      if (Arrays.stream(tokens).anyMatch(token -> token != (int) token)) {
        throw new InputFailure(file, "%s holds numbers that are no tokens".formatted(name));
      }
      return Arrays.stream(tokens).mapToInt(token -> (int) token).toArray();
    }

    private MemorySegment load(Located tensor, Elem elem) {
      var whole = new Recipe.Whole(tensor);
      var request = new WeightRequest(tensor.info().name(), whole.shape(), elem, Origin.NONE);
      return loader.load(new Binding(request, whole)).bytes();
    }
  }
}
