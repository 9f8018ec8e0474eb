package dune.models.written;

/// Who chooses two of four experts.
enum Router {
  SOFTMAX("SoftmaxRouter(D, 4, 2)"),
  UNNORMALIZED("SoftmaxRouter(D, 4, 2, normalize = false, scale = 2.5, exact = true)"),
  GROUPED("SoftmaxRouter(D, 4, 2, groups = 2, kept = 1)"),
  SIGMOID("SigmoidRouter(D, 4, 2)"),
  SIGMOID_GROUPED("SigmoidRouter(D, 4, 2, groups = 2, kept = 1)"),
  TOP("TopRouter(D, 4, 2)"),
  TOP_BIASED("TopRouter(D, 4, 2, biased = true)");

  private final String expression;

  Router(String expression) {
    this.expression = expression;
  }

  String expression() {
    return expression;
  }
}
