package dune.backend.torch.emit;

import dune.backend.torch.archive.TorchNames;
import dune.ir.Control;
import dune.ir.Elem;
import dune.ir.Shape;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// Text of one dispatch to experts. It sorts the rows by expert, so that each expert reads one
/// slice and nobody computes rows for experts that were not chosen; then it puts what they give
/// back into the order of the choices, or adds it up.
final class DispatchText {
  private final MethodText method;
  private final NodesText nodes;
  private final Control.Dispatch op;
  private final Shape choices;

  /// The choices in the order of their experts.
  ///
  /// @param order the place of each
  /// @param tokens the row that made it
  /// @param rows these rows of `x`
  /// @param counts how many each expert has
  private record Sorted(String order, String tokens, String rows, String counts) {}

  /// What is done with what an expert gives.
  private interface Taker {
    /// @param at the first of its rows, in the order of experts
    /// @param rows how many it has
    void take(String given, String at, String rows);
  }

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
    String k = method.size(choices.dims().getLast());
    String tokens = method.let("tokens", "torch.floor_divide(%s, %s)".formatted(order, k));
    List<Dim> dims = method.type(op.x()).shape().dims();
    Dim count = Dim.product(dims.subList(0, dims.size() - 1));
    String x = method.reshaped(method.whole(op.x()), List.of(count, dims.getLast()));
    String sorted = method.let("sorted", "torch.index_select(%s, 0, %s)".formatted(x, tokens));
    String counts =
        method.let(
            "counts",
            "annotate(List[int], torch.bincount(%s, None, %d).tolist())"
                .formatted(picks, op.captures().size()));
    var by = new Sorted(order, tokens, sorted, counts);
    if (op.shares().isPresent()) addUp(result, op.shares().get(), by);
    else gather(result, by);
  }

  /// What each expert gives, in the order of the choices.
  private void gather(Value result, Sorted by) {
    String parts = method.let("parts", "annotate(List[Tensor], [])");
    loop(by, (given, _, _) -> method.append(parts, given));
    Type type = method.type(result);
    Dim columns = type.dim(type.rank() - 1);
    String whole =
        method.unlessEmpty(
            "torch.cat(%s)".formatted(parts),
            parts,
            choices.dims(),
            type.with(Shape.of(choices.count(), columns)));
    String back = "torch.index_select(%s, 0, torch.argsort(%s))".formatted(whole, by.order());
    method.assign(result, method.reshaped(back, type.shape().dims()));
  }

  /// Adds what each expert gives, times its shares, to one sum for each row: in f32 at least.
  private void addUp(Value result, Value shares, Sorted by) {
    Type type = method.type(result);
    boolean rounds = type.elem().bytes() < 4;
    Elem elem = rounds ? Elem.F32 : type.elem();
    String column = method.reshaped(method.whole(shares), List.of(choices.count(), Dim.ONE));
    if (rounds) column = "torch.to(%s, %d)".formatted(column, TorchNames.code(elem));
    String weights =
        method.let("weights", "torch.index_select(%s, 0, %s)".formatted(column, by.order()));
    String weighed = weighed(type.dim(type.rank() - 1), elem, weights, by);
    Dim count = Dim.product(choices.dims().subList(0, choices.rank() - 1));
    String shape = method.shape(Shape.of(count, type.dim(type.rank() - 1)));
    String many =
        "torch.index_add_(torch.zeros(%s, %s), 0, %s, %s)"
            .formatted(shape, method.options(elem), by.tokens(), weighed);
    // Which wakes no thread.
    String one = "torch.sum(%s, [0], True)".formatted(weighed);
    String sum = method.let("sum", method.ifOne(count, one, many));
    String rounded = rounds ? "torch.to(%s, %d)".formatted(sum, TorchNames.code(type.elem())) : sum;
    method.assign(result, method.reshaped(rounded, type.shape().dims()));
  }

  /// What experts give, times its shares, in the order of experts.
  private String weighed(Dim columns, Elem elem, String weights, Sorted by) {
    Shape shape = Shape.of(choices.count(), columns);
    if (method.learns()) {
      String parts = method.let("parts", "annotate(List[Tensor], [])");
      loop(
          by,
          (given, at, rows) ->
              method.append(
                  parts,
                  "torch.mul(%s, torch.narrow(%s, 0, %s, %s))"
                      .formatted(given, weights, at, rows)));
      String joined = "torch.cat(%s)".formatted(parts);
      return method.let(
          "weighed", method.unlessEmpty(joined, parts, choices.dims(), new Type(elem, shape)));
    }
    String weighed =
        method.let(
            "weighed", "torch.empty(%s, %s)".formatted(method.shape(shape), method.options(elem)));
    loop(
        by,
        (given, at, rows) ->
            method.let(
                "own",
                "torch.mul(%s, torch.narrow(%s, 0, %s, %s), out=torch.narrow(%s, 0, %s, %s))"
                    .formatted(given, weights, at, rows, weighed, at, rows)));
    return weighed;
  }

  /// Runs the body once for each expert that has rows.
  private void loop(Sorted by, Taker taker) {
    List<Capture> captures = captures();
    String at = method.let("at", "0");
    String expert = method.fresh("expert");
    method.line("for %s in range(%d):".formatted(expert, op.captures().size()));
    method.indent();
    String rows = method.let("rows", "%s[%s]".formatted(by.counts(), expert));
    method.line("if %s > 0:".formatted(rows));
    method.indent();
    bind(captures, expert, rows, "torch.narrow(%s, 0, %s, %s)".formatted(by.rows(), at, rows));
    nodes.emit(op.body().nodes());
    taker.take(method.whole(op.body().results().getFirst()), at, rows);
    method.dims().forget(rowsName());
    method.line("%s = %s + %s".formatted(at, at, rows));
    method.dedent();
    method.dedent();
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
