package dune.backend.torch.emit;

import dune.ir.Control;
import dune.ir.Elem;
import dune.ir.Region;
import dune.ir.Shape;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// Text of the operations with a body, as loops.
final class ControlText {
  private final MethodText method;
  private final NodesText nodes;

  ControlText(MethodText method, NodesText nodes) {
    this.method = method;
    this.nodes = nodes;
  }

  void emit(List<Value> results, Control op) {
    switch (op) {
      case Control.Scan scan -> scan(results, scan);
      case Control.Dispatch dispatch -> dispatch(results.getFirst(), dispatch);
    }
  }

  /// A loop that hands its states on in variables and collects what the steps give in lists.
  private void scan(List<Value> results, Control.Scan op) {
    Region body = op.body();
    var states = new ArrayList<String>();
    for (Value initial : op.initial()) states.add(method.let("state", method.whole(initial)));
    int stateCount = states.size();
    var stacks = new ArrayList<String>();
    for (int i = stateCount; i < results.size(); i++) {
      stacks.add(method.let("steps", "annotate(List[Tensor], [])"));
    }
    String step = method.fresh("step");
    method.line("for %s in range(%s):".formatted(step, method.size(op.steps())));
    method.indent();
    List<Value> arguments = body.arguments();
    method.set(arguments.getFirst(), new Operand.Count(step, Elem.INT));
    for (int i = 0; i < stateCount; i++) {
      Value argument = arguments.get(1 + i);
      method.set(argument, Operand.Tensor.whole(states.get(i), method.rank(argument)));
    }
    for (int i = 0; i < op.captures().size(); i++) {
      method.set(arguments.get(1 + stateCount + i), method.get(op.captures().get(i)));
    }
    nodes.emit(body.nodes());
    var given = body.results().stream().map(method::whole).toList();
    for (int i = stateCount; i < given.size(); i++) {
      append(stacks.get(i - stateCount), given.get(i));
    }
    // All of them are computed from the old states before one is replaced.
    var next = given.subList(0, stateCount).stream().map(each -> method.let("next", each)).toList();
    for (int i = 0; i < stateCount; i++) method.line(states.get(i) + " = " + next.get(i));
    if (given.isEmpty()) method.line("pass");
    method.dedent();
    for (int i = 0; i < stateCount; i++) {
      Value result = results.get(i);
      method.set(result, Operand.Tensor.whole(states.get(i), method.rank(result)));
    }
    for (int i = stateCount; i < results.size(); i++) {
      String stack = stacks.get(i - stateCount);
      Type type = method.type(results.get(i));
      method.assign(
          results.get(i),
          unlessEmpty("torch.stack(%s, 0)".formatted(stack), stack, List.of(op.steps()), type));
    }
  }

