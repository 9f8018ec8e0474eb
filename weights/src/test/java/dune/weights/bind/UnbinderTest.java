package dune.weights.bind;

import static dune.weights.bind.Clause.name;
import static dune.weights.bind.Clause.split;
import static dune.weights.bind.Clause.transpose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dune.ir.Elem;
import dune.ir.checkpoint.TensorSource;
import dune.weights.InputFailure;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whatever a clause says, the weights that are written are those that are read.
final class UnbinderTest {
  /// Stands between the elements of two weights, so that each element is another number.
  private static final float WEIGHT = 10_000;

  @TempDir Path folder;

  /// Writes weights of which each element is known, reads them, and compares.
  private void comesBack(Clause clause, String... tensors) {
    var files = clause.unbind();
    assertThat(files.stream().map(file -> file.info().toString())).containsExactly(tensors);
    var sample = new Sample();
    var weights = files.stream().flatMap(file -> file.parts().stream()).toList();
    var paths = weights.stream().map(part -> part.weight().path()).distinct().toList();
    for (FileTensor file : files) fill(sample, file, paths);
    var read = sample.in(folder);
    var report = clause.bind(read);
    assertThat(report.problems()).isEmpty();
    try (var arena = Arena.ofConfined()) {
      var loader = new WeightLoader(read.map(arena), arena);
      for (Binding binding : report.bindings()) {
        float[] values = Sample.floats(loader.load(binding).bytes());
        float first = WEIGHT * paths.indexOf(binding.request().path());
        for (int i = 0; i < values.length; i++) {
          assertThat(values[i]).as(binding.recipe().text()).isEqualTo(first + i);
        }
      }
    }
  }

  /// Fills a tensor in pieces, as a writer would that cannot hold all of it.
  private static void fill(Sample sample, FileTensor file, List<String> paths) {
    long[] shape = file.info().shape().stream().mapToLong(Long::longValue).toArray();
    float[] values = new float[(int) LongStream.of(shape).reduce(1, (a, b) -> a * b)];
    Arrays.fill(values, -1);
    for (int begin = 0; begin < values.length; begin += 5) {
      int low = begin;
      int high = Math.min(begin + 5, values.length);
      for (FileTensor.Part part : file.parts()) {
        float first = WEIGHT * paths.indexOf(part.weight().path());
        part.visit(
            low,
            high,
            (place, placeStride, element, elementStride, count) -> {
              for (int i = 0; i < count; i++) {
                int at = (int) (place + i * placeStride);
                assertThat(at).isBetween(low, high - 1);
                assertThat(values[at]).as("two elements in one place").isEqualTo(-1);
                values[at] = first + element + i * elementStride;
              }
            });
      }
    }
    assertThat(values).as(file.info().name()).doesNotContain(-1);
    sample.raw(file.info().name(), file.info().type(), Sample.bytes(values), shape);
  }

  @Test
  void namesAndOptionalParts() {
    comesBack(
        new Clause()
            .rule("head", "lm_head")
            .rule("*", "[model.]{*}")
            .want("head.weight", 3, 2)
            .want("a", 4),
        "lm_head.weight: F32[3, 2]",
        "model.a: F32[4]");
  }

  @Test
  void aScalar() {
    comesBack(new Clause().rule("*", "{*}").want("gain"), "gain: F32[]");
  }

  @Test
  void theFirstOfTwoForms() {
    var either = new TensorSource.Coalesce(name("old.{*}"), name("new.{*}"));
    comesBack(new Clause().rule("*", either).want("a", 2), "old.a: F32[2]");
  }

  @Test
  void transpositions() {
    comesBack(
        new Clause().rule("*", transpose("{*}")).want("a", 3, 5).want("b", 4),
        "a: F32[5, 3]",
        "b: F32[4]");
  }

