package dune.ir.checkpoint;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A value of `config.json`, which knows where it stands.
public sealed interface Json {

  Place place();

  /// @param line one-based, 0 for what no file holds
  /// @param column one-based
  record Place(int line, int column) {
    public static final Place NONE = new Place(0, 0);
  }

  // What no file holds is made without a place.

  record Null(Place place) implements Json {
    public Null() {
      this(Place.NONE);
    }
  }

  record Bool(boolean value, Place place) implements Json {
    public Bool(boolean value) {
      this(value, Place.NONE);
    }
  }

  /// A number written without point and exponent that fits 64 bits.
  record Whole(long value, Place place) implements Json {
    public Whole(long value) {
      this(value, Place.NONE);
    }
  }

  /// Any other number.
  record Real(double value, Place place) implements Json {
    public Real(double value) {
      this(value, Place.NONE);
    }
  }

  record Text(String value, Place place) implements Json {
    public Text(String value) {
      this(value, Place.NONE);
    }
  }

  record Items(List<Json> values, Place place) implements Json {
    public Items {
      values = List.copyOf(values);
    }

    public Items(List<? extends Json> values) {
      this(List.copyOf(values), Place.NONE);
    }
  }

  /// An object, its keys in the order of the file.
  record Fields(Map<String, Json> values, Place place) implements Json {
    public Fields {
      values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    public Fields(Map<String, Json> values) {
      this(values, Place.NONE);
    }
  }

  /// What an error message calls a value of this kind.
  default String kind() {
    return switch (this) {
      case Null _ -> "null";
      case Bool _ -> "true or false";
      case Whole _ -> "a whole number";
      case Real _ -> "a real number";
      case Text _ -> "a text";
      case Items _ -> "a list";
      case Fields _ -> "an object";
    };
  }
}
