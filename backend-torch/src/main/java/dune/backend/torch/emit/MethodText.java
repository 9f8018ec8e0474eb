package dune.backend.torch.emit;

import dune.backend.torch.archive.TorchNames;
import dune.backend.torch.run.Kernels;
import dune.ir.Control;
import dune.ir.Elem;
import dune.ir.Function;
import dune.ir.JoinedWeights;
import dune.ir.Origin;
import dune.ir.Shape;
import dune.ir.Type;
import dune.ir.Types;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/// The text of one method while it grows: its lines, and what stands for each value.
final class MethodText {
  private static final String OUTERMOST = "    ";

  private final Types types;
  private final JoinedWeights joined;
  private final Attributes attributes;
  private final PythonNames names;
  private final DimText dims;
  private final ProbeText probe;
  private final boolean learns;
  private final Kernels single;
  private final Map<Value, Operand> operands = new HashMap<>();
  private final List<String> lines = new ArrayList<>();
  private final Map<Object, Object> shared = new HashMap<>();
  private final Map<Dim, String> ranges = new HashMap<>();
  private String indentation = OUTERMOST;
  private Origin origin = Origin.NONE;

  MethodText(
      Function function, Attributes attributes, PythonNames names, Probe probe, boolean learns) {
    this.learns = learns;
    this.single = DotText.single(function.nodes(), function);
    this.types = function;
    this.joined = JoinedWeights.of(function);
    this.attributes = attributes;
    this.names = names;
    this.dims = new DimText(names);
    this.probe = new ProbeText(probe, this, names);
  }

  private MethodText(MethodText caller, PythonNames names, UnaryOperator<String> sizes) {
    this.learns = caller.learns;
    this.single = caller.single;
    this.types = caller.types;
    this.joined = caller.joined;
    this.attributes = caller.attributes;
    this.names = names;
    this.dims = new DimText(names, sizes);
    this.probe = new ProbeText(Probe.NONE, this, names);
  }

  /// The text of a helper method for some of the values of this one.
  ///
  /// @param sizes the text of a size in the helper, by its name
  MethodText helper(PythonNames names, UnaryOperator<String> sizes) {
    return new MethodText(this, names, sizes);
  }

  ProbeText probe() {
    return probe;
  }

  DimText dims() {
    return dims;
  }

  /// Whether gradients flow through this.
  boolean learns() {
    return learns;
  }

  /// What is the fastest for one token.
  Kernels single() {
    return single;
  }

  Attributes attributes() {
    return attributes;
  }

  JoinedWeights joined() {
    return joined;
  }

  List<String> lines() {
    return lines;
  }

  Type type(Value value) {
    return types.of(value);
  }

  int rank(Value value) {
    return types.of(value).rank();
  }

  String size(Dim dim) {
    return dims.of(dim);
  }

  String shape(Shape shape) {
    return dims.of(shape);
  }

  /// The lines that follow come from this place.
  void at(Origin origin) {
    this.origin = origin;
  }

  /// Where lines come from.
  Origin origin() {
    return origin;
  }

  void line(String text) {
    probe.line(text);
  }

  /// A line that nobody observes.
  void raw(String text) {
    String comment = origin.place().isEmpty() ? "" : "  # " + origin.place();
    lines.add(indentation + text + comment);
  }

  void indent() {
    indentation += "  ";
  }

  void dedent() {
    indentation = indentation.substring(2);
  }

  /// A variable of its own.
  String fresh(String wish) {
    return names.claim(wish);
  }

  /// A new variable that holds `expression`.
  String let(String wish, String expression) {
    String name = fresh(wish);
    line(name + " = " + expression);
    return name;
  }

  /// What `compute` makes, mostly a variable, which is made once for equal keys. What a body makes
  /// is not there for others.
  @SuppressWarnings("unchecked") // Who asks by a key knows what is made for it.
  <T> T once(Object key, Supplier<T> compute) {
    Object known = shared.get(key);
    if (known != null) return (T) known;
    T made = compute.get();
    if (indentation.equals(OUTERMOST)) shared.put(key, made);
    return made;
  }

  /// Whether so many are one.
  String isOne(Dim count) {
    if (count.isConstant()) return count.is(1) ? "True" : "False";
    return once(List.of("single", count), () -> let("single", size(count) + " == 1"));
  }

  /// `one` if so many are one, else `many`.
  String ifOne(Dim count, String one, String many) {
    if (count.isConstant()) return count.is(1) ? one : many;
    return "%s if %s else %s".formatted(one, isOne(count), many);
  }

  // What stands for values.