  @Test
  void splitsOfUnequalPieces() {
    comesBack(
        new Clause()
            .rule("*.(q, k, v)", split(name("{*}.qkv"), 1, 6L, 2L, 2L))
            .want("a.q.weight", 6, 4)
            .want("a.k.weight", 2, 4)
            .want("a.v.weight", 2, 4)
            .want("a.q.bias", 6)
            .want("a.k.bias", 2)
            .want("a.v.bias", 2),
        "a.qkv.weight: F32[10, 4]",
        "a.qkv.bias: F32[10]");
  }

  @Test
  void splitsPerHeadAndOfATransposedTensor() {
    comesBack(
        new Clause()
            .rule("(q, k, v)", split(name("qkv"), 3, 2L, 2L, 2L))
            .rule("(up, gate)", split(transpose("fused"), 1, 5L, 5L))
            .want("q", 6, 4)
            .want("k", 6, 4)
            .want("v", 6, 4)
            .want("up", 5, 3)
            .want("gate", 5, 3),
        "qkv: F32[18, 4]",
        "fused: F32[3, 10]");
  }

  /// Both axes of `q` are as large as its piece; only one is for all.
  @Test
  void theAxisThatAllPiecesAgreeOn() {
    comesBack(
        new Clause().rule("(q, k)", split(name("qk"), 1, 4L, 2L)).want("q", 4, 4).want("k", 4, 2),
        "qk: F32[4, 6]");
  }

  @Test
  void halvesInsideAndAroundASplit() {
    comesBack(
        new Clause()
            .rule("a", new TensorSource.Halves(name("a"), 2))
            .rule("(q, k)", split(new TensorSource.Halves(name("qk"), 3), 1, 8L, 4L))
            .rule("(r, s)", new TensorSource.Halves(split(name("rs"), 1, 8L, 4L), 2))
            .want("a", 8, 3)
            .want("q", 8, 2)
            .want("k", 4, 2)
            .want("r", 8, 2)
            .want("s", 4, 2),
        "a: F32[8, 3]",
        "qk: F32[12, 2]",
        "rs: F32[12, 2]");
  }

  @Test
  void aListThatTheFileKeepsAsOneTensor() {
    comesBack(
        new Clause()
            .rule("*.experts.up", transpose("{*}.up"))
            .want("a.experts.0.up", 2, 3)
            .want("a.experts.1.up", 2, 3)
            .want("a.experts.2.up", 2, 3),
        "a.up: F32[3, 3, 2]");
  }

  @Test
  void aWeightThatTheFileSpreadsOverTensors() {
    comesBack(
        new Clause()
            .rule("experts[e]", name("expert.{e}.w"))
            .rule("turned[e]", transpose("turned.{e}"))
            .want("experts", 3, 2, 4)
            .want("turned", 2, 3, 5),
        "expert.0.w: F32[2, 4]",
        "expert.1.w: F32[2, 4]",
        "expert.2.w: F32[2, 4]",
        "turned.0: F32[5, 3]",
        "turned.1: F32[5, 3]");
  }

  @Test
  void elementTypesAreThoseOfTheModel() {
    var tensors = new Clause().rule("*", "{*}").want("a", Elem.BF16, 2).unbind();
    assertThat(tensors.getFirst().info().toString()).isEqualTo("a: BF16[2]");
    assertThat(tensors.getFirst().info().bytes()).isEqualTo(4);
  }

  @Test
  void whatCannotBeWrittenIsSaid() {
    cannot("no rule of the checkpoint clause says where `a` is kept", new Clause().want("a", 2));
    cannot(
        "keeps `a.x` and `b.x` at the same places of `w.x`",
        new Clause().rule("(a, b)", "w").want("a.x", 2).want("b.x", 2));
    cannot(
        "the rule of the checkpoint clause for `b.x` cannot be read backwards",
        new Clause().rule("(a, b)", "w").want("a.x", 2).want("b.x", 3));
    cannot(
        "for `k` cannot be read backwards",
        new Clause().rule("(q, k)", split(name("qk"), 1, 4L, 2L)).want("q", 5, 5).want("k", 2, 5));
  }

  private static void cannot(String message, Clause clause) {
    assertThatThrownBy(clause::unbind)
        .isInstanceOf(InputFailure.class)
        .hasMessageContaining(message);
  }
}
