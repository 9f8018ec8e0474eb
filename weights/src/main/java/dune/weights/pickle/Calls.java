package dune.weights.pickle;

import dune.weights.InputFailure;
import dune.weights.Quoted;
import dune.weights.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/// What a pickle may call, and what comes of it. Arguments are checked as far as they say where a
/// tensor lies; what only Python would use is passed over.
final class Calls {
  private static final int MOST_AXES = 64;

  private final PickleInput input;
  private final IntConsumer work;
  private final Consumer<Value.Storage> seen;

  /// @param work hears what is done besides the steps of the pickle
  /// @param seen hears of every storage
  Calls(PickleInput input, IntConsumer work, Consumer<Value.Storage> seen) {
    this.input = input;
    this.work = work;
    this.seen = seen;
  }

  Value named(String module, String name) {
    return new Value.Known(
        Global.find(module, name)
            .orElseThrow(
                () ->
                    input.broken(
                        "it asks for "
                            + Quoted.name(module + "." + name)
                            + ", which is not among the names that belong to tensors; it was"
                            + " refused, and nothing of it was executed. If you trust it, load it"
                            + " with PyTorch and save `model.state_dict()`")));
  }

  Value call(Value function, Value arguments) {
    if (!(arguments instanceof Value.Tuple(var given))) {
      throw malformed("calls something with " + arguments.kind());
    }
    if (!(function instanceof Value.Known(Global.Callable callable))) {
      throw malformed("calls " + function.kind());
    }
    return switch (callable) {
      case REBUILD_TENSOR -> tensor(atLeast(4, given), Optional.empty());
      case REBUILD_TENSOR_V2 -> {
        requirePlain(given, 6);
        yield tensor(atLeast(4, given), Optional.empty());
      }
      case REBUILD_TENSOR_V3 -> {
        requirePlain(given, 7);
        yield tensor(atLeast(7, given), Optional.of(elementType(given.get(6))));
      }
      case REBUILD_PARAMETER -> inner(atLeast(1, given).getFirst());
      case REBUILD_FROM_TYPE -> fromType(atLeast(3, given));
      case DICT -> dict(given);
      case TUPLE -> given.isEmpty() ? new Value.Tuple(List.of()) : tuple(given.getFirst());
      case INERT -> Value.Inert.INERT;
    };
  }

  /// `(function, type, arguments, attributes)`. Only a plain function is called in turn, so that
  /// this does not nest.
  private Value fromType(List<Value> given) {
    if (given.get(0) instanceof Value.Known(Global.Callable callable)
        && callable != Global.Callable.REBUILD_FROM_TYPE) {
      return call(given.get(0), given.get(2));
    }
    throw malformed("rebuilds a tensor by " + given.get(0).kind());
  }

  private Value inner(Value value) {
    if (value instanceof Value.Tensor || value instanceof Value.Inert) return value;
    throw malformed("makes a parameter of " + value.kind());
  }

  /// Tensors may be marked to be read negated or conjugated. PyTorch resolves that before models
  /// are saved, as a rule.
  private void requirePlain(List<Value> given, int metadata) {
    if (given.size() <= metadata) return;
    if (given.get(metadata) instanceof Value.Dict dict && !dict.entries.isEmpty()) {
      throw input.broken(
          "it has a tensor that is to be negated or conjugated when it is read; save it again"
              + " after `resolve_neg()` and `resolve_conj()`");
    }
  }

  private Value tensor(List<Value> given, Optional<DType> explicit) {
    if (!(given.get(0) instanceof Value.Storage storage)) {
      throw malformed("makes a tensor of " + given.get(0).kind());
    }
    var type =
        explicit
            .or(storage::type)
            .orElseThrow(() -> malformed("makes a tensor of bytes without an element type"));
    long offset = size(given.get(1));
    var shape = sizes(given.get(2));
    var strides = sizes(given.get(3));
    if (shape.size() != strides.size()) {
      throw malformed(
          "makes a tensor of %d axes with %d strides".formatted(shape.size(), strides.size()));
    }
    var tensor = new Value.Tensor(storage, type, offset, shape, strides);
    requireWithin(tensor);
    return tensor;
  }

  private void requireWithin(Value.Tensor tensor) {
    var bytes = tensor.type().bytes(tensor.shape());
    if (bytes.isEmpty()) throw impossible(tensor);
    if (tensor.shape().contains(0L)) return;
    try {
      long last = tensor.offset();
      for (int axis = 0; axis < tensor.shape().size(); axis++) {
        long steps = tensor.shape().get(axis) - 1;
        last = Math.addExact(last, Math.multiplyExact(steps, tensor.strides().get(axis)));
      }
      if (last < available(tensor)) return;
    } catch (ArithmeticException _) {
      // Farther than 64 bits reach.
    }
    throw impossible(tensor);
  }

