package dune.backend.torch.emit;

import dune.ir.Control;
import dune.ir.Shape;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// Text of one dispatch to experts. It sorts the rows by expert, so that each expert reads one
/// slice and nobody computes rows for experts that were not chosen; then it puts what they give
/// back into the order of the choices.
final class DispatchText {
  private final MethodText method;
  private final NodesText nodes;
  private final Control.Dispatch op;
  private final Shape choices;

  /// What a body captures.
  private sealed interface Capture {
    /// The same value for all experts.
    record Common(Operand operand) implements Capture {}

    /// A list with one tensor for each expert.
    record OneEach(String list, int rank) implements Capture {}
  }

  DispatchText(MethodText method, NodesText nodes, Control.Dispatch op) {
    this.method = method;
    this.nodes = nodes;
    this.op = op;
    choices = method.type(op.choice()).shape();
  }

  void emit(Value result) {
    String picks =
        method.let("picks", method.reshaped(method.whole(op.choice()), List.of(choices.count())));
    String order = method.let("order", "torch.argsort(%s, stable=True)".formatted(picks));
    String sorted = method.let("sorted", sorted(order));
    String counts =
        method.let(
            "counts",
            "annotate(List[int], torch.bincount(%s, None, %d).tolist())"
                .formatted(picks, op.captures().size()));
    String parts = loop(sorted, counts);
    Type type = method.type(result);
    Dim columns = type.dim(type.rank() - 1);
    String whole =
        method.unlessEmpty(
            "torch.cat(%s)".formatted(parts),
            parts,
            choices.dims(),
            type.with(Shape.of(choices.count(), columns)));
    String back = "torch.index_select(%s, 0, torch.argsort(%s))".formatted(whole, order);
    method.assign(result, method.reshaped(back, type.shape().dims()));
  }

  /// The row of each choice, those of one expert together.
  private String sorted(String order) {
    List<Dim> dims = method.type(op.x()).shape().dims();
    Dim count = Dim.product(dims.subList(0, dims.size() - 1));
    return "torch.index_select(%s, 0, torch.floor_divide(%s, %s))"
        .formatted(
            method.reshaped(method.whole(op.x()), List.of(count, dims.getLast())),
            order,
            method.size(choices.dims().getLast()));
  }

  /// Runs the body once for each expert that has rows, and gives the list of what they give.
  private String loop(String sorted, String counts) {
    List<Capture> captures = captures();
    String parts = method.let("parts", "annotate(List[Tensor], [])");
    String at = method.let("at", "0");
    String expert = method.fresh("expert");
    method.line("for %s in range(%d):".formatted(expert, op.captures().size()));
    method.indent();
    String rows = method.let("rows", "%s[%s]".formatted(counts, expert));
    method.line("if %s > 0:".formatted(rows));
    method.indent();
    bind(captures, expert, rows, "torch.narrow(%s, 0, %s, %s)".formatted(sorted, at, rows));
    nodes.emit(op.body().nodes());
    method.append(parts, method.whole(op.body().results().getFirst()));
    method.dims().forget(rowsName());
    method.line("%s = %s + %s".formatted(at, at, rows));
    method.dedent();
    method.dedent();
    return parts;
  }

  private List<Capture> captures() {
    var captures = new ArrayList<Capture>();
    for (int i = 0; i < op.captures().getFirst().size(); i++) {
      int at = i;
      List<Value> each = op.captures().stream().map(one -> one.get(at)).toList();
      if (each.stream().distinct().count() == 1) {
        captures.add(new Capture.Common(method.get(each.getFirst())));
        continue;
      }
      String tensors = each.stream().map(method::whole).collect(Collectors.joining(", "));
      String list = method.let("each", "[" + tensors + "]");
      captures.add(new Capture.OneEach(list, method.rank(each.getFirst())));
    }
    return captures;
  }

  private void bind(List<Capture> captures, String expert, String rows, String slice) {
    List<Value> arguments = op.body().arguments();
    method.dims().bindLocally(rowsName(), rows);
    method.assign(arguments.getFirst(), slice);
    int next = 1;
    for (Capture capture : captures) {
      Operand operand =
          switch (capture) {
            case Capture.Common(Operand common) -> common;
            case Capture.OneEach(String list, int rank) ->
                Operand.Tensor.whole(method.let("own", list + "[" + expert + "]"), rank);
          };
      method.set(arguments.get(next++), operand);
    }
    for (Value shared : op.shared()) method.set(arguments.get(next++), method.get(shared));
  }

  /// What the body calls the number of its rows.
  private String rowsName() {
    return method.type(op.body().arguments().getFirst()).dim(0).name().orElseThrow();
  }
}
