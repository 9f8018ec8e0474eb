package dune.runtime.settings;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What a file says of one name.
public sealed interface Setting {
  /// A number, a text, `true` or `false`.
  ///
  /// @param quoted whether it is written as a text
  record One(String value, boolean quoted) implements Setting {}

  /// Several of them.
  record Many(List<One> values) implements Setting {
    public Many {
      values = List.copyOf(values);
    }
  }

  /// Several of them, each with a name of its own.
  record Named(Map<String, One> values) implements Setting {
    public Named {
      values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }
  }
}
