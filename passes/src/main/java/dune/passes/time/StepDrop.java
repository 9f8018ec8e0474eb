package dune.passes.time;

import dune.ir.Contraction;
import dune.ir.Control;
import dune.ir.Elementwise;
import dune.ir.Indexing;
import dune.ir.Layout;
import dune.ir.Op;
import dune.ir.Shape;
import dune.ir.Source;
import dune.ir.Stateful;
import dune.ir.Types;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/// Takes the axis `T` away from an operation that does not mix steps.
final class StepDrop {
  private StepDrop() {}

  /// Whether `op`, whose results have the axis `T`, can do without it.
  static boolean isPossible(Op op, Types types) {
    return switch (op) {
      case Elementwise _ -> true;
      case Layout.Reshape(Value x, Shape shape) -> keepsSteps(types.of(x).shape(), shape);
      case Layout.Permute _, Layout.Broadcast _ -> true;
      case Layout.Slice(Value x, int axis, _, _, _) -> !isSteps(types, x, axis);
      case Layout.Concat(List<Value> parts, int axis) -> !isSteps(types, parts.getFirst(), axis);
      case Layout.History _ -> false;
      // The results have `T`, so it is not among the axes that these fold or pick from.
      case Contraction.Reduce _, Contraction.Dot _ -> true;
      case Contraction.Top(Value x, _) -> !isSteps(types, x, types.of(x).rank() - 1);
      case Indexing.Gather(Value x, _, int axis, _) -> !isSteps(types, x, axis);
      case Control.Dispatch(Value x, _, _, _, _, _) -> !isSteps(types, x, types.of(x).rank() - 1);
      case Control.Scan _, Control.Fused _, Source _, Stateful _ -> false;
    };
  }

  private static boolean isSteps(Types types, Value value, int axis) {
    return types.of(value).dim(axis).equals(Axes.STEPS);
  }

  private static boolean keepsSteps(Shape before, Shape after) {
    OptionalInt from = Axes.steps(before);
    OptionalInt to = Axes.steps(after);
    return from.isPresent()
        && to.isPresent()
        && Dim.product(before.dims().subList(0, from.getAsInt()))
            .equals(Dim.product(after.dims().subList(0, to.getAsInt())));
  }

  /// The operation without the axis.
  ///
  /// @param op on operands that have lost the axis where they had it
  /// @param before the operation with the axis
  /// @param types the types of the operands of `before`
  static Op drop(Op op, Op before, Types types) {
    return switch (op) {
      case Elementwise elementwise -> elementwise;
      case Layout layout -> layout(layout, (Layout) before, types);
      case Contraction.Reduce(var kind, Value x, List<Integer> axes) ->
          new Contraction.Reduce(
              kind, x, without(axes, steps(types, ((Contraction.Reduce) before).x())));
      case Contraction.Dot dot -> dot(dot, (Contraction.Dot) before, types);
      case Indexing.Gather gather -> gather(gather, (Indexing.Gather) before, types);
      case Contraction.Top top -> top;
      case Control.Dispatch dispatch -> dispatch;
      case Control.Scan _, Control.Fused _, Source _, Stateful _ ->
          throw new IllegalArgumentException("needs all its steps: " + op);
    };
  }

  private static Layout layout(Layout op, Layout before, Types types) {
    return switch (op) {
      case Layout.Reshape(Value x, Shape shape) -> new Layout.Reshape(x, without(shape));
      case Layout.Permute(Value x, List<Integer> order) ->
          new Layout.Permute(x, without(order, steps(types, ((Layout.Permute) before).x())));
      case Layout.Broadcast(Value x, Shape shape, List<Integer> axes) ->
          new Layout.Broadcast(x, without(shape), without(axes, Axes.steps(shape)));
      case Layout.Slice(Value x, int axis, Dim start, Dim size, long step) ->
          new Layout.Slice(
              x, shifted(axis, steps(types, ((Layout.Slice) before).x())), start, size, step);
      case Layout.Concat(List<Value> parts, int axis) ->
          new Layout.Concat(
              parts, shifted(axis, steps(types, ((Layout.Concat) before).parts().getFirst())));
      case Layout.History _ -> throw new IllegalArgumentException("needs all its steps: " + op);
    };
  }

  private static Contraction.Dot dot(Contraction.Dot op, Contraction.Dot before, Types types) {
    OptionalInt left = steps(types, before.lhs());
    OptionalInt right = steps(types, before.rhs());
    return new Contraction.Dot(
        op.lhs(),
        op.rhs(),
        without(op.lhsBatch(), left),
        without(op.rhsBatch(), right),
        without(op.lhsSum(), left),
        without(op.rhsSum(), right),
        op.plus());
  }

  private static Indexing.Gather gather(Indexing.Gather op, Indexing.Gather before, Types types) {
    OptionalInt x = steps(types, before.x());
    boolean walked = x.isPresent() && x.getAsInt() < before.batch();
    return new Indexing.Gather(
        op.x(), op.indices(), shifted(op.axis(), x), walked ? op.batch() - 1 : op.batch());
  }

  private static OptionalInt steps(Types types, Value value) {
    return Axes.steps(types.of(value).shape());
  }

  private static Shape without(Shape shape) {
    var dims = new ArrayList<>(shape.dims());
    dims.remove(Axes.STEPS);
    return new Shape(dims);
  }

  /// Axis numbers after the axis `gone` is gone, which may be among them.
  private static List<Integer> without(List<Integer> axes, OptionalInt gone) {
    return axes.stream()
        .filter(axis -> gone.isEmpty() || axis != gone.getAsInt())
        .map(axis -> shifted(axis, gone))
        .toList();
  }

  private static int shifted(int axis, OptionalInt gone) {
    return gone.isPresent() && axis > gone.getAsInt() ? axis - 1 : axis;
  }
}
