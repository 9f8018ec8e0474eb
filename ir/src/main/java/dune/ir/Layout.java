package dune.ir;

import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.List;

/// Operations that move elements and compute nothing.
public sealed interface Layout extends Op {

  /// The same elements in the same order under another shape.
  ///
  /// - (C1) the element counts have the same normal form
  record Reshape(Value x, Shape shape) implements Layout {
    @Override
    public Inferred infer(Types types) {
      Type type = types.of(x);
      if (!type.shape().count().equals(shape.count())) {
        return Inferred.broken(1, type.shape() + " as " + shape);
      }
      return Inferred.of(type.with(shape));
    }
  }

  /// Axis `i` of the result is axis `order[i]` of `x`.
  ///
  /// - (C1) `order` names every axis once
  record Permute(Value x, List<Integer> order) implements Layout {
    public Permute {
      order = List.copyOf(order);
    }

    @Override
    public Inferred infer(Types types) {
      Type type = types.of(x);
      if (order.size() != type.rank()
          || order.stream().distinct().filter(axis -> axis >= 0 && axis < type.rank()).count()
              != type.rank()) {
        return Inferred.broken(1, "order " + order + " of " + type);
      }
      return Inferred.of(type.with(new Shape(order.stream().map(type::dim).toList())));
    }
  }

  /// Repeats `x` along new axes: axis `i` of `x` becomes axis `axes[i]` of the result, the others
  /// are new.
  ///
  /// - (C1) `axes` has one entry per axis of `x`, ascending within the result
  /// - (C2) the dimensions at those axes are those of `x`
  record Broadcast(Value x, Shape shape, List<Integer> axes) implements Layout {
    public Broadcast {
      axes = List.copyOf(axes);
    }

    @Override
    public Inferred infer(Types types) {
      Type type = types.of(x);
      int last = -1;
      boolean legal = axes.size() == type.rank();
      for (int axis : axes) {
        legal &= axis > last && axis < shape.rank();
        last = axis;
      }
      if (!legal) return Inferred.broken(1, "axes " + axes + " of " + type + " in " + shape);
      for (int i = 0; i < axes.size(); i++) {
        if (!type.dim(i).equals(shape.get(axes.get(i)))) {
          return Inferred.broken(2, type + " to " + shape + " at " + axes);
        }
      }
      return Inferred.of(type.with(shape));
    }
  }

  /// `size` elements along `axis`, from `start`, `step` apart.
  ///
  /// - (C1) the axis exists
  /// - (C2) `step` is positive, and where all numbers are known the elements lie within the axis
  record Slice(Value x, int axis, Dim start, Dim size, long step) implements Layout {
    @Override
    public Inferred infer(Types types) {
      Type type = types.of(x);
      if (axis < 0 || axis >= type.rank())
        return Inferred.broken(1, "axis " + axis + " of " + type);
      boolean within = step > 0;
      if (start.size().isPresent() && size.size().isPresent()) {
        long first = start.size().getAsLong();
        long count = size.size().getAsLong();
        within &= first >= 0 && count >= 0;
        if (type.dim(axis).size().isPresent() && count > 0) {
          within &= first + (count - 1) * step < type.dim(axis).size().getAsLong();
        }
      }
      if (!within) {
        return Inferred.broken(2, size + " from " + start + " by " + step + " of " + type);
      }
      return Inferred.of(type.with(type.shape().with(axis, size)));
    }
  }

  /// The operands after one another along `axis`.
  ///
  /// - (C1) there is at least one operand, and the axis exists
  /// - (C2) element types are the same, and all axes but `axis`
  record Concat(List<Value> parts, int axis) implements Layout {
    public Concat {
      parts = List.copyOf(parts);
    }

    @Override
    public Inferred infer(Types types) {
      if (parts.isEmpty()) return Inferred.broken(1, "nothing to concatenate");
      Type first = types.of(parts.getFirst());
      if (axis < 0 || axis >= first.rank()) {
        return Inferred.broken(1, "axis " + axis + " of " + first);
      }
      var sizes = new ArrayList<Dim>();
      for (Value part : parts) {
        Type type = types.of(part);
        if (type.rank() != first.rank()
            || !type.with(type.shape().with(axis, Dim.ONE))
                .equals(first.with(first.shape().with(axis, Dim.ONE)))) {
          return Inferred.broken(2, first + " with " + type);
        }
        sizes.add(type.dim(axis));
      }
      return Inferred.of(first.with(first.shape().with(axis, Dim.sum(sizes))));
    }
  }

  /// `x[T -> S]`: the same tensor, with its time axis called `keys`. In a program that keeps state
  /// this is where the past is: the steps of this call are appended to those before.
  ///
  /// - (C1) the axis exists and its dimension is a name
  record History(Value x, int axis, Dim keys) implements Layout {
    @Override
    public Inferred infer(Types types) {
      Type type = types.of(x);
      if (axis < 0 || axis >= type.rank() || type.dim(axis).name().isEmpty()) {
        return Inferred.broken(1, "axis " + axis + " of " + type);
      }
      return Inferred.of(type.with(type.shape().with(axis, keys)));
    }
  }
}