  /// Sorts the rows by expert, so that each expert reads one slice and nobody reads rows for
  /// experts that were not chosen; then puts what they give back into the order of the choices.
  private void dispatch(Value result, Control.Dispatch op) {
    Type rowsType = method.type(op.x());
    Type choiceType = method.type(op.choice());
    Dim width = rowsType.dim(rowsType.rank() - 1);
    Dim chosenPerRow = choiceType.dim(choiceType.rank() - 1);
    int experts = op.captures().size();
    String x =
        method.let(
            "flat",
            reshaped(
                method.whole(op.x()),
                List.of(
                    Dim.product(rowsType.shape().dims().subList(0, rowsType.rank() - 1)), width)));
    String picks =
        method.let(
            "picks", reshaped(method.whole(op.choice()), List.of(choiceType.shape().count())));
    String order = method.let("order", "torch.argsort(%s, stable=True)".formatted(picks));
    String sorted =
        method.let(
            "sorted",
            "torch.index_select(%s, 0, torch.floor_divide(%s, %s))"
                .formatted(x, order, method.size(chosenPerRow)));
    String counts =
        method.let(
            "counts",
            "annotate(List[int], torch.bincount(%s, None, %d).tolist())".formatted(picks, experts));
    List<Operand> captured = captured(op);
    String parts = method.let("parts", "annotate(List[Tensor], [])");
    String at = method.let("at", "0");
    String expert = method.fresh("expert");
    method.line("for %s in range(%d):".formatted(expert, experts));
    method.indent();
    String rows = method.let("rows", "%s[%s]".formatted(counts, expert));
    method.line("if %s > 0:".formatted(rows));
    method.indent();
    body(
        op,
        captured,
        expert,
        rows,
        "torch.narrow(%s, 0, %s, %s)".formatted(sorted, at, rows),
        parts);
    method.line("%s = %s + %s".formatted(at, at, rows));
    method.dedent();
    method.line("else:");
    method.indent();
    method.line("pass");
    method.dedent();
    method.dedent();
    Type type = method.type(result);
    Dim columns = type.dim(type.rank() - 1);
    String whole =
        unlessEmpty(
            "torch.cat(%s)".formatted(parts),
            parts,
            choiceType.shape().dims(),
            type.with(Shape.of(choiceType.shape().count(), columns)));
    String back = "torch.index_select(%s, 0, torch.argsort(%s))".formatted(whole, order);
    method.assign(result, reshaped(back, type.shape().dims()));
  }

  /// Torch joins no empty list. Rows and steps are never none, and neither is a size that is known
  /// not to be; where a list may be empty all the same, the text asks.
  private String unlessEmpty(String joined, String list, List<Dim> sizes, Type type) {
    boolean filled =
        sizes.stream().allMatch(dim -> dim.name().isPresent() || dim.size().orElse(0) > 0);
    if (filled) return joined;
    return "%s if len(%s) > 0 else torch.zeros(%s, %s)"
        .formatted(joined, list, method.shape(type.shape()), method.options(type.elem()));
  }

  /// One operand per capture: the same for all experts, or a list with one tensor for each.
  private List<Operand> captured(Control.Dispatch op) {
    var operands = new ArrayList<Operand>();
    for (int i = 0; i < op.captures().getFirst().size(); i++) {
      int at = i;
      List<Value> each = op.captures().stream().map(one -> one.get(at)).toList();
      if (each.stream().distinct().count() == 1) {
        operands.add(method.get(each.getFirst()));
        continue;
      }
      String tensors = each.stream().map(method::whole).collect(Collectors.joining(", "));
      String list = method.let("each", "[" + tensors + "]");
      operands.add(Operand.Tensor.whole(list + "[*]", method.rank(each.getFirst())));
    }
    return operands;
  }

  private void body(
      Control.Dispatch op,
      List<Operand> captured,
      String expert,
      String rows,
      String slice,
      String parts) {
    Region body = op.body();
    List<Value> arguments = body.arguments();
    String rowsName = method.type(arguments.getFirst()).dim(0).name().orElseThrow();
    method.dims().bindLocally(rowsName, rows);
    method.assign(arguments.getFirst(), slice);
    int next = 1;
    for (Operand operand : captured) {
      Value argument = arguments.get(next++);
      if (operand instanceof Operand.Tensor(String text, int rank, _) && text.endsWith("[*]")) {
        String own = text.replace("[*]", "[" + expert + "]");
        method.set(argument, Operand.Tensor.whole(method.let("own", own), rank));
      } else method.set(argument, operand);
    }
    for (Value shared : op.shared()) method.set(arguments.get(next++), method.get(shared));
    nodes.emit(body.nodes());
    append(parts, method.whole(body.results().getFirst()));
    method.dims().forget(rowsName);
  }

  private void append(String list, String tensor) {
    method.let("appended", "torch.append(%s, %s)".formatted(list, tensor));
  }

  private String reshaped(String tensor, List<Dim> dims) {
    return "torch.reshape(%s, %s)".formatted(tensor, method.shape(new Shape(dims)));
  }
}
