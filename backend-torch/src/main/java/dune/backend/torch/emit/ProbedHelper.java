package dune.backend.torch.emit;

/// The text of a helper method that keeps every tensor it computes, at the place of its caller.
///
/// Before: `def f(self, q: Tensor) -> Tensor:`. After: `def f(self, q: Tensor, tensors:
/// List[Tensor], notes: List[int], place: int) -> Tensor:`.
final class ProbedHelper {
  private static final String PARAMETERS = ", tensors: List[Tensor], notes: List[int], place: int";
  private static final String END_OF_PARAMETERS = ") -> ";
  private static final String RETURN = "return ";

  private final PythonNames names = new PythonNames();
  private final StringBuilder text = new StringBuilder();
  private String indentation = "";

  private ProbedHelper() {}

  static String of(String helper) {
    var probed = new ProbedHelper();
    helper.lines().forEach(probed::line);
    return probed.text.toString();
  }

  private void line(String line) {
    String statement = line.strip();
    indentation = line.substring(0, line.indexOf(statement));
    var notes =
        new TensorNotes(
            this::raw, wish -> names.claim("own_" + wish), "tensors", "notes", _ -> "place");
    if (statement.startsWith("def ")) {
      raw(statement.replace(END_OF_PARAMETERS, PARAMETERS + END_OF_PARAMETERS));
    } else if (statement.startsWith(RETURN)) {
      String result = names.claim("own_result");
      notes.line(result + " = " + statement.substring(RETURN.length()));
      raw(RETURN + result);
    } else {
      notes.line(statement);
    }
  }

  private void raw(String statement) {
    text.append(indentation).append(statement).append('\n');
  }
}
