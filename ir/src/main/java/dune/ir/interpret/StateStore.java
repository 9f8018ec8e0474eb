package dune.ir.interpret;

import dune.ir.State;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The state that a program keeps between calls, by name. It begins empty; a state comes into being
/// when a function first touches it, with the rows of that call.
public final class StateStore {
  private final Map<String, Array> states = new TreeMap<>();

  public Optional<Array> get(String name) {
    return Optional.ofNullable(states.get(name));
  }

  public void put(String name, Array value) {
    states.put(name, value);
  }

  /// Another store with the same contents.
  public StateStore copy() {
    var copy = new StateStore();
    copy.states.putAll(states);
    return copy;
  }

  Array getOrBegin(State state, Sizes sizes) {
    return states.computeIfAbsent(
        state.name(),
        name -> Array.filled(state.type().elem(), sizes.of(state.type().shape()), state.initial()));
  }
}
