package dune.weights.convert;

import dune.ir.Elem;
import dune.ir.checkpoint.Json;
import dune.weights.AtomicFolder;
import dune.weights.EnvironmentFailure;
import dune.weights.Quoted;
import dune.weights.bind.Convert;
import dune.weights.checkpoint.Checkpoint;
import dune.weights.safetensors.SafetensorsWriter;
import dune.weights.safetensors.ShardWriter;
import dune.weights.tensor.DType;
import dune.weights.tensor.Tensors;
import dune.weights.tensor.Tensors.Located;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;

/// Writes a checkpoint anew, as a folder of safetensors with the settings that lay beside it.
public final class Conversion {
  private static final String HEAD = "lm_head.weight";

  private final Checkpoint from;
  private final Path out;
  private final Optional<Elem> elem;
  private final Map<String, Edit> edits;
  private final LongConsumer progress;
  private final List<Located> tensors;
  private long done;
  private long overflows;

  /// What was written.
  ///
  /// @param numbers elements of all tensors
  /// @param bytes that they take
  /// @param files of weights
  /// @param overflows numbers that became infinite, because the element type is too narrow
  public record Result(int tensors, long numbers, long bytes, int files, long overflows) {}

  /// A change of the numbers of a tensor.
  @FunctionalInterface
  public interface Edit {
    /// @param begin which element of the tensor, row by row, `elements` begin with
    void apply(long begin, double[] elements);
  }

  private Conversion(
      Checkpoint from,
      Path out,
      Optional<Elem> elem,
      Map<String, Edit> edits,
      LongConsumer progress) {
    this.from = from;
    this.out = out;
    this.elem = elem;
    this.edits = edits;
    this.progress = progress;
    this.tensors = needed(from);
  }

  /// @param out the folder to write, absent or empty
  /// @param elem what floats become; as they are if empty
  /// @param shardSize the most bytes of one file
  /// @param progress hears of {@link #work} in bytes
  /// @throws EnvironmentFailure if it cannot be written, or came back otherwise; nothing is left
  ///   behind then
  public static Result run(
      Checkpoint from, Path out, Optional<Elem> elem, long shardSize, LongConsumer progress) {
    return run(from, out, elem, Map.of(), shardSize, progress);
  }

  /// As the other, with other numbers in some tensors of floats.
  ///
  /// @param edits by name of the tensor; computed in f64 and rounded once, when they are written
  public static Result run(
      Checkpoint from,
      Path out,
      Optional<Elem> elem,
      Map<String, Edit> edits,
      long shardSize,
      LongConsumer progress) {
    AtomicFolder.requireFree(out);
    return new Conversion(from, out, elem, edits, progress).run(shardSize);
  }

  /// How much there is to do, in bytes: all are written and then read.
  public static long work(Checkpoint from, Optional<Elem> elem) {
    return 2 * new Conversion(from, Path.of(""), elem, Map.of(), _ -> {}).bytes();
  }

  /// All tensors, but a tied head that is the embedding itself under another name.
  private static List<Located> needed(Checkpoint from) {
    var all = new ArrayList<>(from.tensors().all().values());
    if (!isTied(from)) return all;
    var head = from.tensors().find(HEAD);
    boolean shared =
        head.isPresent()
            && all.stream()
                .anyMatch(
                    tensor ->
                        !tensor.info().name().equals(HEAD)
                            && tensor.source().equals(head.get().source())
                            && tensor.info().shape().equals(head.get().info().shape()));
    if (shared) all.remove(head.get());
    return all;
  }

  private static boolean isTied(Checkpoint from) {
    return from.hasConfig()
        && from.config().get("tie_word_embeddings").value() instanceof Json.Bool(var tied, _)
        && tied;
  }

  private Result run(long shardSize) {
    AtomicFolder.requireSpace(out, bytes());
    var files = new int[1];
    AtomicFolder.write(
        out,
        folder -> {
          ShardWriter.write(folder, tensors.stream().map(this::written).toList(), shardSize);
          new Companions(from, elem).copyTo(folder);
          files[0] = compare(folder);
        });
    long numbers = tensors.stream().mapToLong(tensor -> count(tensor)).sum();
    return new Result(tensors.size(), numbers, bytes(), files[0], overflows);
  }

  private static long count(Located tensor) {
    return tensor.info().shape().stream().reduce(1L, (a, b) -> a * b);
  }

  private long bytes() {
    return tensors.stream()
        .mapToLong(tensor -> type(tensor).bytes(tensor.info().shape()).orElseThrow())
        .sum();
  }

  /// Floats become what was asked for, everything else stays.
  private DType type(Located tensor) {
    var type = tensor.info().type();
    return elem.map(DType::of).filter(target -> Convert.isPossible(type, target)).orElse(type);
  }

  private SafetensorsWriter.Tensor written(Located tensor) {
    return new SafetensorsWriter.Tensor(
        tensor.info().name(),
        type(tensor),
        tensor.info().shape(),
        sink ->
            overflows +=
                stream(
                    tensor,
                    bytes -> {
                      sink.write(bytes);
                      advance(bytes.byteSize());
                    }));
  }

  /// What a tensor becomes.
  ///
  /// @return how many numbers became infinite
  private long stream(Located tensor, SafetensorsWriter.Sink sink) throws IOException {
    Edit edit = edits.get(tensor.info().name());
    DType type = type(tensor);
    if (edit == null) return ElementStream.write(tensor, type, sink);
    var at = new long[1];
    var infinite = new long[1];
    ElementStream.write(
        tensor,
        DType.F64,
        wide -> {
          double[] block = wide.toArray(ValueLayout.JAVA_DOUBLE_UNALIGNED);
          edit.apply(at[0], block);
          at[0] += block.length;
          try (var arena = Arena.ofConfined()) {
            var edited = arena.allocateFrom(ValueLayout.JAVA_DOUBLE, block);
            var rounded = arena.allocate(block.length * type.bits() / Byte.SIZE, Long.BYTES);
            infinite[0] += Convert.convert(edited, DType.F64, rounded, type, block.length);
            sink.write(rounded);
          }
        });
    return infinite[0];
  }

  private void advance(long bytes) {
    done += bytes;
    progress.accept(done);
  }

  /// Makes every tensor once more, and holds it against the files.
  ///
  /// @return how many files there are
  private int compare(Path folder) throws IOException {
    var names = new LinkedHashMap<String, Located>();
    for (Located tensor : tensors) names.put(tensor.info().name(), tensor);
    Tensors read = Checkpoint.open(folder).tensors();
    if (!read.all().keySet().equals(names.keySet())) throw different("the list of tensors");
    for (Located copy : read.all().values()) {
      var tensor = names.get(copy.info().name());
      var comparison = new Comparison(copy);
      stream(
          tensor,
          bytes -> {
            if (!comparison.matches(bytes)) throw different(Quoted.name(tensor.info().name()));
            advance(bytes.byteSize());
          });
      boolean whole = comparison.isWhole() && copy.info().shape().equals(tensor.info().shape());
      if (!whole) throw different(Quoted.name(tensor.info().name()));
    }
    return read.files().size();
  }

  private EnvironmentFailure different(String what) {
    return new EnvironmentFailure(
        "%s came back from the disk of %s otherwise than it was written; check the disk (nothing was left behind)"
            .formatted(what, Quoted.path(out)));
  }
}
