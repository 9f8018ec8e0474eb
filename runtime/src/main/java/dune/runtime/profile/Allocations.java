package dune.runtime.profile;

import dune.backend.torch.TorchBackend;
import dune.backend.torch.emit.Place;
import dune.backend.torch.emit.Probe;
import dune.backend.torch.emit.Probed;
import dune.backend.torch.run.Tensor;
import dune.ir.Elem;
import dune.runtime.compile.Compiled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;

/// The memory that one step asks for: every tensor with memory of its own. What functions of torch
/// allocate within and give back before they return is not seen.
public record Allocations(Moment moment, List<Allocation> all) {
  /// A tensor that did not lie in memory that was there before.
  ///
  /// @param bytes of its memory
  public record Allocation(Place place, Elem elem, List<Long> shape, long bytes) {
    public Allocation {
      shape = List.copyOf(shape);
    }
  }

  public Allocations {
    all = List.copyOf(all);
  }

  /// Runs the step once, with every tensor kept, so that no memory is used twice.
  public static Allocations of(Compiled compiled, TorchBackend.Weights weights, Moment moment) {
    Probed probed = TorchBackend.emit(compiled.program(), Probe.TENSORS);
    List<Place> places = probed.places().get(compiled.writing().name());
    try (var step = new Step(compiled, probed.emitted(), weights, moment);
        Step.Outcome outcome = step.run()) {
      return new Allocations(moment, found(outcome.results(), places));
    }
  }

  /// @param results outputs, then the tensors, then the place of each
  private static List<Allocation> found(List<Tensor> results, List<Place> places) {
    long[] notes = results.getLast().toLongs();
    int first = results.size() - 1 - notes.length;
    var known = new HashSet<Long>();
    var found = new ArrayList<Allocation>();
    for (int i = 0; i < notes.length; i++) {
      Tensor tensor = results.get(first + i);
      Tensor.Memory memory = tensor.memory();
      if (memory.bytes() == 0 || !known.add(memory.address()) || notes[i] < 0) continue;
      Place place = places.get(Math.toIntExact(notes[i]));
      List<Long> shape = Arrays.stream(tensor.shape()).boxed().toList();
      found.add(new Allocation(place, tensor.elem(), shape, memory.bytes()));
    }
    return found;
  }

  public long bytes() {
    return all.stream().mapToLong(Allocation::bytes).sum();
  }
}