  /// How many elements of the tensor's type the storage has.
  private static long available(Value.Tensor tensor) {
    int width = tensor.type().bits() / 8;
    var storage = tensor.storage();
    return Math.multiplyExact(storage.count(), storage.width()) / width;
  }

  private InputFailure impossible(Value.Tensor tensor) {
    return input.broken(
        "it has a tensor of shape "
            + Quoted.plain(tensor.shape().toString())
            + " and strides "
            + Quoted.plain(tensor.strides().toString())
            + " that reaches beyond its storage of "
            + tensor.storage().count()
            + " elements; it is damaged or hostile");
  }

  /// A persistent id: `('storage', class, key, device, count[, view])`.
  Value storage(Value id) {
    var storage = reference(id);
    seen.accept(storage);
    return storage;
  }

  private Value.Storage reference(Value id) {
    if (!(id instanceof Value.Tuple(var parts))
        || parts.isEmpty()
        || !(parts.getFirst() instanceof Value.Text(var kind))) {
      throw malformed("refers to something other than a storage");
    }
    if (!kind.equals("storage")) {
      throw input.broken(
          "it holds a whole module with its program ("
              + Quoted.name(kind)
              + "), and not only tensors; save `model.state_dict()` instead");
    }
    if (parts.size() < 5
        || !(parts.get(1) instanceof Value.Known(Global.StorageClass(var type)))
        || !(parts.get(2) instanceof Value.Text(var key))) {
      throw malformed("refers to a storage in an unknown way");
    }
    long count = size(parts.get(4));
    if (parts.size() < 6 || parts.get(5) instanceof Value.None) {
      return new Value.Storage(key, 0, count, type);
    }
    // A view of another storage: (key, offset, size). The first key names the view only.
    if (!(parts.get(5) instanceof Value.Tuple(var view)) || view.size() != 3) {
      throw malformed("refers to a part of a storage in an unknown way");
    }
    return new Value.Storage(key, size(view.get(1)), size(view.get(2)), type);
  }

  /// Of nothing, of another dictionary, or of a list of pairs; the default of a `defaultdict`,
  /// which comes first, is passed over.
  private Value dict(List<Value> given) {
    var dict = new Value.Dict();
    if (given.isEmpty()) return dict;
    if (given.getLast() instanceof Value.Dict other) {
      work.accept(other.entries.size());
      dict.entries.addAll(other.entries);
    }
    if (given.getLast() instanceof Value.Items list) {
      work.accept(list.values.size());
      for (Value pair : list.values) dict.entries.add(entry(pair));
    }
    return dict;
  }

  private Value.Dict.Entry entry(Value pair) {
    var values =
        switch (pair) {
          case Value.Tuple(var inner) -> inner;
          case Value.Items inner -> inner.values;
          case Value other -> throw malformed("makes a dictionary of " + other.kind());
        };
    if (values.size() != 2) throw malformed("makes a dictionary of something other than pairs");
    return new Value.Dict.Entry(values.get(0), values.get(1));
  }

  // Arguments.

  private Value tuple(Value value) {
    if (value instanceof Value.Tuple tuple) return tuple;
    throw malformed("makes a shape of " + value.kind());
  }

  private DType elementType(Value value) {
    if (value instanceof Value.Known(Global.ElementType(var type))) return type;
    throw malformed("takes " + value.kind() + " for an element type");
  }

  private long size(Value value) {
    if (value instanceof Value.Whole(var size) && size >= 0) return size;
    throw malformed("takes " + value.kind() + " for a size or position");
  }

  private List<Long> sizes(Value value) {
    if (!(value instanceof Value.Tuple(var values)) || values.size() > MOST_AXES) {
      throw malformed("takes " + value.kind() + " for a shape");
    }
    var sizes = new ArrayList<Long>();
    for (Value size : values) sizes.add(size(size));
    return sizes;
  }

  private List<Value> atLeast(int count, List<Value> given) {
    if (given.size() >= count) return given;
    throw malformed("calls something with too few values");
  }

  private InputFailure malformed(String what) {
    return input.broken(
        "its pickle %s (before byte %d); it is not well-formed".formatted(what, input.position()));
  }
}
