package dune.ir.interpret;

import dune.ir.Contraction;
import dune.ir.Control;
import dune.ir.Elem;
import dune.ir.Elementwise;
import dune.ir.Function;
import dune.ir.Indexing;
import dune.ir.Layout;
import dune.ir.Node;
import dune.ir.Op;
import dune.ir.Program;
import dune.ir.Region;
import dune.ir.Source;
import dune.ir.State;
import dune.ir.Stateful;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// One call of a function: the values found so far, and how each node finds its own.
final class Evaluation {
  private final Program program;
  private final Function function;
  private final Interpreter.Weights weights;
  private final Interpreter.Tables tables;
  private final RandomSource random;
  private final StateStore states;
  private final Array[] values;
  private final Interpreter.Watcher watcher;

  Evaluation(
      Program program,
      Function function,
      Interpreter.Weights weights,
      Interpreter.Tables tables,
      RandomSource random,
      StateStore states,
      Array[] values,
      Interpreter.Watcher watcher) {
    this.program = program;
    this.function = function;
    this.weights = weights;
    this.tables = tables;
    this.random = random;
    this.states = states;
    this.values = values;
    this.watcher = watcher;
  }

  Array get(Value value) {
    Array found = values[value.id()];
    if (found == null) throw new InterpreterException(value + " is used before it is defined");
    return watcher.read(value, found);
  }

  void run(List<Node> nodes, Sizes sizes) {
    for (Node node : nodes) {
      try {
        List<Array> results = evaluate(node.op(), sizes);
        for (int i = 0; i < results.size(); i++)
          define(node.results().get(i), results.get(i), sizes);
      } catch (IllegalArgumentException | ArithmeticException | IndexOutOfBoundsException e) {
        throw new InterpreterException(e.getMessage() + " in " + place(node), e);
      }
    }
  }

  private void define(Value value, Array array, Sizes sizes) {
    Type type = function.of(value);
    if (array.elem() != type.elem() || !Arrays.equals(array.shape(), sizes.of(type.shape()))) {
      throw new IllegalArgumentException(value + " is " + type + ", found " + array);
    }
    values[value.id()] = array;
    watcher.defined(value, array);
  }

  private static String place(Node node) {
    String place = node.origin().place();
    return node.op() + (place.isEmpty() ? "" : " from " + place);
  }

  private List<Array> evaluate(Op op, Sizes sizes) {
    return switch (op) {
      case Source source -> List.of(source(source, sizes));
      case Elementwise elementwise -> List.of(elementwise(elementwise));
      case Contraction contraction -> contraction(contraction, sizes);
      case Layout layout -> List.of(layout(layout, sizes));
      case Indexing.Gather(Value x, Value indices, int axis, int batch) ->
          List.of(LayoutMeaning.gather(get(x), get(indices), axis, batch));
      case Control.Scan scan -> scan(scan, sizes);
      case Control.Dispatch dispatch -> List.of(dispatch(dispatch, sizes));
      case Control.Fused(var _, List<Value> operands, Region body) ->
          call(body, operands.stream().map(this::get).toList(), sizes);
      case Stateful stateful -> stateful(stateful, sizes);
    };
  }

  private Array source(Source op, Sizes sizes) {
    return switch (op) {
      case Source.Weight(String path, Type type) -> weight(path, type, sizes);
      case Source.Constant(double value, Elem elem) -> Array.scalar(elem, value);
      case Source.Table(List<Double> numbers, Elem elem) ->
          Array.of(
              elem,
              new long[] {numbers.size()},
              numbers.stream().mapToDouble(Double::doubleValue).toArray());
      case Source.Prepared(String name, Type _) -> tables.get(name);
      case Source.Fill(double value, Type type) ->
          Array.filled(type.elem(), sizes.of(type.shape()), value);
      case Source.Iota(Dim size) -> upTo(sizes.of(size));
      case Source.Position(Dim axis) -> upTo(sizes.of(axis));
      case Source.Size(Dim dim, Elem elem) -> Array.scalar(elem, (double) sizes.of(dim));
      case Source.Random(String stream, Type type) -> {
        long[] shape = sizes.of(type.shape());
        yield Array.of(type.elem(), shape, random.next(stream, Array.count(shape)));
      }
    };
  }

