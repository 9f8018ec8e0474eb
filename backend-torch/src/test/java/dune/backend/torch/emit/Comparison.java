package dune.backend.torch.emit;

import static org.assertj.core.api.Assertions.assertThat;

import dune.backend.torch.TorchBackend;
import dune.backend.torch.TorchProgram;
import dune.backend.torch.archive.TensorBytes;
import dune.backend.torch.run.Call;
import dune.backend.torch.run.DeviceRequest;
import dune.backend.torch.run.Kernels;
import dune.backend.torch.run.Tensor;
import dune.backend.torch.run.TorchException;
import dune.ir.Elem;
import dune.ir.Function;
import dune.ir.Program;
import dune.ir.interpret.Array;
import dune.ir.interpret.Interpreter;
import dune.ir.interpret.StateStore;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.DoubleStream;

/// Runs a program on the interpreter and on libtorch, and compares.
final class Comparison implements AutoCloseable {
  private final Program program;
  private final Emitted emitted;
  private final TorchProgram loaded;
  private final Interpreter interpreter;
  private StateStore states = new StateStore();

  Comparison(Program program, Map<String, Array> weights) {
    this(program, weights, Probe.NONE);
  }

  /// @param probe what the program notes down beside its outputs, which stays the same
  Comparison(Program program, Map<String, Array> weights, Probe probe) {
    this.program = program;
    emitted = TorchBackend.emit(program, probe).emitted();
    interpreter = new Interpreter(program, weights::get);
    try {
      loaded = TorchBackend.load(emitted, slot -> bytes(slot, weights), DeviceRequest.CPU);
    } catch (TorchException e) {
      throw new AssertionError(emitted.archive().code(), e);
    }
  }

  /// Gives both sides the state of the beginning, for calls of this size.
  void begin(String function, Map<String, Array> inputs, Map<String, Long> dims) {
    var sizes = new HashMap<>(dims);
    for (Function.Input input : program.require(function).inputs()) {
      for (int axis = 0; axis < input.type().rank(); axis++) {
        Optional<String> name = input.type().dim(axis).name();
        if (name.isPresent()) sizes.put(name.get(), inputs.get(input.name()).dim(axis));
      }
    }
    loaded.begin(sizes);
    states = new StateStore();
  }

  /// What the coarsest element type of a function allows, relative to the largest magnitude of an
  /// output.
  private static double tolerance(Function function) {
    return function.types().stream().mapToDouble(type -> tolerance(type.elem())).max().orElse(0);
  }

  private static double tolerance(Elem elem) {
    return switch (elem) {
      case BOOL, INT -> 0;
      case F64 -> 1e-9;
      case F32 -> 1e-4;
      case F16 -> 1e-2;
      case BF16 -> 8e-2;
    };
  }

  /// Calls a function on both sides; state is kept from call to call.
  void check(String function, Map<String, Array> inputs, Map<String, Long> dims) {
    List<Array> expected =
        List.copyOf(interpreter.run(function, inputs, dims, states).outputs().values());
    // Once where running again would begin with another state.
    List<Kernels> kernels =
        program.states().isEmpty() ? List.of(Kernels.values()) : List.of(Kernels.MATRIX);
    for (Kernels each : kernels) {
      List<Array> given = run(program.require(function), inputs, dims, each);
      assertThat(given).hasSameSizeAs(expected);
      for (int i = 0; i < given.size(); i++) {
        compare(expected.get(i), given.get(i), tolerance(program.require(function)));
      }
    }
  }

  private List<Array> run(
      Function function, Map<String, Array> inputs, Map<String, Long> dims, Kernels kernels) {
    try (Call call = loaded.prepare(function.name())) {
      int at = 0;
      for (Function.Input input : function.inputs()) {
        Array array = inputs.get(input.name());
        try (Tensor tensor = TorchBackend.torch().of(array.elem(), bytes(array), array.shape())) {
          call.set(at++, tensor);
        }
      }
      for (String dim : function.dims()) call.set(at++, dims.get(dim));
      var arrays = new ArrayList<Array>();
      for (Tensor tensor : call.run(kernels)) {
        try (tensor) {
          arrays.add(Array.of(tensor.elem(), tensor.shape(), tensor.toDoubles()));
        }
      }
      return arrays.subList(0, function.outputs().size());
    } catch (TorchException e) {
      throw new AssertionError(emitted.archive().code(), e);
    }
  }

  private static MemorySegment bytes(Signature.WeightSlot slot, Map<String, Array> weights) {
    double[] numbers =
        slot.parts().stream()
            .flatMapToDouble(part -> DoubleStream.of(weights.get(part.path()).data()))
            .toArray();
    return TensorBytes.of(slot.elem(), numbers);
  }

  private static MemorySegment bytes(Array array) {
    return TensorBytes.of(array.elem(), array.data());
  }

  private void compare(Array expected, Array given, double tolerance) {
    assertThat(given.elem()).as(emitted.archive().code()).isEqualTo(expected.elem());
    assertThat(given.shape()).as(emitted.archive().code()).isEqualTo(expected.shape());
    double largest = 0;
    for (double number : expected.data()) {
      if (Double.isFinite(number)) largest = Math.max(largest, Math.abs(number));
    }
    double allowed = expected.elem().isFloat() ? tolerance * largest : 0;
    for (int i = 0; i < expected.count(); i++) {
      double wanted = expected.data()[i];
      double found = given.data()[i];
      boolean same =
          Double.isFinite(wanted)
              ? Math.abs(wanted - found) <= allowed
              : Double.compare(wanted, found) == 0;
      if (!same) {
        throw new AssertionError(
            "at %d of %s: %s, not %s, largest %s%n%s"
                .formatted(i, expected, found, wanted, largest, emitted.archive().code()));
      }
    }
  }

  @Override
  public void close() {
    loaded.close();
  }
}
