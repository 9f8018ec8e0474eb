package dune.weights.consolidated;

import dune.ir.checkpoint.Json;
import dune.weights.InputFailure;
import dune.weights.Quoted;
import dune.weights.consolidated.Names.Meaning;
import dune.weights.layout.Strided;
import dune.weights.tensor.Source;
import dune.weights.tensor.TensorInfo;
import dune.weights.tensor.Tensors;
import dune.weights.tensor.Tensors.Located;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// Sees a checkpoint of Meta or Mistral as one of Hugging Face.
public final class Consolidated {
  private final Params params;
  private final List<Tensors> ranks;
  private final Map<String, Located> tensors = new LinkedHashMap<>();

  private Consolidated(Params params, List<Tensors> ranks) {
    this.params = params;
    this.ranks = ranks;
  }

  /// @param tensors under Hugging Face's names
  /// @param config what its `config.json` would say
  public record Seen(Tensors tensors, Json config) {}

  /// Whether tensors have the names of that layout.
  public static boolean isNamedSo(Tensors tensors) {
    return tensors.find("tok_embeddings.weight").isPresent()
        && tensors.find("layers.0.attention.wq.weight").isPresent();
  }

  /// @param file `params.json`
  /// @param ranks the tensors of each machine, in their order
  /// @throws InputFailure if parameters and tensors do not belong together, or say what is not
  ///   known
  public static Seen see(Path file, List<Tensors> ranks) {
    var params = Params.read(file);
    var tensors = new Consolidated(params, List.copyOf(ranks)).tensors();
    return new Seen(tensors, ConfigWriter.of(params, tensors));
  }

  private Tensors tensors() {
    var names = new LinkedHashSet<String>();
    for (Tensors rank : ranks) names.addAll(rank.all().keySet());
    for (String name : names) {
      var parts = ranks.stream().flatMap(rank -> rank.find(name).stream()).toList();
      Names.meaning(name)
          .ifPresentOrElse(
              meaning -> add(meaning, parts, name),
              // Whoever binds the tensors says that nobody asks for it.
              () -> tensors.put(name, parts.getFirst()));
    }
    return new Tensors(tensors);
  }

  private void add(Meaning meaning, List<Located> parts, String name) {
    if (parts.size() != 1 && parts.size() != ranks.size()) {
      throw new InputFailure(
          parts.getFirst().file().path(),
          Quoted.name(name) + " is in some of the parts and not in others; a part is missing");
    }
    switch (meaning.change()) {
      case NONE -> put(meaning.theirs(), joined(meaning, parts));
      case QUERY -> put(meaning.theirs(), turned(meaning, parts, heads()));
      case KEY -> put(meaning.theirs(), turned(meaning, parts, ConfigWriter.keyHeads(params)));
      case EXPERTS, EXPERTS_TRANSPOSED -> experts(meaning, joined(meaning, parts));
      case DROP -> {}
    }
  }

  private long heads() {
    return params.size("n_heads", "num_attention_heads");
  }

  private void put(String name, Located tensor) {
    var info = new TensorInfo(name, tensor.info().type(), tensor.info().shape());
    tensors.put(name, new Located(info, tensor.source()));
  }

  private Located joined(Meaning meaning, List<Located> parts) {
    if (parts.size() == 1) return parts.getFirst();
    return switch (meaning.share()) {
      case WHOLE -> parts.getFirst();
      case ROWS -> side(0, parts);
      case COLUMNS -> side(1, parts);
      case EITHER -> side(holdsWholeRows(parts.getFirst()) ? 0 : 1, parts);
    };
  }

  private boolean holdsWholeRows(Located part) {
    return part.info().shape().getLast() == params.size("dim", "hidden_size");
  }

  private static Located side(int axis, List<Located> parts) {
    var first = parts.getFirst().info();
    var shape = new ArrayList<>(first.shape());
    long size = 0;
    for (Located part : parts) {
      var other = new ArrayList<>(part.info().shape());
      if (other.size() <= axis || other.size() != shape.size()) throw unequal(part);
      size += other.set(axis, shape.get(axis));
      if (!other.equals(shape) || part.info().type() != first.type()) throw unequal(part);
    }
    shape.set(axis, size);
    return new Located(
        new TensorInfo(first.name(), first.type(), shape), new Source.Joined(axis, parts));
  }

  private static InputFailure unequal(Located part) {
    return new InputFailure(
        part.file().path(),
        Quoted.name(part.info().name())
            + " is "
            + part.info().type()
            + part.info().shape()
            + ", which does not go with its other parts; files of two checkpoints lie in this"
            + " folder");
  }

  /// Rotary pairs are turned head by head, so each part can be turned by itself.
  private Located turned(Meaning meaning, List<Located> parts, long heads) {
    long each = heads / parts.size();
    var turned = parts.stream().map(part -> turned(part, each)).toList();
    return joined(meaning, turned);
  }

  private Located turned(Located part, long heads) {
    var shape = part.info().shape();
    boolean fits = heads > 0 && !shape.isEmpty() && shape.getFirst() % (2 * heads) == 0;
    return Optional.of(part)
        .filter(_ -> fits)
        .flatMap(tensor -> changed(tensor, shape, layout -> layout.halved(heads)))
        .orElseThrow(
            () ->
                new InputFailure(
                    params.file(),
                    "it says %d heads, which do not fit `%s` of shape %s"
                        .formatted(heads, part.info().name(), shape)));
  }

  /// The same elements in another order or number; empty if they do not lie in one region or steps
  /// cannot follow.
  private static Optional<Located> changed(
      Located tensor, List<Long> shape, Function<Strided, Optional<Strided>> to) {
    if (!(tensor.source() instanceof Source.Region(var file, var begin, var bytes, var layout))) {
      return Optional.empty();
    }
    var info = new TensorInfo(tensor.info().name(), tensor.info().type(), shape);
    return to.apply(layout)
        .map(next -> new Located(info, new Source.Region(file, begin, bytes, next)));
  }

  private void experts(Meaning meaning, Located all) {
    long count = ConfigWriter.experts(params);
    var shape = all.info().shape();
    if (shape.size() != 2 || shape.getFirst() % count != 0) {
      throw new InputFailure(
          params.file(),
          "it says %d experts, which do not fit `%s` of shape %s"
              .formatted(count, all.info().name(), shape));
    }
    long rows = shape.getFirst() / count;
    for (int i = 0; i < count; i++) {
      put(meaning.theirs().formatted(i), expert(meaning, all, i * rows, rows));
    }
  }

  private static Located expert(Meaning meaning, Located all, long from, long rows) {
    long columns = all.info().shape().getLast();
    boolean turned = meaning.change() == Names.Change.EXPERTS_TRANSPOSED;
    return changed(
            all,
            turned ? List.of(columns, rows) : List.of(rows, columns),
            layout ->
                layout.piece(0, 1, from, rows).map(piece -> turned ? piece.transposed() : piece))
        .orElseThrow(() -> new IllegalStateException(all.info() + " has no plain rows"));
  }
}