  /// Files hold what they hold: a weight takes the element type that the program declares.
  private Array weight(String path, Type type, Sizes sizes) {
    Array array = weights.get(path);
    if (!Arrays.equals(array.shape(), sizes.of(type.shape()))) {
      throw new IllegalArgumentException("weight " + path + " is " + type + ", given " + array);
    }
    return Array.of(type.elem(), array.shape(), array.data());
  }

  private static Array upTo(long size) {
    var numbers = new double[Array.count(size)];
    Arrays.setAll(numbers, i -> i);
    return Array.of(Elem.INT, new long[] {size}, numbers);
  }

  private Array elementwise(Elementwise op) {
    return switch (op) {
      case Elementwise.Unary(var kind, Value x) -> ElementwiseMeaning.unary(kind, get(x));
      case Elementwise.Binary(var kind, Value lhs, Value rhs) ->
          ElementwiseMeaning.binary(kind, get(lhs), get(rhs));
      case Elementwise.Select(Value condition, Value then, Value otherwise) ->
          ElementwiseMeaning.select(get(condition), get(then), get(otherwise));
      case Elementwise.Cast(Value x, Elem elem) -> ElementwiseMeaning.cast(get(x), elem);
    };
  }

  private List<Array> contraction(Contraction op, Sizes sizes) {
    return switch (op) {
      case Contraction.Reduce(var kind, Value x, List<Integer> axes) ->
          List.of(ContractionMeaning.reduce(kind, get(x), axes));
      case Contraction.Dot dot ->
          List.of(
              ContractionMeaning.dot(
                  dot, get(dot.lhs()), get(dot.rhs()), dot.plus().map(this::get)));
      case Contraction.Top(Value x, Dim k) -> ContractionMeaning.top(get(x), sizes.of(k));
    };
  }

  private Array layout(Layout op, Sizes sizes) {
    return switch (op) {
      case Layout.Reshape(Value x, var shape) -> get(x).reshape(sizes.of(shape));
      case Layout.Permute(Value x, List<Integer> order) ->
          get(x).permute(order.stream().mapToInt(Integer::intValue).toArray());
      case Layout.Broadcast(Value x, var shape, List<Integer> axes) ->
          LayoutMeaning.broadcast(get(x), sizes.of(shape), axes);
      case Layout.Slice(Value x, int axis, Dim start, Dim size, long step) ->
          LayoutMeaning.slice(get(x), axis, sizes.of(start), sizes.of(size), step);
      case Layout.Concat(List<Value> parts, int axis) ->
          LayoutMeaning.concat(parts.stream().map(this::get).toList(), axis);
      case Layout.History(Value x, int _, Dim _) -> get(x);
    };
  }

  private List<Array> scan(Control.Scan op, Sizes sizes) {
    List<Array> state = op.initial().stream().map(this::get).toList();
    List<Array> captures = op.captures().stream().map(this::get).toList();
    int steps = Math.toIntExact(sizes.of(op.steps()));
    int kept = state.size();
    List<Value> given = op.body().results();
    var stacked = new ArrayList<List<Array>>();
    for (int i = kept; i < given.size(); i++) stacked.add(new ArrayList<>());
    for (int step = 0; step < steps; step++) {
      var arguments = new ArrayList<Array>();
      arguments.add(Array.scalar(Elem.INT, step));
      arguments.addAll(state);
      arguments.addAll(captures);
      List<Array> results = call(op.body(), arguments, sizes);
      state = results.subList(0, kept);
      for (int i = kept; i < results.size(); i++) stacked.get(i - kept).add(results.get(i));
    }
    var results = new ArrayList<>(state);
    for (int i = kept; i < given.size(); i++) {
      Type type = function.of(given.get(i));
      results.add(LayoutMeaning.stack(stacked.get(i - kept), type.elem(), sizes.of(type.shape())));
    }
    return results;
  }

  private List<Array> call(Region body, List<Array> arguments, Sizes sizes) {
    for (int i = 0; i < arguments.size(); i++) {
      define(body.arguments().get(i), arguments.get(i), sizes);
    }
    run(body.nodes(), sizes);
    return body.results().stream().map(this::get).toList();
  }

