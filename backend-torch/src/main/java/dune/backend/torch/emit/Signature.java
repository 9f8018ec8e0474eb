package dune.backend.torch.emit;

import dune.backend.torch.run.Kernels;
import dune.ir.Elem;
import dune.ir.Type;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

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

  /// Where weights are bound: one, or several behind one another along their first axis.
  public record WeightSlot(String attribute, Elem elem, List<Part> parts) {
    /// As processors like it.
    private static final long ALIGNMENT = 64;

    public WeightSlot {
      parts = List.copyOf(parts);
      if (parts.isEmpty()) throw new IllegalArgumentException("no weight to bind");
    }

    /// The member paths of the parts.
    public List<String> paths() {
      return parts.stream().map(Part::path).toList();
    }

    public long bytes() {
      return parts.stream().mapToLong(part -> part.bytes(elem)).sum();
    }

    /// Memory for all parts, which each part fills in turn.
    ///
    /// @param arena where it lives
    public MemorySegment gather(Arena arena, BiConsumer<Part, MemorySegment> fill) {
      MemorySegment all = arena.allocate(bytes(), ALIGNMENT);
      long at = 0;
      for (Part part : parts) {
        MemorySegment own = all.asSlice(at, part.bytes(elem));
        fill.accept(part, own);
        at += own.byteSize();
      }
      return all;
    }

    /// The shape of all parts together.
    public List<Long> shape() {
      var shape = new ArrayList<>(parts.getFirst().shape());
      if (parts.size() > 1) {
        shape.set(0, parts.stream().mapToLong(part -> part.shape().getFirst()).sum());
      }
      return shape;
    }
  }

  /// A weight of the program.
  ///
  /// @param path its member path
  public record Part(String path, List<Long> shape) {
    public Part {
      shape = List.copyOf(shape);
    }

    public long bytes(Elem elem) {
      return shape.stream().reduce(1L, Math::multiplyExact) * elem.bytes();
    }
  }

  /// Where a state is allocated, with the rows of the session.
  public record StateSlot(String name, String attribute, Type type, double initial) {}

  /// How a method is called: tensors first, then the numbers of `dims`; it gives the outputs in
  /// this order.
  ///
  /// @param single what is the fastest for one token
  public record Method(
      String name, List<String> inputs, List<String> dims, List<String> outputs, Kernels single) {
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
