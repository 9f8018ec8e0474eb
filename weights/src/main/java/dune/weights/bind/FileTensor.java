package dune.weights.bind;

import dune.ir.checkpoint.WeightRequest;
import dune.weights.tensor.TensorInfo;
import java.util.Comparator;
import java.util.List;

/// A tensor that a file should have, and the weights whose elements it holds.
public record FileTensor(TensorInfo info, List<Part> parts) {
  public FileTensor {
    parts = List.copyOf(parts);
  }

  /// Steps through places of the tensor and elements of the weight at once.
  ///
  /// @param inTensor how far the place moves
  /// @param inWeight how far the element moves, the weight's elements counted row by row
  record Step(long size, long inTensor, long inWeight) {}

  /// Places that lie at equal distances, and whose elements do so too.
  @FunctionalInterface
  public interface Visitor {
    void run(long place, long placeStride, long element, long elementStride, long count);
  }

  /// The places that hold elements of one weight: `offset` and all that the steps lead to from
  /// there. They may lead out of the tensor, where a weight is spread over several.
  ///
  /// @param steps outermost first, in the order of the tensor
  public record Part(WeightRequest weight, long offset, List<Step> steps) {
    public Part {
      steps = steps.stream().sorted(Comparator.comparingLong(Step::inTensor).reversed()).toList();
    }

    /// Visits every place in `[begin, end)` of the tensor that holds an element of the weight.
    public void visit(long begin, long end, Visitor visitor) {
      visit(0, offset, 0, begin, end, visitor);
    }

    private void visit(int depth, long place, long element, long begin, long end, Visitor visitor) {
      if (depth == steps.size()) {
        if (begin <= place && place < end) visitor.run(place, 1, element, 1, 1);
        return;
      }
      Step step = steps.get(depth);
      long first = Math.max(0, Math.ceilDiv(begin - reach(depth + 1) - place, step.inTensor()));
      long last = Math.min(step.size() - 1, Math.floorDiv(end - 1 - place, step.inTensor()));
      if (first > last) return;
      if (depth == steps.size() - 1) {
        visitor.run(
            place + first * step.inTensor(),
            step.inTensor(),
            element + first * step.inWeight(),
            step.inWeight(),
            last - first + 1);
        return;
      }
      for (long i = first; i <= last; i++) {
        visit(
            depth + 1,
            place + i * step.inTensor(),
            element + i * step.inWeight(),
            begin,
            end,
            visitor);
      }
    }

    /// How far the steps from `depth` on can lead.
    private long reach(int depth) {
      return steps.subList(depth, steps.size()).stream()
          .mapToLong(step -> (step.size() - 1) * step.inTensor())
          .sum();
    }

    /// How many places there are in `[0, count)`.
    long places(long count) {
      var places = new long[1];
      visit(0, count, (_, _, _, _, found) -> places[0] += found);
      return places[0];
    }
  }
}
