package dune.passes.train;

import dune.ir.Contraction.Reduce;
import dune.ir.Contraction.ReduceKind;
import dune.ir.Control.Fused;
import dune.ir.Control.FusedKind;
import dune.ir.Elem;
import dune.ir.Elementwise.Binary;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Elementwise.Cast;
import dune.ir.Elementwise.Select;
import dune.ir.Elementwise.Unary;
import dune.ir.Elementwise.UnaryKind;
import dune.ir.Function;
import dune.ir.FunctionBuilder;
import dune.ir.Indexing.Gather;
import dune.ir.Layout.Broadcast;
import dune.ir.Node;
import dune.ir.Op;
import dune.ir.Origin;
import dune.ir.Program;
import dune.ir.Region;
import dune.ir.Shape;
import dune.ir.Source.Constant;
import dune.ir.Type;
import dune.ir.Value;
import dune.passes.rewrite.FunctionCopy;
import dune.passes.rewrite.Substitution;
import java.util.ArrayList;
import java.util.List;

/// Lets a function that gives logits give their cross entropy with `targets: int[B, T]` instead:
/// the mean over all steps whose target is not {@link #IGNORED}, in nats, in f32 at least, and 0
/// where there is none. What training adds to the loss becomes further outputs.
public final class LossDerivation implements FunctionCopy.Verbatim {
  public static final String FUNCTION = "loss";

  /// The output that holds the squares of the normaliser, if {@link LossOptions#z} adds some.
  public static final String Z = "z_loss";

  /// The target of a step that does not count, as PyTorch has it.
  public static final long IGNORED = -100;

  private final Value logits;
  private final Value targets;
  private final LossOptions options;
  private final Origin origin;
  private final List<Value> losses = new ArrayList<>();

  private LossDerivation(Function function, Value targets, LossOptions options) {
    this.logits = function.outputs().getFirst().value();
    this.targets = targets;
    this.options = options;
    this.origin =
        function.nodes().stream()
            .filter(node -> node.results().contains(logits))
            .map(Node::origin)
            .findFirst()
            .orElse(Origin.NONE);
  }

  /// A program whose only function is `loss(tokens, targets)`.
  ///
  /// @param program with a function `loss(tokens)` that gives logits `[B, T, V]`
  public static Program apply(Program program, LossOptions options) {
    Function given = program.require(FUNCTION);
    var types = new ArrayList<>(given.types());
    Type tokens = given.inputs().getFirst().type();
    var targets = new Value(types.size());
    types.add(tokens);
    var inputs = new ArrayList<>(given.inputs());
    inputs.add(new Function.Input("targets", targets, tokens));
    var outputs = new ArrayList<Function.Output>();
    Value logits = given.outputs().getFirst().value();
    outputs.add(new Function.Output(FUNCTION, logits));
    if (options.z() > 0) outputs.add(new Function.Output(Z, logits));
    int penalties = 0;
    for (Value penalty : given.penalties()) {
      outputs.add(new Function.Output("penalty" + ++penalties, penalty));
    }
    var wide =
        new Function(FUNCTION, inputs, given.dims(), given.nodes(), outputs, List.of(), types);
    Function loss =
        FunctionCopy.copy(wide, Substitution.NONE, new LossDerivation(given, targets, options));
    return new Program(program.name(), program.weights(), program.states(), List.of(loss));
  }

  @Override
  public Value output(Value before, FunctionCopy.Copies copies, FunctionBuilder into) {
    if (!before.equals(logits)) return copies.of(before);
    if (losses.isEmpty()) losses.addAll(losses(copies, into));
    return losses.removeFirst();
  }

  /// The loss, then what its logits add to it.
  private List<Value> losses(FunctionCopy.Copies copies, FunctionBuilder into) {
    Value given = copies.of(logits);
    Elem elem = precise(into.of(given).elem());
    Value wide = into.emit(new Cast(given, elem), origin);
    List<Value> operands = List.of(wide, copies.of(targets));
    FunctionBuilder body = into.region(operands.stream().map(into::of).toList());
    List<Value> means = crossEntropy(body.arguments().getFirst(), body.arguments().getLast(), body);
    Region region = body.buildRegion(means);
    var results =
        new ArrayList<>(into.emitAll(new Fused(FusedKind.CROSS_ENTROPY, operands, region), origin));
    if (results.size() > 1) {
      Value share = into.emit(new Constant(options.z(), elem), origin);
      results.set(1, into.emit(new Binary(BinaryKind.MUL, results.get(1), share), origin));
    }
    return results;
  }

  private static Elem precise(Elem elem) {
    return elem == Elem.F64 ? Elem.F64 : Elem.F32;
  }

  private List<Value> crossEntropy(Value x, Value targets, FunctionBuilder body) {
    Type type = body.of(x);
    Type steps = body.of(targets);
    Value ignored = wide(number(IGNORED, Elem.INT, body), steps, body);
    Value counts = emit(new Binary(BinaryKind.NE, targets, ignored), body);
    Value none = wide(number(0, Elem.INT, body), steps, body);
    Value safe = emit(new Select(counts, targets, none), body);

    Value largest = emit(new Reduce(ReduceKind.MAX, x, List.of(2)), body);
    Value shifted = emit(new Binary(BinaryKind.SUB, x, along(largest, type.shape(), body)), body);
    Value powers = emit(new Unary(UnaryKind.EXP, shifted), body);
    Value sum = emit(new Reduce(ReduceKind.SUM, powers, List.of(2)), body);
    Value all = emit(new Unary(UnaryKind.LOG, sum), body);
    Value one = emit(new Gather(shifted, safe, 2, 2), body);
    Value loss = emit(new Binary(BinaryKind.SUB, all, one), body);
    if (options.z() == 0) return List.of(mean(loss, counts, body));
    Value normaliser = emit(new Binary(BinaryKind.ADD, all, largest), body);
    Value square = emit(new Binary(BinaryKind.MUL, normaliser, normaliser), body);
    return List.of(mean(loss, counts, body), mean(square, counts, body));
  }

  /// Over the steps that count; 0 where none does.
  private Value mean(Value x, Value counts, FunctionBuilder body) {
    Type type = body.of(x);
    Value nothing = wide(number(0, type.elem(), body), type, body);
    Value kept = emit(new Select(counts, x, nothing), body);
    Value total = emit(new Reduce(ReduceKind.SUM, kept, List.of(0, 1)), body);
    Value each = emit(new Cast(counts, type.elem()), body);
    Value count = emit(new Reduce(ReduceKind.SUM, each, List.of(0, 1)), body);
    Value some = emit(new Binary(BinaryKind.MAX, count, number(1, type.elem(), body)), body);
    return emit(new Binary(BinaryKind.DIV, total, some), body);
  }

  private Value emit(Op op, FunctionBuilder body) {
    return body.emit(op, origin);
  }

  private Value number(double value, Elem elem, FunctionBuilder body) {
    return emit(new Constant(value, elem), body);
  }

  private Value wide(Value number, Type type, FunctionBuilder body) {
    return emit(new Broadcast(number, type.shape(), List.of()), body);
  }

  private Value along(Value x, Shape shape, FunctionBuilder body) {
    return emit(new Broadcast(x, shape, List.of(0, 1)), body);
  }
}