  Operand get(Value value) {
    Operand operand = operands.get(value);
    if (operand == null) throw new IllegalStateException(value + " is used before it is defined");
    return operand;
  }

  boolean isSet(Value value) {
    return operands.containsKey(value);
  }

  void set(Value value, Operand operand) {
    operands.put(value, operand);
  }

  /// Lets the arguments of a body stand for the operands.
  void hand(Control.Fused op) {
    for (int i = 0; i < op.operands().size(); i++) {
      set(op.body().arguments().get(i), get(op.operands().get(i)));
    }
  }

  /// The name of the variable for a value.
  String name(Value value) {
    return fresh("v" + value.id());
  }

  /// Computes a value with all its axes.
  void assign(Value value, String expression) {
    set(value, Operand.Tensor.whole(let("v" + value.id(), expression), rank(value)));
  }

  /// Computes a value whose tensor may lack axes; `shape` says which.
  void assign(Value value, String expression, Operand.Tensor shape) {
    set(value, new Operand.Tensor(let("v" + value.id(), expression), shape.rank(), shape.ones()));
  }

  /// Computes several values by an expression that gives a list or tuple of whole tensors.
  void assignEach(List<Value> values, String expression) {
    List<String> names = values.stream().map(this::name).toList();
    line(String.join(", ", names) + ", = " + expression);
    for (int i = 0; i < names.size(); i++) {
      Value value = values.get(i);
      set(value, Operand.Tensor.whole(names.get(i), rank(value)));
    }
  }

  /// A tensor with every axis of the value at its full size.
  String whole(Value value) {
    Type type = type(value);
    return switch (get(value)) {
      case Operand.Scalar scalar -> filled(type, scalar);
      case Operand.Tensor tensor when tensor.isWhole(type.rank()) -> tensor.text();
      case Operand.Tensor tensor ->
          let("wide", "torch.expand(%s, %s)".formatted(tensor.text(), shape(type.shape())));
    };
  }

  /// A tensor that torch broadcasts to the value; of rank 0 for a number.
  Operand.Tensor tensor(Value value) {
    return switch (get(value)) {
      case Operand.Scalar scalar -> {
        Type type = Type.scalar(type(value).elem());
        yield Operand.Tensor.whole(filled(type, scalar), 0);
      }
      case Operand.Tensor tensor -> tensor;
    };
  }

  /// A value of rank 0 as a Python number.
  String number(Value value) {
    return switch (get(value)) {
      case Operand.Scalar scalar -> scalar.text();
      case Operand.Tensor tensor -> "float(%s)".formatted(tensor.text());
    };
  }

  private String filled(Type type, Operand.Scalar scalar) {
    return let(
        "full",
        "torch.full(%s, %s, %s)"
            .formatted(shape(type.shape()), scalar.as(type.elem()).text(), options(type.elem())));
  }

  /// The whole numbers from 0 to `size`, or those that stand for them.
  String range(Dim size) {
    String range = ranges.getOrDefault(size, size(size));
    return "torch.arange(%s, %s)".formatted(range, options(Elem.INT));
  }

  /// Only those of `start` and up to `end` are asked for where numbers go up to `size`.
  void limit(Dim size, String start, String end) {
    ranges.put(size, start + ", " + end);
  }

  /// The keyword arguments that make a tensor of `elem` on the device of the call.
  String options(Elem elem) {
    return "dtype=" + TorchNames.code(elem) + ", device=device";
  }

  /// The elements of a tensor under another shape.
  String reshaped(String tensor, List<Dim> sizes) {
    return "torch.reshape(%s, %s)".formatted(tensor, shape(new Shape(sizes)));
  }

  /// Adds a tensor to a list.
  void append(String list, String tensor) {
    let("appended", "torch.append(%s, %s)".formatted(list, tensor));
  }

  /// `joined`, made of a list, as a value of `type`. Torch joins no empty list. Rows and steps are
  /// never none, and neither is a size that is known not to be; where a list of these sizes may be
  /// empty all the same, the text asks.
  String unlessEmpty(String joined, String list, List<Dim> sizes, Type type) {
    boolean filled =
        sizes.stream().allMatch(dim -> dim.name().isPresent() || dim.size().orElse(0) > 0);
    if (filled) return joined;
    return "%s if len(%s) > 0 else torch.zeros(%s, %s)"
        .formatted(joined, list, shape(type.shape()), options(type.elem()));
  }

  /// `[1, 2]`, for axes and their order.
  static String list(List<Integer> numbers) {
    return numbers.isEmpty() ? "annotate(List[int], [])" : numbers.toString();
  }
}
