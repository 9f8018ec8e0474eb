package dune.passes.rewrite;

import dune.ir.Contraction;
import dune.ir.Control;
import dune.ir.Elementwise;
import dune.ir.Indexing;
import dune.ir.Layout;
import dune.ir.Op;
import dune.ir.Source;
import dune.ir.Stateful;
import dune.ir.Type;
import dune.ir.dim.Dim;
import java.util.Map;

/// Replaces names of dimensions in the attributes of operations.
public record Substitution(Map<String, Dim> sizes) {
  public static final Substitution NONE = new Substitution(Map.of());

  public Substitution {
    sizes = Map.copyOf(sizes);
  }

  public Type apply(Type type) {
    return sizes.isEmpty() ? type : type.substitute(sizes);
  }

  public Dim apply(Dim dim) {
    return dim.substitute(sizes);
  }

  /// The same operation at other sizes. Bodies are left alone: whoever copies one substitutes in
  /// its nodes.
  public Op apply(Op op) {
    if (sizes.isEmpty()) return op;
    return switch (op) {
      case Source source -> source(source);
      case Layout layout -> layout(layout);
      case Control.Scan(var steps, var initial, var captures, var body) ->
          new Control.Scan(apply(steps), initial, captures, body);
      case Control.Dispatch dispatch -> dispatch;
      case Control.Fused fused -> fused;
      case Contraction.Top(var x, var k) -> new Contraction.Top(x, apply(k));
      case Contraction.Reduce reduce -> reduce;
      case Contraction.Dot dot -> dot;
      case Elementwise elementwise -> elementwise;
      case Indexing indexing -> indexing;
      case Stateful.ReadState(var state, var type) -> new Stateful.ReadState(state, apply(type));
      case Stateful.ReadCache(var state, var slots, var type) ->
          new Stateful.ReadCache(state, apply(slots), apply(type));
      case Stateful.WriteState write -> write;
      case Stateful.Append append -> append;
    };
  }

  private Op source(Source source) {
    return switch (source) {
      case Source.Fill(var value, var type) -> new Source.Fill(value, apply(type));
      case Source.Iota(var size) -> new Source.Iota(apply(size));
      case Source.Position(var axis) -> new Source.Position(apply(axis));
      case Source.Size(var dim, var elem) -> new Source.Size(apply(dim), elem);
      case Source.Random(var stream, var type) -> new Source.Random(stream, apply(type));
      case Source.Weight weight -> weight;
      case Source.Constant constant -> constant;
      case Source.Table table -> table;
      case Source.Prepared prepared -> prepared;
    };
  }

  private Op layout(Layout layout) {
    return switch (layout) {
      case Layout.Reshape(var x, var shape) -> new Layout.Reshape(x, shape.substitute(sizes));
      case Layout.Broadcast(var x, var shape, var axes) ->
          new Layout.Broadcast(x, shape.substitute(sizes), axes);
      case Layout.Slice(var x, var axis, var start, var size, var step) ->
          new Layout.Slice(x, axis, apply(start), apply(size), step);
      case Layout.History(var x, var axis, var keys) -> new Layout.History(x, axis, apply(keys));
      case Layout.Permute permute -> permute;
      case Layout.Concat concat -> concat;
    };
  }
}
