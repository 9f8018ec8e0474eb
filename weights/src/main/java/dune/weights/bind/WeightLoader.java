package dune.weights.bind;

import dune.weights.bind.WeightLoader.Loaded.Kind;
import dune.weights.layout.Strided;
import dune.weights.layout.StridedCopy;
import dune.weights.tensor.DType;
import dune.weights.tensor.Source;
import dune.weights.tensor.Tensors;
import dune.weights.tensor.Tensors.Located;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// Follows recipes. A weight that lies in the file as the model wants it is used where it lies; any
/// other is copied once.
public final class WeightLoader {
  private static final long ALIGNMENT = 64;

  private final Tensors.Mapped mapped;
  private final Arena arena;

  /// @param arena where copies live; it should not outlive that of the mapped files
  public WeightLoader(Tensors.Mapped mapped, Arena arena) {
    this.mapped = mapped;
    this.arena = arena;
  }

  /// The bytes of a weight: in the element type and shape of the request, row by row,
  /// little-endian.
  ///
  /// @param kind whether they are those of the file (read-only), or a copy
  public record Loaded(MemorySegment bytes, Kind kind) {
    public enum Kind {
      MAPPED,
      COPIED
    }
  }

  public Loaded load(Binding binding) {
    return load(binding.recipe(), DType.of(binding.request().elem()));
  }

  /// The bytes of weights of one element type behind one another, as those of one weight. They are
  /// those of the file if they lie behind one another there.
  public Loaded load(List<Binding> bindings) {
    if (bindings.size() == 1) return load(bindings.getFirst());
    var type = DType.of(bindings.getFirst().request().elem());
    long size = bindings.stream().mapToLong(each -> bytes(each.recipe(), type)).sum();
    var inPlace = inPlace(bindings, type, size);
    if (inPlace.isPresent()) return new Loaded(inPlace.get(), Kind.MAPPED);
    var bytes = arena.allocate(size, ALIGNMENT);
    long at = 0;
    for (Binding binding : bindings) {
      long width = bytes(binding.recipe(), type);
      try (var scratch = Arena.ofConfined()) {
        view(binding.recipe(), scratch).copyTo(bytes.asSlice(at, width), type, scratch);
      }
      at += width;
    }
    return new Loaded(bytes, Kind.COPIED);
  }

  private Optional<MemorySegment> inPlace(List<Binding> bindings, DType type, long size) {
    Source.Region first = null;
    long end = 0;
    for (Binding binding : bindings) {
      boolean lies =
          binding.recipe() instanceof Recipe.Whole(Located tensor)
              && tensor.info().type() == type
              && tensor.source() instanceof Source.Region region
              && region.layout().equals(Strided.of(tensor.info().shape()))
              && (first == null || region.file().equals(first.file()) && region.begin() == end);
      if (!lies) return Optional.empty();
      var region = (Source.Region) ((Recipe.Whole) binding.recipe()).tensor().source();
      if (first == null) first = region;
      end = region.begin() + region.bytes();
    }
    var layout = Strided.of(List.of(size / type.bits() * 8));
    var whole = mapped.of(new Source.Region(first.file(), first.begin(), size, layout));
    return new View(whole, type, layout, View.Home.FILE).inPlace(type, size);
  }

  /// Whether the copy of a tied weight that some files have holds the same numbers. Reads both.
  public boolean isEqual(Binding weight, Finding.Tied copy) {
    var type = DType.of(weight.request().elem());
    try (var scratch = Arena.ofConfined()) {
      var loader = new WeightLoader(mapped, scratch);
      var one = loader.load(weight.recipe(), type).bytes();
      var other = loader.load(copy.alias(), type).bytes();
      return one.mismatch(other) < 0;
    }
  }

  private Loaded load(Recipe recipe, DType type) {
    try (var scratch = Arena.ofConfined()) {
      if (recipe instanceof Recipe.Stacked(var parts)) {
        var bytes = allocate(arena, recipe, type);
        fill(parts, bytes, type, scratch);
        return new Loaded(bytes, Kind.COPIED);
      }
      var view = view(recipe, scratch);
      var inPlace = view.inPlace(type, bytes(recipe, type));
      if (inPlace.isPresent()) return new Loaded(inPlace.get(), Kind.MAPPED);
      var bytes = allocate(arena, recipe, type);
      view.copyTo(bytes, type, scratch);
      return new Loaded(bytes, Kind.COPIED);
    }
  }

  private void fill(List<Recipe> parts, MemorySegment bytes, DType type, Arena scratch) {
    long size = bytes.byteSize() / parts.size();
    for (int i = 0; i < parts.size(); i++) {
      view(parts.get(i), scratch).copyTo(bytes.asSlice(i * size, size), type, scratch);
    }
  }

