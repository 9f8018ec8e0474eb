package dune.backend.torch;

import dune.backend.torch.emit.Signature;
import dune.backend.torch.run.Call;
import dune.backend.torch.run.Device;
import dune.backend.torch.run.LoadedModule;
import dune.backend.torch.run.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// A program that is loaded, with its weights. Not for use by two threads at a time.
public final class TorchProgram implements AutoCloseable {
  private final LoadedModule module;
  private final Signature signature;

  TorchProgram(LoadedModule module, Signature signature) {
    this.module = module;
    this.signature = signature;
  }

  public Device device() {
    return module.device();
  }

  /// Gives every state fresh memory, with its initial number everywhere. Call it before the first
  /// call of a function with state, and again to begin anew.
  ///
  /// @param sizes of the dimensions that states have (`B`)
  public void begin(Map<String, Long> sizes) {
    for (Signature.StateSlot slot : signature.states()) {
      List<Long> shape = Arrays.stream(slot.type().shape().evaluate(sizes)).boxed().toList();
      module.fill(slot.attribute(), slot.type().elem(), shape, slot.initial());
    }
  }

  /// What a state holds now.
  ///
  /// @throws IllegalArgumentException if there is no such state
  public Tensor state(String name) {
    return signature.states().stream()
        .filter(slot -> slot.name().equals(name))
        .findFirst()
        .map(slot -> module.attribute(slot.attribute()))
        .orElseThrow(() -> new IllegalArgumentException("no state " + name));
  }

  /// Gives a slot other numbers, from the next call on.
  ///
  /// @param data which has to stay alive as long as it is bound
  public void bind(Signature.WeightSlot slot, MemorySegment data) {
    module.bind(slot.attribute(), slot.elem(), slot.shape(), data);
  }

  /// A function with room for its arguments: inputs first, then dimensions, as {@link
  /// Signature.Method} lists them.
  ///
  /// @throws IllegalArgumentException if there is no such function
  public Call prepare(String function) {
    Signature.Method method = signature.method(function);
    return module.prepare(method.name(), method.inputs().size() + method.dims().size());
  }

  @Override
  public void close() {
    module.close();
  }
}
