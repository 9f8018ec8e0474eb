package dune.ir;

import static org.assertj.core.api.Assertions.assertThat;

import dune.ir.Contraction.ReduceKind;
import dune.ir.Elementwise.BinaryKind;
import dune.ir.Elementwise.UnaryKind;
import dune.ir.dim.Dim;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every numbered constraint of every operation, broken once.
final class ConstraintTest {
  private static final FunctionBuilder BUILDER = new FunctionBuilder();
  private static final List<Integer> NONE = List.of();

  /// An operation that breaks exactly the named constraint.
  record Case(String operation, int constraint, Op op) {
    @Override
    public String toString() {
      return operation + "_c" + constraint;
    }
  }

  private static Case of(int constraint, Op op) {
    return new Case(op.getClass().getSimpleName(), constraint, op);
  }

  /// A value of a type in text: `f32 B T 4`.
  private static Value v(String text) {
    String[] words = text.split(" ");
    var dims = new ArrayList<Dim>();
    for (int i = 1; i < words.length; i++) dims.add(Dim.parse(words[i]));
    return BUILDER.input(text, new Type(Elem.of(words[0]).orElseThrow(), new Shape(dims)));
  }

  private static Type type(String text) {
    return BUILDER.of(v(text));
  }

  private static Op dot(
      String lhs, String rhs, List<Integer> lhsSum, List<Integer> rhsSum, Optional<Value> plus) {
    return new Contraction.Dot(v(lhs), v(rhs), NONE, NONE, lhsSum, rhsSum, plus);
  }

  /// A body of arguments alone, the first of which it gives back.
  private static Region body(String result, String... arguments) {
    var values = Stream.of(arguments).map(ConstraintTest::v).toList();
    return new Region(values, List.of(), List.of(v(result)));
  }

  private static Op dispatch(String choice, List<List<Value>> captures, Region body) {
    return new Control.Dispatch(v("f32 T 4"), v(choice), captures, List.of(), body);
  }

