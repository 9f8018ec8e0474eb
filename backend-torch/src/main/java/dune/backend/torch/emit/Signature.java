package dune.backend.torch.emit;

import dune.ir.Elem;
import dune.ir.Type;
import java.util.List;

/// What has to be bound, allocated and handed in to run an archive: all that remains of a program
/// once its archive lies in a file.
///
/// @param weights in the order of the program; those that are tied to another have no slot of their
///   own
/// @param states in the order of the program
/// @param methods in the order of the program
public record Signature(List<WeightSlot> weights, List<StateSlot> states, List<Method> methods) {
  public Signature {
    weights = List.copyOf(weights);
    states = List.copyOf(states);
    methods = List.copyOf(methods);
  }

  /// Where a weight is bound.
  ///
  /// @param path member path in the program
  public record WeightSlot(String path, String attribute, Elem elem, List<Long> shape) {
    public WeightSlot {
      shape = List.copyOf(shape);
    }
  }

  /// Where a state is allocated, with the rows of the session.
  public record StateSlot(String name, String attribute, Type type, double initial) {}

  /// How a method is called: tensors first, then the numbers of `dims`; it gives the outputs in
  /// this order.
  public record Method(String name, List<String> inputs, List<String> dims, List<String> outputs) {
    public Method {
      inputs = List.copyOf(inputs);
      dims = List.copyOf(dims);
      outputs = List.copyOf(outputs);
    }
  }

  /// @throws IllegalArgumentException if there is no such method
  public Method method(String name) {
    return methods.stream()
        .filter(method -> method.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no method " + name));
  }
}
