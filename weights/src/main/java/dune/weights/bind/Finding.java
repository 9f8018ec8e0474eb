package dune.weights.bind;

import dune.ir.checkpoint.Tie;
import dune.ir.checkpoint.WeightRequest;
import dune.weights.tensor.TensorInfo;
import java.util.List;
import java.util.Optional;

/// What came out for one weight, or for one tensor that no weight wants.
public sealed interface Finding {

  /// All is well, or at least no reason to stop.
  sealed interface Fine extends Finding {}

  /// The model cannot be loaded like this.
  sealed interface Problem extends Finding {}

  record Ok(Binding binding) implements Fine {}

  /// The file has a tensor for the other name of a tied weight: a copy, to be compared when it is
  /// loaded, or the only one there is.
  record Tied(Tie tie, Recipe alias, Kind kind) implements Fine {
    public enum Kind {
      COPY,
      INSTEAD
    }
  }

  /// A tensor that an `ignore` covers.
  record Ignored(TensorInfo tensor) implements Fine {}

  /// A tensor that neither a weight nor an `ignore` mentions.
  ///
  /// @param wanted a weight that found nothing and may mean this tensor
  record Extra(TensorInfo tensor, Optional<WeightRequest> wanted) implements Fine {}

  /// No rule of the checkpoint clause is for this weight.
  record Unmapped(WeightRequest request) implements Problem {}

  /// No tensor has the name that the rule gives.
  ///
  /// @param expected the names that are absent
  /// @param suggestion a tensor that nobody wants and that may be meant
  record Missing(WeightRequest request, List<String> expected, Optional<String> suggestion)
      implements Problem {
    public Missing {
      expected = List.copyOf(expected);
    }
  }

  /// @param expected the shape of the tensor that would fit
  record WrongShape(WeightRequest request, TensorInfo tensor, List<Long> expected)
      implements Problem {
    public WrongShape {
      expected = List.copyOf(expected);
    }
  }

  /// The shape would be right with the last two axes exchanged.
  record Transposed(WeightRequest request, TensorInfo tensor) implements Problem {}

  /// The element type of the file cannot become that of the model.
  record WrongType(WeightRequest request, TensorInfo tensor) implements Problem {}
}