  static List<Case> cases() {
    Dim two = Dim.of(2);
    List<List<Value>> alike = List.of(List.of(v("f32 4 4")), List.of(v("f32 4 4")));
    return List.of(
        of(1, new Source.Constant(0.5, Elem.INT)),
        of(1, new Source.Table(List.of(), Elem.F32)),
        of(2, new Source.Table(List.of(0.5), Elem.INT)),
        of(1, new Source.Prepared("cos", type("f32 T 4"))),
        of(1, new Source.Fill(2, Type.of(Elem.BOOL, two))),
        of(1, new Source.Position(Dim.of(3))),
        of(1, new Source.Size(two, Elem.BOOL)),
        of(1, new Source.Random("here", Type.of(Elem.INT, two))),
        of(1, new Elementwise.Unary(UnaryKind.EXP, v("int 2"))),
        of(1, new Elementwise.Binary(BinaryKind.ADD, v("f32 2"), v("f64 2"))),
        of(2, new Elementwise.Binary(BinaryKind.DIV, v("int 2"), v("int 2"))),
        of(3, new Elementwise.Binary(BinaryKind.ADD, v("f32 B T"), v("f32 T B"))),
        of(1, new Elementwise.Select(v("int 2"), v("f32 2"), v("f32 2"))),
        of(2, new Elementwise.Select(v("bool 2"), v("f32 2"), v("f64 2"))),
        of(3, new Elementwise.Select(v("bool 3"), v("f32 2"), v("f32 2"))),
        of(1, new Contraction.Reduce(ReduceKind.SUM, v("f32 2 3"), List.of(1, 0))),
        of(2, new Contraction.Reduce(ReduceKind.MEAN, v("int 2 3"), List.of(0))),
        of(1, dot("f32 2 4", "f64 4 3", List.of(1), List.of(0), Optional.empty())),
        of(2, dot("f32 2 4", "f32 4 3", List.of(1), NONE, Optional.empty())),
        of(3, dot("f32 2 4", "f32 5 3", List.of(1), List.of(0), Optional.empty())),
        of(4, dot("f32 2 4", "f32 4 3", List.of(1), List.of(0), Optional.of(v("f32 2")))),
        of(1, new Contraction.Top(v("bool 4"), two)),
        of(2, new Contraction.Top(v("f32 4"), Dim.of(5))),
        of(1, new Layout.Reshape(v("f32 B 4"), Shape.of(Dim.named("B"), Dim.of(5)))),
        of(1, new Layout.Permute(v("f32 2 3"), List.of(0, 0))),
        of(1, new Layout.Broadcast(v("f32 2"), Shape.of(2, 3), List.of(2))),
        of(2, new Layout.Broadcast(v("f32 2"), Shape.of(2, 3), List.of(1))),
        of(1, new Layout.Slice(v("f32 4"), 1, Dim.ZERO, two, 1)),
        of(2, new Layout.Slice(v("f32 4"), 0, Dim.of(3), two, 1)),
        of(1, new Layout.Concat(List.of(), 0)),
        of(2, new Layout.Concat(List.of(v("f32 2 3"), v("f32 2 4")), 0)),
        of(1, new Layout.History(v("f32 B 4"), 1, Dim.named("S"))),
        of(1, new Indexing.Gather(v("f32 5 4"), v("f32 3"), 0, 0)),
        of(2, new Indexing.Gather(v("f32 B 4"), v("int T 3"), 1, 1)),
        of(1, new Control.Scan(two, List.of(v("f32 4")), List.of(), body("f32 4", "int", "f64 4"))),
        of(2, new Control.Scan(two, List.of(v("f32 4")), List.of(), body("f64 4", "int", "f32 4"))),
        of(1, dispatch("int B 2", alike, body("f32 rows 4", "f32 rows 4", "f32 4 4"))),
        of(2, dispatch("int T 2", List.of(), body("f32 rows 4", "f32 rows 4", "f32 4 4"))),
        of(3, dispatch("int T 2", alike, body("f32 rows 4", "f32 rows 5", "f32 4 4"))),
        of(4, dispatch("int T 2", alike, body("f32 4", "f32 rows 4", "f32 4 4"))),
        of(
            5,
            new Control.Dispatch(
                    v("f32 T 4"),
                    v("int T 2"),
                    alike,
                    List.of(),
                    body("f32 rows 4", "f32 rows 4", "f32 4 4"))
                .weighedBy(v("f64 T 2"))),
        of(
            1,
            new Control.Fused(
                Control.FusedKind.REGION, List.of(v("f32 4")), body("f32 4", "f32 5"))),
        of(1, new Stateful.Append("cache", v("f32 B"), v("int B"))),
        of(2, new Stateful.Append("cache", v("f32 B T 4"), v("int T B"))),
        of(1, new Stateful.ReadCache("cache", Dim.named("S"), type("f32 B T 4"))));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void isRefused(Case broken) {
    assertThat(broken.op().infer(BUILDER))
        .isInstanceOfSatisfying(
            Inferred.Broken.class,
            found -> {
              assertThat(found.constraint()).isEqualTo("C" + broken.constraint());
              assertThat(found.reason()).isNotBlank();
            });
  }

  /// The numbered constraints stand in the operations' documentation; each of them has a case
  /// above.
  @Test
  void noConstraintIsForgotten() throws IOException {
    Path sources =
        Path.of(System.getProperty("dune.root", "..")).resolve("ir/src/main/java/dune/ir");
    var numbered = Pattern.compile("\\(C(\\d)\\)|record (\\w+)\\(");
    var declared = new TreeSet<String>();
    for (Class<?> family : Op.class.getPermittedSubclasses()) {
      var pending = new ArrayList<String>();
      var matcher =
          numbered.matcher(Files.readString(sources.resolve(family.getSimpleName() + ".java")));
      while (matcher.find()) {
        if (matcher.group(1) != null) pending.add(matcher.group(1));
        else {
          for (String number : pending) declared.add(matcher.group(2) + "_c" + number);
          pending.clear();
        }
      }
    }
    assertThat(new TreeSet<>(cases().stream().map(Case::toString).toList())).isEqualTo(declared);
  }
}
