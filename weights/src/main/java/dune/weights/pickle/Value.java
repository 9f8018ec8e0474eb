package dune.weights.pickle;

import dune.weights.tensor.DType;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What a pickle can make. Equality and text are never asked of these: lists and dictionaries may
/// hold themselves, and tuples may be as deep as the file is long.
sealed interface Value {

  enum None implements Value {
    NONE
  }

  record Bool(boolean value) implements Value {}

  record Whole(long value) implements Value {}

  /// Beyond 64 bits.
  record Huge(BigInteger value) implements Value {}

  record Text(String value) implements Value {}

  record Tuple(List<Value> values) implements Value {
    public Tuple {
      values = List.copyOf(values);
    }
  }

  /// A list, which grows while the pickle runs.
  final class Items implements Value {
    final List<Value> values = new ArrayList<>();
  }

  /// A dictionary, which grows while the pickle runs; of equal keys the last counts.
  final class Dict implements Value {
    final List<Entry> entries = new ArrayList<>();

    record Entry(Value key, Value value) {}

    /// What lies under a key.
    Optional<Value> get(String key) {
      return entries.reversed().stream()
          .filter(entry -> entry.key() instanceof Text(var text) && text.equals(key))
          .map(Entry::value)
          .findFirst();
    }
  }

  /// A name that the allow-list knows.
  record Known(Global global) implements Value {}

  /// Bytes of the file.
  ///
  /// @param key under which the file holds them
  /// @param begin offset of the first element, not 0 in a view of another storage
  /// @param count of elements
  /// @param type of the elements; empty for bytes that only the tensor gives a type
  record Storage(String key, long begin, long count, Optional<DType> type) implements Value {
    /// Bytes of an element.
    int width() {
      return type.map(known -> known.bits() / Byte.SIZE).orElse(1);
    }
  }

  /// @param storage which it shows in part or in another order, or several times
  /// @param offset of its first element, counted in elements, as the strides are
  record Tensor(Storage storage, DType type, long offset, List<Long> shape, List<Long> strides)
      implements Value {
    public Tensor {
      shape = List.copyOf(shape);
      strides = List.copyOf(strides);
    }
  }

  /// Something that may lie beside tensors and has no bearing on them: a float, bytes, a device, a
  /// set, the settings of a training run.
  enum Inert implements Value {
    INERT
  }

  /// What an error message calls it.
  default String kind() {
    return switch (this) {
      case None _ -> "`None`";
      case Bool _ -> "a truth value";
      case Whole _, Huge _ -> "a whole number";
      case Text _ -> "a text";
      case Tuple _ -> "a tuple";
      case Items _ -> "a list";
      case Dict _ -> "a dictionary";
      case Known _ -> "a function or class";
      case Storage _ -> "a storage";
      case Tensor _ -> "a tensor";
      case Inert _ -> "a value without meaning here";
    };
  }
}
