package dune.runtime.verify;

import dune.weights.InputFailure;
import dune.weights.safetensors.DType;
import dune.weights.safetensors.Tensors;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// What a reference gave: logits for some tokens, and the greedy continuation of a prompt.
///
/// The file is safetensors with `input_ids` (I64 `[rows, steps]`) and `logits` (F32 `[rows, steps,
/// vocabulary]`), and perhaps `prompt` and `greedy` (I64 `[1, n]`).
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

  /// @param name of the tensor with the logits
  public static Golden read(Path file, String name) {
    Tensors tensors = Tensors.read(file);
    try (Arena arena = Arena.ofConfined()) {
      Tensors.Mapped mapped = tensors.map(arena);
      Tensors.Located ids = find(tensors, "input_ids", DType.I64, 2, file);
      Tensors.Located logits = find(tensors, name, DType.F32, 3, file);
      List<Long> shape = ids.info().shape();
      if (!logits.info().shape().subList(0, 2).equals(shape)) {
        throw new InputFailure(
            file,
            "`input_ids` is %s, and `%s` is %s".formatted(shape, name, logits.info().shape()));
      }
      Optional<Continuation> continuation = Optional.empty();
      if (tensors.find("prompt").isPresent() && tensors.find("greedy").isPresent()) {
        continuation =
            Optional.of(
                new Continuation(
                    ints(mapped, find(tensors, "prompt", DType.I64, 2, file)),
                    ints(mapped, find(tensors, "greedy", DType.I64, 2, file))));
      }
      return new Golden(
          mapped.of(ids).toArray(ValueLayout.JAVA_LONG_UNALIGNED),
          Math.toIntExact(shape.get(0)),
          Math.toIntExact(shape.get(1)),
          mapped.of(logits).toArray(ValueLayout.JAVA_FLOAT_UNALIGNED),
          continuation);
    }
  }

  private static Tensors.Located find(
      Tensors tensors, String name, DType type, int rank, Path file) {
    Tensors.Located found =
        tensors
            .find(name)
            .orElseThrow(
                () ->
                    new InputFailure(
                        file,
                        "it has no tensor `"
                            + name
                            + "`; it has "
                            + String.join(", ", tensors.all().keySet())));
    if (found.info().type() != type || found.info().shape().size() != rank) {
      throw new InputFailure(
          file,
          "`%s` is %s%s, and should be %s with %d axes"
              .formatted(name, found.info().type(), found.info().shape(), type, rank));
    }
    return found;
  }

  private static int[] ints(Tensors.Mapped mapped, Tensors.Located tensor) {
    long[] values = mapped.of(tensor).toArray(ValueLayout.JAVA_LONG_UNALIGNED);
    int[] ints = new int[values.length];
    for (int i = 0; i < ints.length; i++) ints[i] = Math.toIntExact(values[i]);
    return ints;
  }
}
