package dune.weights.bind;

import static dune.weights.bind.Clause.name;
import static dune.weights.bind.Clause.split;
import static dune.weights.bind.Clause.transpose;
import static org.assertj.core.api.Assertions.assertThat;

import dune.ir.Elem;
import dune.ir.checkpoint.TensorSource;
import dune.weights.bind.WeightLoader.Loaded;
import dune.weights.safetensors.SafetensorsFile;
import dune.weights.tensor.DType;
import dune.weights.tensor.Tensors;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class WeightLoaderTest {
  @TempDir Path folder;
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  private Loaded load(Clause clause, Tensors tensors, int number) {
    var report = clause.bind(tensors);
    assertThat(report.problems()).isEmpty();
    return new WeightLoader(tensors.map(arena), arena).load(report.bindings().get(number));
  }

  private void mapped(Loaded loaded, float... values) {
    assertThat(loaded.kind()).isEqualTo(Loaded.Kind.MAPPED);
    assertThat(Sample.floats(loaded.bytes())).containsExactly(values);
  }

  private void copied(Loaded loaded, float... values) {
    assertThat(loaded.kind()).isEqualTo(Loaded.Kind.COPIED);
    assertThat(Sample.floats(loaded.bytes())).containsExactly(values);
  }

  private Loaded together(Clause clause, Tensors tensors) {
    var report = clause.bind(tensors);
    assertThat(report.problems()).isEmpty();
    return new WeightLoader(tensors.map(arena), arena).load(report.bindings());
  }

  @Test
  void neighboursAreNotCopied() {
    var file = new Sample().counting("a", 0, 2, 2).counting("b", 10, 1, 2).in(folder);
    var clause = new Clause().rule("*", "{*}").want("a", 2, 2).want("b", 1, 2);
    mapped(together(clause, file), 0, 1, 2, 3, 10, 11);
  }

  @Test
  void whatLiesInAnotherOrderIsCopiedTogether() {
    var file = new Sample().counting("a", 0, 2, 2).counting("b", 10, 1, 2).in(folder);
    var clause = new Clause().rule("*", "{*}").want("b", 1, 2).want("a", 2, 2);
    copied(together(clause, file), 10, 11, 0, 1, 2, 3);
  }

  @Test
  void whatLiesApartIsCopiedTogether() {
    var file =
        new Sample()
            .counting("a", 0, 1, 2)
            .counting("b", 10, 1, 2)
            .counting("c", 20, 1, 2)
            .in(folder);
    var clause = new Clause().rule("*", "{*}").want("a", 1, 2).want("c", 1, 2);
    copied(together(clause, file), 0, 1, 20, 21);
  }

  @Test
  void whatIsTransposedIsCopiedTogether() {
    var file = new Sample().counting("a", 0, 2, 2).counting("b", 10, 2, 2).in(folder);
    var clause = new Clause().rule("*", transpose("{*}")).want("a", 2, 2).want("b", 2, 2);
    copied(together(clause, file), 0, 2, 1, 3, 10, 12, 11, 13);
  }

  @Test
  void whatLiesAsWantedIsNotCopied() {
    var file = new Sample().counting("a", 0, 2, 2).counting("b", 10, 3).in(folder);
    var clause = new Clause().rule("*", "{*}").want("a", 2, 2).want("b", 3);
    mapped(load(clause, file, 0), 0, 1, 2, 3);
    mapped(load(clause, file, 1), 10, 11, 12);
  }

  @Test
  void rowsOfASplitAreNotCopied() {
    var file = new Sample().counting("qkv.weight", 0, 4, 2).in(folder);
    var clause =
        new Clause()
            .rule("(q, k, v)", split(name("qkv"), 1, 2L, 1L, 1L))
            .want("q.weight", 2, 2)
            .want("k.weight", 1, 2)
            .want("v.weight", 1, 2);
    mapped(load(clause, file, 0), 0, 1, 2, 3);
    mapped(load(clause, file, 1), 4, 5);
    mapped(load(clause, file, 2), 6, 7);
  }

  @Test
  void columnsOfASplitAreCopied() {
    var file = new Sample().counting("qk.weight", 0, 2, 3).in(folder);
    var clause =
        new Clause()
            .rule("(q, k)", split(name("qk"), 1, 2L, 1L))
            .want("q.weight", 2, 2)
            .want("k.weight", 2, 1);
    copied(load(clause, file, 0), 0, 1, 3, 4);
    copied(load(clause, file, 1), 2, 5);
  }

  @Test
  void splitInGroups() {
    var file = new Sample().counting("qkv.bias", 0, 12).in(folder);
    var clause =
        new Clause()
            .rule("(q, k, v)", split(name("qkv"), 2, 3L, 1L, 2L))
            .want("q.bias", 6)
            .want("k.bias", 2)
            .want("v.bias", 4);
    copied(load(clause, file, 0), 0, 1, 2, 6, 7, 8);
    copied(load(clause, file, 1), 3, 9);
    copied(load(clause, file, 2), 4, 5, 10, 11);
  }

  @Test
  void evenAndOddRows() {
    var file = new Sample().counting("gu.weight", 0, 4, 2).in(folder);
    var clause =
        new Clause()
            .rule("(gate, up)", split(name("gu"), 2, 1L, 1L))
            .want("gate.weight", 2, 2)
            .want("up.weight", 2, 2);
    copied(load(clause, file, 0), 0, 1, 4, 5);
    copied(load(clause, file, 1), 2, 3, 6, 7);
  }

  @Test
  void transposedMatricesAreCopiedAndVectorsAreNot() {
    var file = new Sample().counting("w", 0, 2, 3).counting("b", 5, 3).in(folder);
    var clause = new Clause().rule("*", transpose("{*}")).want("w", 3, 2).want("b", 3);
    copied(load(clause, file, 0), 0, 3, 1, 4, 2, 5);
    mapped(load(clause, file, 1), 5, 6, 7);
  }

  @Test
  void halvesBringPairsApart() {
    var file = new Sample().counting("q.weight", 0, 8, 1).in(folder);
    var clause =
        new Clause().rule("q", new TensorSource.Halves(name("q"), 2)).want("q.weight", 8, 1);
    copied(load(clause, file, 0), 0, 2, 1, 3, 4, 6, 5, 7);
  }

  @Test
  void elementsOfAStackAreNotCopied() {
    var file = new Sample().counting("experts", 0, 3, 2, 2).in(folder);
    var clause = new Clause().rule("experts.weight", "experts").want("experts.1.weight", 2, 2);
    mapped(load(clause, file, 0), 4, 5, 6, 7);
  }

  @Test
  void spreadWeightsAreStacked() {
    var file = new Sample().counting("n.0", 0, 2).counting("n.1", 7, 2).in(folder);
    var clause = new Clause().rule("weight[h]", "n.{h}").want("weight", 2, 2);
    copied(load(clause, file, 0), 0, 1, 7, 8);
    var turned = new Clause().rule("weight[h]", transpose("n.{h}")).want("weight", 2, 2);
    copied(load(turned, file, 0), 0, 7, 1, 8);
  }

  @Test
  void typesAreConverted() {
    byte[] halves = {0x00, 0x3c, 0x00, (byte) 0xc0, 0x01, 0x00};
    byte[] brains = {(byte) 0x80, 0x3f, 0x00, (byte) 0xc0, (byte) 0x80, 0x7f};
    var file =
        new Sample()
            .raw("half", DType.F16, halves, 3)
            .raw("brain", DType.BF16, brains, 3)
            .raw("whole", DType.I32, new byte[] {1, 0, 0, 0, -1, -1, -1, -1}, 2)
            .in(folder);
    var clause =
        new Clause().rule("*", "{*}").want("half", 3).want("brain", 3).want("whole", Elem.INT, 2);
    copied(load(clause, file, 0), 1, -2, 0x1p-24f);
    copied(load(clause, file, 1), 1, -2, Float.POSITIVE_INFINITY);
    assertThat(load(clause, file, 2).bytes().toArray(ValueLayout.JAVA_LONG)).containsExactly(1, -1);
  }

  @Test
  void aTransposedMatrixOfAnotherTypeIsConverted() {
    byte[] brains = {(byte) 0x80, 0x3f, 0x00, 0x40, 0x40, 0x40, (byte) 0x80, 0x40};
    var file = new Sample().raw("w", DType.BF16, brains, 2, 2).in(folder);
    var clause = new Clause().rule("*", transpose("{*}")).want("w", 2, 2);
    copied(load(clause, file, 0), 1, 3, 2, 4);
  }

  @Test
  void narrowingRoundsToEven() {
    var file =
        new Sample()
            .raw(
                "w",
                DType.F32,
                Sample.bytes(
                    1 + 0x1p-8f,
                    1 + 3 * 0x1p-8f,
                    1 + 0x1.01p-8f,
                    Float.NaN,
                    Float.MAX_VALUE,
                    -0.0f),
                6)
            .in(folder);
    var clause = new Clause().rule("*", "{*}").want("w", Elem.BF16, 6);
    var loaded = load(clause, file, 0);
    assertThat(loaded.bytes().toArray(ValueLayout.JAVA_SHORT))
        .containsExactly(0x3f80, 0x3f82, 0x3f81, 0x7fc0, 0x7f80, (short) 0x8000);
  }

  @Test
  void tensorsThatAreAlignedToNothingAreCopied() {
    var file = new Sample().raw("a", DType.U8, new byte[] {1}, 1).counting("w", 3, 2).in(folder);
    // The writer puts bytes last; so here is a file that does not.
    Path odd = folder.resolve("odd.safetensors");
    var json =
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
            + "\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[1,9]}}";
    var bytes =
        java.nio.ByteBuffer.allocate(8 + json.length() + 9)
            .order(java.nio.ByteOrder.LITTLE_ENDIAN)
            .putLong(json.length())
            .put(json.getBytes(java.nio.charset.StandardCharsets.UTF_8))
            .put((byte) 1)
            .put(Sample.bytes(3, 4));
    dune.weights.AtomicFile.write(odd, bytes.array());
    var clause = new Clause().rule("*", "{*}").want("w", 2);
    mapped(load(clause, file, 0), 3, 4);
    var loaded = load(clause, SafetensorsFile.read(odd).tensors(), 0);
    assertThat(Sample.floats(loaded.bytes())).containsExactly(3, 4);
    assertThat(loaded.bytes().address() % 4).isZero();
  }

  @Test
  void copiesOfTiedWeightsAreCompared() {
    var clause = new Clause().rule("*", "{*}").want("embed", 2, 2).tie("head", "embed");
    assertThat(sameCopy(clause, 0)).isTrue();
    assertThat(sameCopy(clause, 1)).isFalse();
  }

  private boolean sameCopy(Clause clause, float start) {
    var file = new Sample().counting("embed", 0, 2, 2).counting("head", start, 2, 2).in(folder);
    var report = clause.bind(file);
    return new WeightLoader(file.map(arena), arena)
        .isEqual(report.bindings().getFirst(), report.tied().getFirst());
  }

  @Test
  void emptyTensorsAreLoaded() {
    var file = new Sample().counting("a", 0, 0, 3).counting("b", 0, 3, 0).in(folder);
    var clause =
        new Clause().rule("a", "a").rule("*", transpose("{*}")).want("a", 0, 3).want("b", 0, 3);
    assertThat(load(clause, file, 0).bytes().byteSize()).isZero();
    assertThat(load(clause, file, 1).bytes().byteSize()).isZero();
  }
}
