package dune.passes.tabulate;

import dune.ir.Contraction.Reduce;
import dune.ir.Function;
import dune.ir.FunctionBuilder;
import dune.ir.Indexing.Gather;
import dune.ir.Layout.Broadcast;
import dune.ir.Layout.Concat;
import dune.ir.Layout.Permute;
import dune.ir.Layout.Reshape;
import dune.ir.Layout.Slice;
import dune.ir.Node;
import dune.ir.Op;
import dune.ir.Operands;
import dune.ir.Origin;
import dune.ir.Program;
import dune.ir.Shape;
import dune.ir.Source;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.dim.Dim;
import dune.passes.pass.Observer;
import dune.passes.rewrite.Rewriter;
import dune.passes.simplify.Simplify;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The function that makes tables, while it grows: with a row for each position, where the
/// functions that it is made for have the positions of a call.
final class Tables {
  private final Dim rows;
  private final FunctionBuilder builder = new FunctionBuilder();

  /// What there is a table of.
  private final Set<Value> made = new HashSet<>();

  /// By what there is a table of, its name. Tables get theirs when they are read first.
  private final Map<Value, String> names = new LinkedHashMap<>();

  private double bytes;

  /// @param capacity how many positions there are
  Tables(long capacity) {
    rows = Dim.of(capacity);
  }

  boolean isEmpty() {
    return made.isEmpty();
  }

  Function build() {
    var outputs = new ArrayList<Function.Output>();
    names.forEach((value, name) -> outputs.add(new Function.Output(name, value)));
    Function all = builder.build(Program.TABLES, List.of(), outputs, List.of());
    // With one axis of numbers there may be more to fold, and what was too large is left behind.
    return new Rewriter(Simplify.rules(), Observer.NONE).rewrite(all);
  }

  /// A table of a value, made if it is not there and there is room for it.
  ///
  /// @param most bytes that all tables may have
  Optional<Value> of(Value value, Dependence dependence, double most) {
    Value places = dependence.positions(value).orElseThrow();
    Value table = new Copy(dependence, places).of(value);
    double more = made.contains(table) ? 0 : bytes(builder.of(table));
    if (bytes + more > most) return Optional.empty();
    bytes += more;
    made.add(table);
    return Optional.of(table);
  }

  /// Bytes, even where there are more than a `long` can say.
  private static double bytes(Type table) {
    double bytes = table.elem().bytes();
    for (Dim dim : table.shape().dims()) bytes *= dim.size().orElseThrow();
    return bytes;
  }

  /// The operation that reads a table.
  ///
  /// @param origin of who reads it; a table is named after the block that does so first
  Source.Prepared read(Value table, Origin origin) {
    return new Source.Prepared(names.computeIfAbsent(table, _ -> name(origin)), builder.of(table));
  }

  private String name(Origin origin) {
    String path = origin.path().isEmpty() ? "" : origin.path() + ".";
    int number = 0;
    while (names.containsValue(path + "table" + number)) number++;
    return path + "table" + number;
  }

  private Shape rowed(Shape shape, int axes) {
    var dims = new ArrayList<Dim>();
    dims.add(rows);
    dims.addAll(shape.dims().subList(axes, shape.rank()));
    return new Shape(dims);
  }

  /// Copies what follows some positions: their axes become one, along which all positions stand.
  private final class Copy {
    private final Dependence dependence;
    private final Value places;

    /// How many axes become one.
    private final int axes;

    private final Map<Value, Value> values = new HashMap<>();

    Copy(Dependence dependence, Value places) {
      this.dependence = dependence;
      this.places = places;
      axes = dependence.axes(places);
    }

    Value of(Value before) {
      Value copied = values.get(before);
      if (copied != null) return copied;
      Node node = dependence.definition(before);
      Op op = op(before, node.op());
      Value after = builder.emit(op, node.origin());
      values.put(before, after);
      return after;
    }

    private Op op(Value before, Op op) {
      if (before.equals(places)) return new Source.Iota(rows);
      Op copied = Operands.map(op, this::of);
      if (dependence.isKnown(before)) return copied;
      return switch (copied) {
        case Source.Fill(double number, Type type) ->
            new Source.Fill(number, type.with(rowed(type.shape(), axes)));
        case Broadcast(Value x, Shape shape, List<Integer> kept) ->
            new Broadcast(x, rowed(shape, axes), moved(kept));
        case Reshape(Value x, Shape shape) -> new Reshape(x, rowed(shape, axes));
        case Permute(Value x, List<Integer> order) -> new Permute(x, moved(order));
        case Slice(Value x, int axis, Dim start, Dim size, long step) ->
            new Slice(x, moved(axis), start, size, step);
        case Concat(List<Value> parts, int axis) -> new Concat(parts, moved(axis));
        case Reduce(var kind, Value x, List<Integer> summed) -> new Reduce(kind, x, moved(summed));
        case Gather(Value x, Value indices, int axis, int batch) ->
            new Gather(x, indices, axis, batch);
        case Op elementwise -> elementwise;
      };
    }

    /// Axes behind those of the positions move to the front, and these are the first.
    private List<Integer> moved(List<Integer> all) {
      var moved = new ArrayList<Integer>();
      for (int axis : all) {
        if (axis >= axes) moved.add(moved(axis));
        else if (axis == 0) moved.add(0);
      }
      return moved;
    }

    private int moved(int axis) {
      return axis - axes + 1;
    }
  }
}
