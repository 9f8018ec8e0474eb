package dune.backend.torch.emit;

import dune.ir.Contraction.Dot;
import dune.ir.Control.Fused;
import dune.ir.Control.FusedKind;
import dune.ir.Elem;
import dune.ir.Elementwise.Binary;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Elementwise.Cast;
import dune.ir.Elementwise.Select;
import dune.ir.Elementwise.Unary;
import dune.ir.Elementwise.UnaryKind;
import dune.ir.FunctionBuilder;
import dune.ir.Layout.Broadcast;
import dune.ir.Layout.Permute;
import dune.ir.Op;
import dune.ir.Origin;
import dune.ir.Shape;
import dune.ir.Source;
import dune.ir.Type;
import dune.ir.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// Cases of fused attention: every kind, over masks of one row and of all, for all steps and one.
final class AttentionCases {
  private static final double SCALE = 0.5;
  private static final double CAP = 1.5;

  private final SampleBuilder s;
  private final Elem elem;
  private final FusedKind kind;
  private final Type queries;
  private final String shape;
  private final Shape scores;

  private AttentionCases(SampleBuilder s, Elem elem, FusedKind kind, String queries) {
    this.s = s;
    this.elem = elem;
    this.kind = kind;
    this.queries = SampleBuilder.type(elem, queries);
    this.shape = queries.substring(0, queries.lastIndexOf(' ')) + " S";
    this.scores = SampleBuilder.type(elem, shape).shape();
  }

  static void add(List<OperationsTest.Case> cases, Elem elem) {
    for (FusedKind kind :
        List.of(
            FusedKind.ATTENTION,
            FusedKind.CAPPED_ATTENTION,
            FusedKind.BIASED_ATTENTION,
            FusedKind.SINKING_ATTENTION)) {
      add(cases, elem, kind, "B T 3 2 8", "B T S");
      add(cases, elem, kind, "B T 3 2 8", "T S");
      add(cases, elem, kind, "1 T 3 2 8", "1 T S");
      add(cases, elem, kind, "1 1 3 2 8", "1 1 S");
      add(cases, elem, kind, "B 3 2 8", "B S");
      add(cases, elem, kind, "B 3 2 8", "S");
      add(cases, elem, kind, "1 3 2 8", "1 S");
    }
  }

  /// @param queries their shape
  /// @param allowed the shape of the mask
  private static void add(
      List<OperationsTest.Case> cases, Elem elem, FusedKind kind, String queries, String allowed) {
    OperationsTest.add(
        cases,
        "%s of [%s] over [%s] %s".formatted(kind, queries, allowed, elem),
        s -> new AttentionCases(s, elem, kind, queries).build(queries, allowed));
  }

  private void build(String queryShape, String allowed) {
    Value q = s.input(elem, queryShape);
    String keyShape = queryShape.substring(0, 1) + " S 3 8";
    var operands =
        new ArrayList<>(
            List.of(q, s.input(elem, keyShape), s.input(elem, keyShape), mask(allowed)));
    operands.add(s.emit(new Source.Constant(SCALE, elem)));
    if (kind == FusedKind.CAPPED_ATTENTION) operands.add(s.emit(new Source.Constant(CAP, elem)));
    if (kind == FusedKind.BIASED_ATTENTION) operands.add(bias(allowed.startsWith("B")));
    if (kind == FusedKind.SINKING_ATTENTION) operands.add(s.input(elem, "3 2"));
    FunctionBuilder body = s.builder.region(operands.stream().map(s.builder::of).toList());
    Value result = meaning(body.arguments(), body);
    s.output(s.emit(new Fused(kind, operands, body.buildRegion(List.of(result)))));
  }

  /// Every query sees the first key, so that none sees nothing.
  private Value mask(String allowed) {
    Type mask = SampleBuilder.type(Elem.INT, allowed);
    int last = mask.rank() - 1;
    Value key = s.emit(new Source.Iota(mask.dim(last)));
    Value limit = s.input(Elem.INT, allowed, 0, 3);
    Value keys = s.emit(new Broadcast(key, mask.shape(), List.of(last)));
    return s.emit(new Binary(BinaryKind.LE, keys, limit));
  }

  /// In f32 at least, of each row, or of each head, step and key alone.
  private Value bias(boolean ofRows) {
    Elem wide = elem.bytes() >= 4 ? elem : Elem.F32;
    if (ofRows) return s.input(wide, shape);
    Value narrow = s.input(wide, shape.substring(shape.indexOf(' ') + 1));
    List<Integer> axes = IntStream.range(1, scores.rank()).boxed().toList();
    return s.emit(new Broadcast(narrow, scores, axes));
  }

  private Value meaning(List<Value> own, FunctionBuilder body) {
    int rank = queries.rank();
    Value raw = emit(body, perHead(own.get(0), own.get(1), 3));
    Value ordered = rank == 5 ? emit(body, new Permute(raw, List.of(0, 2, 1, 3, 4))) : raw;
    Value scaled = emit(body, new Binary(BinaryKind.MUL, ordered, own.get(4)));
    Value capped = kind == FusedKind.CAPPED_ATTENTION ? capped(scaled, own.get(5), body) : scaled;
    Value precise = elem.bytes() >= 4 ? capped : emit(body, new Cast(capped, Elem.F32));
    Value sum =
        kind == FusedKind.BIASED_ATTENTION ? FusedBodies.add(precise, own.get(5), body) : precise;
    List<Integer> axes =
        IntStream.range(0, rank)
            .filter(axis -> axis < rank - 3 || axis == rank - 1)
            .boxed()
            .toList();
    if (body.of(own.get(3)).rank() < axes.size()) axes = axes.subList(1, axes.size());
    Value permitted = emit(body, new Broadcast(own.get(3), scores, axes));
    Value never =
        emit(body, new Source.Constant(Double.NEGATIVE_INFINITY, body.of(precise).elem()));
    Value share = shares(emit(body, new Select(permitted, sum, never)), own, body);
    Value rounded = elem.bytes() >= 4 ? share : emit(body, new Cast(share, elem));
    return emit(body, perHead(rounded, own.get(2), 1));
  }

  private Value shares(Value x, List<Value> own, FunctionBuilder body) {
    return kind == FusedKind.SINKING_ATTENTION
        ? FusedBodies.sinkingSoftmax(x, own.get(5), body)
        : FusedBodies.softmax(x, body);
  }

  private static Value capped(Value scores, Value cap, FunctionBuilder body) {
    Value quotient = emit(body, new Binary(BinaryKind.DIV, scores, cap));
    Value bounded = emit(body, new Unary(UnaryKind.TANH, quotient));
    return emit(body, new Binary(BinaryKind.MUL, bounded, cap));
  }

  private Dot perHead(Value lhs, Value rhs, int summed) {
    int rank = queries.rank();
    return new Dot(
        lhs,
        rhs,
        List.of(0, rank - 3),
        List.of(0, 2),
        List.of(rank - 1),
        List.of(summed),
        Optional.empty());
  }

  private static Value emit(FunctionBuilder body, Op op) {
    return body.emit(op, Origin.NONE);
  }
}
