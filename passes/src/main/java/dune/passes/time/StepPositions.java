package dune.passes.time;

import dune.ir.Elem;
import dune.ir.Elementwise.Binary;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Elementwise.Select;
import dune.ir.FunctionBuilder;
import dune.ir.Layout.Broadcast;
import dune.ir.Layout.Concat;
import dune.ir.Op;
import dune.ir.Origin;
import dune.ir.Shape;
import dune.ir.Source.Constant;
import dune.ir.Source.Iota;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.util.List;

/// Where the steps of a call stand, and which slots of a cache they meet, row by row.
final class StepPositions {
  private final Value start;
  private final Value count;

  /// Declares the inputs of a function that continues: `tokens` is the caller's business.
  ///
  /// @param start how many steps each row has already: `int[B]`
  /// @param count how many steps of this call are real: `int[B]`; the rest is padding
  StepPositions(Value start, Value count) {
    this.start = start;
    this.count = count;
  }

  /// The position of each step of this call: `int[B, T]`.
  ///
  /// Padding stands where the last real step does: further on there may be no position at all, for
  /// a table of positions or a full cache.
  Value ofSteps(FunctionBuilder into, Origin origin) {
    var emit = new Emitter(into, origin);
    Shape steps = Shape.of(Axes.ROWS, Axes.STEPS);
    Value counted =
        emit.binary(
            BinaryKind.ADD,
            emit.alongRows(start, steps),
            emit.alongLast(emit.iota(Axes.STEPS), steps));
    return emit.binary(BinaryKind.MIN, counted, emit.alongRows(last(emit), steps));
  }

  /// The position of one step of this call, by its number in it: `int[B]`.
  Value ofStep(Value step, FunctionBuilder into, Origin origin) {
    var emit = new Emitter(into, origin);
    return emit.binary(BinaryKind.MIN, emit.binary(BinaryKind.ADD, start, step), last(emit));
  }

  /// The position of the last real step so far, or 0 if there is none: `int[B]`.
  private Value last(Emitter emit) {
    Value total = emit.binary(BinaryKind.ADD, start, count);
    return emit.binary(
        BinaryKind.MAX, emit.binary(BinaryKind.SUB, total, emit.number(1)), emit.number(0));
  }

  /// Whether one step of this call, by its number in it, is real: `bool[B]`.
  Value isReal(Value step, FunctionBuilder into, Origin origin) {
    return new Emitter(into, origin).binary(BinaryKind.GT, count, step);
  }

  /// Whether a row begins with this call: `bool[B]`.
  Value isFirst(FunctionBuilder into, Origin origin) {
    var emit = new Emitter(into, origin);
    return emit.binary(BinaryKind.EQ, start, emit.number(0));
  }

  /// The position of the step that each slot holds, for those that are read.
  Image ofSlots(Slots slots, FunctionBuilder into, Origin origin) {
    var emit = new Emitter(into, origin);
    return switch (slots) {
      case Slots.Full _ -> Image.plain(emit.iota(slots.read()));
      case Slots.Rolling(long sinks, long ring) -> {
        Value rolling = ofRing(sinks, ring, emit);
        if (sinks == 0) yield Image.perRow(rolling);
        Value fixed = emit.alongLast(emit.iota(Dim.of(sinks)), Shape.of(Axes.ROWS, Dim.of(sinks)));
        yield Image.perRow(emit.op(new Concat(List.of(fixed, rolling), 1)));
      }
    };
  }

  /// `sinks + max(slot, newest - (newest - slot) mod ring)`, where `newest` counts from the sinks
  /// on: the youngest step that belongs into the slot, or, if there is none yet, the first.
  private Value ofRing(long sinks, long ring, Emitter emit) {
    Shape shape = Shape.of(Axes.ROWS, Dim.of(ring));
    Value last = last(emit);
    Value newest = emit.alongRows(emit.binary(BinaryKind.SUB, last, emit.number(sinks)), shape);
    Value slot = emit.alongLast(emit.iota(Dim.of(ring)), shape);
    Value age =
        emit.binary(BinaryKind.MOD, emit.binary(BinaryKind.SUB, newest, slot), emit.number(ring));
    Value held = emit.binary(BinaryKind.MAX, slot, emit.binary(BinaryKind.SUB, newest, age));
    return emit.binary(BinaryKind.ADD, held, emit.number(sinks));
  }

  /// The slot to which each step of this call is written: `int[B, T]`.
  Value written(Slots slots, FunctionBuilder into, Origin origin) {
    var emit = new Emitter(into, origin);
    Shape steps = Shape.of(Axes.ROWS, Axes.STEPS);
    Value position = ofSteps(into, origin);
    Value slot =
        switch (slots) {
          case Slots.Full _ -> position;
          case Slots.Rolling(long sinks, long ring) -> {
            Value turn =
                emit.binary(
                    BinaryKind.MOD,
                    emit.binary(BinaryKind.SUB, position, emit.number(sinks)),
                    emit.number(ring));
            yield emit.op(
                new Select(
                    emit.binary(BinaryKind.LT, position, emit.number(sinks)),
                    position,
                    emit.binary(BinaryKind.ADD, turn, emit.number(sinks))));
          }
        };
    Value real =
        emit.binary(
            BinaryKind.LT,
            emit.alongLast(emit.iota(Axes.STEPS), steps),
            emit.alongRows(count, steps));
    return emit.op(new Select(real, slot, emit.number(slots.unread())));
  }

  /// Short forms for the arithmetic above.
  private record Emitter(FunctionBuilder into, Origin origin) {
    Value op(Op op) {
      return into.emit(op, origin);
    }

    Value binary(BinaryKind kind, Value left, Value right) {
      return op(new Binary(kind, left, right));
    }

    Value number(long number) {
      return op(new Constant(number, Elem.INT));
    }

    Value iota(Dim size) {
      return op(new Iota(size));
    }

    Value alongRows(Value perRow, Shape shape) {
      return op(new Broadcast(perRow, shape, List.of(0)));
    }

    Value alongLast(Value vector, Shape shape) {
      return op(new Broadcast(vector, shape, List.of(1)));
    }
  }

  static final Type PER_ROW = Type.of(Elem.INT, Axes.ROWS);
}
