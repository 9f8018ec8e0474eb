package dune.weights.bind;

import dune.weights.tensor.Tensors.Located;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;

/// How a weight is made from tensors of the file.
public sealed interface Recipe {

  List<Long> shape();

  /// A tensor as it lies in the file.
  record Whole(Located tensor) implements Recipe {
    @Override
    public List<Long> shape() {
      return tensor.info().shape();
    }
  }

  /// One element of the first axis: `[n, ..] -> [..]`.
  record Element(Recipe source, long index) implements Recipe {
    @Override
    public List<Long> shape() {
      return source.shape().subList(1, source.shape().size());
    }
  }

  /// Places `[offset, offset + size)` of each of `groups` equal runs of an axis, one behind the
  /// other.
  record Piece(Recipe source, int axis, long groups, long offset, long size) implements Recipe {
    @Override
    public List<Long> shape() {
      var shape = new ArrayList<>(source.shape());
      shape.set(axis, groups * size);
      return List.copyOf(shape);
    }
  }

  /// The last two axes exchanged; a vector stays as it is.
  record Transposed(Recipe source) implements Recipe {
    @Override
    public List<Long> shape() {
      return transposed(source.shape());
    }
  }

  /// In each of `groups` equal runs of the first axis, the even places before the odd ones.
  record Halved(Recipe source, long groups) implements Recipe {
    @Override
    public List<Long> shape() {
      return source.shape();
    }
  }

  /// Equal parts under a new first axis.
  record Stacked(List<Recipe> parts) implements Recipe {
    public Stacked {
      parts = List.copyOf(parts);
      if (parts.isEmpty()) throw new IllegalArgumentException("nothing to stack");
    }

    @Override
    public List<Long> shape() {
      var shape = new ArrayList<Long>();
      shape.add((long) parts.size());
      shape.addAll(parts.getFirst().shape());
      return List.copyOf(shape);
    }
  }

  /// The tensors that it reads.
  default List<Located> tensors() {
    return switch (this) {
      case Whole(var tensor) -> List.of(tensor);
      case Element(var source, _) -> source.tensors();
      case Piece(var source, _, _, _, _) -> source.tensors();
      case Transposed(var source) -> source.tensors();
      case Halved(var source, _) -> source.tensors();
      case Stacked(var parts) -> parts.stream().flatMap(part -> part.tensors().stream()).toList();
    };
  }

  /// For people: `transpose(h.0.attn.c_attn.weight)[0 .. 48 of axis 0]`.
  default String text() {
    return switch (this) {
      case Whole(var tensor) -> tensor.info().name();
      case Element(var source, var index) -> source.text() + "[" + index + "]";
      case Piece piece -> pieceText(piece);
      case Transposed(var source) -> "transpose(" + source.text() + ")";
      case Halved(var source, var groups) ->
          "halves(" + source.text() + ", groups = " + groups + ")";
      case Stacked(var parts) ->
          parts.stream().map(Recipe::text).collect(Collectors.joining(", ", "stack(", ")"));
    };
  }

  private static String pieceText(Piece piece) {
    var groups = piece.groups() == 1 ? "" : " in " + piece.groups() + " groups";
    long end = piece.offset() + piece.size();
    return piece.source().text()
        + "["
        + (piece.offset() + " .. " + end + " of axis " + piece.axis() + groups)
        + "]";
  }

  /// `[.., m, n] -> [.., n, m]`
  static List<Long> transposed(List<Long> shape) {
    if (shape.size() < 2) return shape;
    var transposed = new ArrayList<>(shape);
    Collections.swap(transposed, shape.size() - 2, shape.size() - 1);
    return List.copyOf(transposed);
  }
}
