package dune.weights.bind;

import java.util.List;

/// What came out for every weight, in the order of the requests, and then for every tensor that is
/// left.
public record BindingReport(List<Finding> findings) {
  public BindingReport {
    findings = List.copyOf(findings);
  }

  /// The weights that can be loaded.
  public List<Binding> bindings() {
    return findings.stream()
        .filter(Finding.Ok.class::isInstance)
        .map(finding -> ((Finding.Ok) finding).binding())
        .toList();
  }

  public List<Finding.Problem> problems() {
    return findings.stream()
        .filter(Finding.Problem.class::isInstance)
        .map(Finding.Problem.class::cast)
        .toList();
  }

  /// Copies of tied weights, which the loader can compare.
  public List<Finding.Tied> tied() {
    return findings.stream()
        .filter(Finding.Tied.class::isInstance)
        .map(Finding.Tied.class::cast)
        .toList();
  }

  /// Whether every weight has a binding.
  public boolean isComplete() {
    return problems().isEmpty();
  }
}