  /// Every expert runs once, on the rows that chose it.
  private Array dispatch(Control.Dispatch op, Sizes sizes) {
    Array choice = get(op.choice());
    int lead = choice.rank() - 1;
    int k = Math.toIntExact(choice.dim(lead));
    int width = Math.toIntExact(get(op.x()).dim(lead));
    Type given = function.of(op.body().results().getFirst());
    int outputs = Math.toIntExact(sizes.of(given.dim(1)));
    double[] source = get(op.x()).data();
    var results = new double[Array.count(choice.count(), outputs)];
    for (Map.Entry<Integer, List<Integer>> chosen : chosen(choice, op.captures().size())) {
      List<Integer> places = chosen.getValue();
      var rows = new double[Array.count(places.size(), width)];
      for (int i = 0; i < places.size(); i++) {
        System.arraycopy(source, places.get(i) / k * width, rows, i * width, width);
      }
      var arguments = new ArrayList<Array>();
      arguments.add(Array.of(get(op.x()).elem(), new long[] {places.size(), width}, rows));
      for (Value value : op.captures().get(chosen.getKey())) arguments.add(get(value));
      for (Value value : op.shared()) arguments.add(get(value));
      Array answer = call(op.body(), arguments, withRows(op, sizes, places.size())).getFirst();
      for (int i = 0; i < places.size(); i++) {
        System.arraycopy(answer.data(), i * outputs, results, places.get(i) * outputs, outputs);
      }
    }
    long[] shape = Arrays.copyOf(choice.shape(), lead + 2);
    shape[lead + 1] = outputs;
    var each = Array.of(given.elem(), shape, results);
    return op.shares().map(shares -> weighed(each, get(shares))).orElse(each);
  }

  /// The sum over the last axis but one, of which `shares` has a number for each place.
  private static Array weighed(Array each, Array shares) {
    int last = each.rank() - 1;
    int width = Math.toIntExact(each.dim(last));
    int k = Math.toIntExact(shares.dim(shares.rank() - 1));
    long[] shape = Arrays.copyOf(shares.shape(), last);
    shape[last - 1] = width;
    var sums = new double[Array.count(shape)];
    for (int place = 0; place < shares.count(); place++) {
      for (int i = 0; i < width; i++) {
        sums[place / k * width + i] += shares.data()[place] * each.data()[place * width + i];
      }
    }
    return Array.of(each.elem(), shape, sums);
  }

  /// Which places of `choice` name each expert; experts that nobody chose are left out.
  private static Iterable<Map.Entry<Integer, List<Integer>>> chosen(Array choice, int experts) {
    var places = new LinkedHashMap<Integer, List<Integer>>();
    for (int place = 0; place < choice.count(); place++) {
      int expert = (int) choice.data()[place];
      if (expert < 0 || expert >= experts) {
        throw new IndexOutOfBoundsException("expert " + expert + " of " + experts);
      }
      places.computeIfAbsent(expert, _ -> new ArrayList<>()).add(place);
    }
    return places.entrySet();
  }

  private Sizes withRows(Control.Dispatch op, Sizes sizes, int rows) {
    Dim dim = function.of(op.body().arguments().getFirst()).dim(0);
    return dim.name().isPresent() ? sizes.with(dim.name().get(), rows) : sizes;
  }

  private List<Array> stateful(Stateful op, Sizes sizes) {
    return switch (op) {
      case Stateful.ReadState(String name, Type _) -> List.of(state(name, sizes));
      case Stateful.WriteState(String name, Value value) -> {
        states.put(name, get(value));
        yield List.of();
      }
      case Stateful.Append(String name, Value x, Value slots) -> {
        states.put(name, LayoutMeaning.append(state(name, sizes), get(x), get(slots)));
        yield List.of();
      }
      case Stateful.ReadCache(String name, Dim slots, Type _) ->
          List.of(LayoutMeaning.slice(state(name, sizes), 1, 0, sizes.of(slots), 1));
    };
  }

  private Array state(String name, Sizes sizes) {
    for (State state : program.states()) {
      if (state.name().equals(name)) return states.getOrBegin(state, sizes);
    }
    throw new IllegalArgumentException("no state " + name + " is declared");
  }
}
