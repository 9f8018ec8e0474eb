package dune.ir.cost;

import static org.assertj.core.api.Assertions.assertThat;

import dune.ir.Contraction;
import dune.ir.Control;
import dune.ir.Elem;
import dune.ir.Elementwise;
import dune.ir.Elementwise.UnaryKind;
import dune.ir.Function;
import dune.ir.FunctionBuilder;
import dune.ir.Indexing;
import dune.ir.Op;
import dune.ir.Origin;
import dune.ir.Region;
import dune.ir.Source;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StepTrafficTest {
  private static final Dim B = Dim.named("B");
  private static final Dim T = Dim.named("T");

  private final FunctionBuilder builder = new FunctionBuilder();
  private final Value tokens = builder.input("tokens", Type.of(Elem.INT, B, T));

  private Value emit(Op op) {
    return builder.emit(op, Origin.NONE);
  }

  private Value weight(String path, long... sizes) {
    var dims = new ArrayList<Dim>();
    for (long size : sizes) dims.add(Dim.of(size));
    return emit(new Source.Weight(path, Type.of(Elem.BF16, dims.toArray(Dim[]::new))));
  }

  private Value dot(Value x, Value matrix, int axis) {
    return emit(
        new Contraction.Dot(
            x, matrix, List.of(), List.of(), List.of(axis), List.of(1), Optional.empty()));
  }

  private long bytes(Value result) {
    Function function =
        builder.build("next", List.of(), List.of(new Function.Output("logits", result)), List.of());
    return StepTraffic.bytes(function);
  }

  @Test
  void countsOneRowOfATableThatIsLookedUp() {
    Value x = emit(new Indexing.Gather(weight("embed", 100, 8), tokens, 0, 0));
    assertThat(bytes(x)).isEqualTo(8 * 2);
  }

  @Test
  void countsOneRowOfATableThatIsLookedUpInAGroup() {
    Value table = weight("embed", 100, 8);
    FunctionBuilder body = builder.region(List.of(builder.of(table), builder.of(tokens)));
    Value x =
        body.emit(
            new Indexing.Gather(body.arguments().get(0), body.arguments().get(1), 0, 0),
            Origin.NONE);
    Value scaled = body.emit(new Elementwise.Unary(UnaryKind.ABS, x), Origin.NONE);
    Region region = body.buildRegion(List.of(scaled));
    Value result =
        emit(new Control.Fused(Control.FusedKind.REGION, List.of(table, tokens), region));
    assertThat(bytes(result)).isEqualTo(8 * 2);
  }

  @Test
  void countsAMatrixInFull() {
    Value x = emit(new Indexing.Gather(weight("embed", 100, 8), tokens, 0, 0));
    assertThat(bytes(dot(x, weight("head", 100, 8), 2))).isEqualTo(8 * 2 + 100 * 8 * 2);
  }

  @Test
  void countsATableThatIsMultipliedTooOnce() {
    Value table = weight("embed", 100, 8);
    Value x = emit(new Indexing.Gather(table, tokens, 0, 0));
    assertThat(bytes(dot(x, table, 2))).isEqualTo(100 * 8 * 2);
  }

  @Test
  void countsNoWeightThatNothingReads() {
    weight("unread", 1000, 1000);
    assertThat(bytes(emit(new Elementwise.Cast(tokens, Elem.F32)))).isZero();
  }

  @Test
  void countsTheChosenExperts() {
    Value x = emit(new Indexing.Gather(weight("embed", 100, 8), tokens, 0, 0));
    Value choice =
        emit(
            new Indexing.Gather(
                emit(new Source.Iota(Dim.of(4))),
                emit(new Elementwise.Unary(UnaryKind.ABS, builder.input("e", chosen()))),
                0,
                0));
    var captures = new ArrayList<List<Value>>();
    for (int e = 0; e < 4; e++) captures.add(List.of(weight("experts." + e, 16, 8)));
    FunctionBuilder body =
        builder.region(
            List.of(
                Type.of(Elem.BF16, Dim.named("rows"), Dim.of(8)),
                Type.of(Elem.BF16, Dim.of(16), Dim.of(8))));
    Value y =
        body.emit(
            new Contraction.Dot(
                body.arguments().get(0),
                body.arguments().get(1),
                List.of(),
                List.of(),
                List.of(1),
                List.of(1),
                Optional.empty()),
            Origin.NONE);
    Region region = body.buildRegion(List.of(y));
    Value result = emit(new Control.Dispatch(x, choice, captures, List.of(), region));
    // Two of four experts.
    assertThat(bytes(result)).isEqualTo(8 * 2 + 2 * 16 * 8 * 2);
  }

  private static Type chosen() {
    return Type.of(Elem.INT, B, T, Dim.of(2));
  }
}