  private View view(Recipe recipe, Arena scratch) {
    return switch (recipe) {
      case Recipe.Whole(var tensor) -> view(tensor, scratch);
      case Recipe.Transposed(var source) -> {
        var view = view(source, scratch);
        yield view.with(view.strided().transposed());
      }
      case Recipe.Element(var source, var index) ->
          step(source, strided -> strided.element(index), scratch);
      case Recipe.Piece(var source, var axis, var groups, var offset, var size) ->
          step(source, strided -> strided.piece(axis, groups, offset, size), scratch);
      case Recipe.Halved(var source, var groups) ->
          step(source, strided -> strided.halved(groups), scratch);
      case Recipe.Stacked(var parts) -> {
        var type = parts.getFirst().tensors().getFirst().info().type();
        var bytes = allocate(scratch, recipe, type);
        fill(parts, bytes, type, scratch);
        yield new View(bytes, type, Strided.of(recipe.shape()), View.Home.SCRATCH);
      }
    };
  }

  private View view(Located tensor, Arena scratch) {
    return switch (tensor.source()) {
      case Source.Region region ->
          new View(mapped.of(region), tensor.info().type(), region.layout(), View.Home.FILE);
      case Source.Joined(var axis, var parts) -> {
        var type = tensor.info().type();
        var bytes = scratch.allocate(tensor.info().bytes(), ALIGNMENT);
        join(axis, parts, tensor.info().shape(), bytes, scratch);
        yield new View(bytes, type, Strided.of(tensor.info().shape()), View.Home.SCRATCH);
      }
    };
  }

  /// Puts parts side by side along an axis: rows of one beside rows of the other.
  private void join(
      int axis, List<Located> parts, List<Long> shape, MemorySegment bytes, Arena scratch) {
    long rows = shape.subList(0, axis).stream().reduce(1L, Math::multiplyExact);
    if (rows == 0) return;
    long pitch = bytes.byteSize() / rows;
    long at = 0;
    for (Located part : parts) {
      long width = part.info().bytes() / rows;
      var elements = view(part, scratch).ordered(part.info().bytes(), scratch);
      for (long row = 0; row < rows; row++) {
        MemorySegment.copy(elements, row * width, bytes, row * pitch + at, width);
      }
      at += width;
    }
  }

  /// Changes where the elements lie; if that cannot be told by steps, puts them in order first.
  private View step(Recipe source, Function<Strided, Optional<Strided>> change, Arena scratch) {
    var view = view(source, scratch);
    var changed = change.apply(view.strided());
    if (changed.isPresent()) return view.with(changed.get());
    var bytes = allocate(scratch, source, view.type());
    view.copyTo(bytes, view.type(), scratch);
    var ordered = Strided.of(source.shape());
    return new View(bytes, view.type(), change.apply(ordered).orElseThrow(), View.Home.SCRATCH);
  }

  private static MemorySegment allocate(Arena arena, Recipe recipe, DType type) {
    return arena.allocate(bytes(recipe, type), ALIGNMENT);
  }

  private static long bytes(Recipe recipe, DType type) {
    return recipe.shape().stream().reduce(1L, Math::multiplyExact) * type.bits() / 8;
  }

  /// Elements of one type somewhere in memory.
  private record View(MemorySegment bytes, DType type, Strided strided, Home home) {
    enum Home {
      FILE,
      SCRATCH
    }

    View with(Strided other) {
      return new View(bytes, type, other, home);
    }

    private int width() {
      return type.bits() / 8;
    }

    /// The memory of the file itself, if it holds the elements in type and order as wanted, and
    /// where a processor likes them.
    Optional<MemorySegment> inPlace(DType target, long size) {
      if (home == Home.SCRATCH || type != target || !strided.isContiguous()) {
        return Optional.empty();
      }
      if (size == 0) return Optional.of(bytes.asSlice(0, 0));
      var slice = bytes.asSlice(strided.offset() * width(), size);
      return slice.address() % width() == 0 ? Optional.of(slice) : Optional.empty();
    }

    void copyTo(MemorySegment to, DType target, Arena scratch) {
      long count = to.byteSize() / (target.bits() / 8);
      if (type == target) {
        StridedCopy.copy(bytes, strided, to, width());
      } else if (count > 0) {
        var ordered = ordered(count * width(), scratch);
        Convert.convert(ordered, type, to, target, count);
      }
    }

    /// The elements one behind the other.
    MemorySegment ordered(long size, Arena scratch) {
      if (strided.isContiguous()) return bytes.asSlice(strided.offset() * width(), size);
      var ordered = scratch.allocate(size, ALIGNMENT);
      StridedCopy.copy(bytes, strided, ordered, width());
      return ordered;
    }
  }
}
