package dune.ir.testkit;

import dune.ir.Elem;
import dune.ir.Op;
import dune.ir.Type;
import dune.ir.dim.Dim;
import dune.ir.interpret.Array;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;
import java.util.SequencedMap;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/// Random well-typed programs that use every operation, over symbolic `B`, `T` and `S`, with calls
/// of several sizes (`T` = 1, 3 and 5).
///
/// Numbers keep away from ties, steps, poles and cancellation, so whoever implements the operations
/// must agree with the interpreter to a tolerance.
public final class RandomPrograms {
  /// Float types that all implementations compute in at least f32.
  public static final List<Elem> F32 = List.of(Elem.F32);

  public static final List<Elem> F64 = List.of(Elem.F64);

  /// All of them, where nothing rounds.
  public static final List<Elem> ANY = List.of(Elem.F32, Elem.F64, Elem.F16, Elem.BF16);

  private static final Dim B = Proposals.B;
  private static final Dim T = Proposals.T;

  private RandomPrograms() {}

  /// Programs of up to `most` operations over these float types.
  ///
  /// @param without operations that do not occur
  public static Arbitrary<Sample> programs(
      List<Elem> floats, int most, Set<Class<? extends Op>> without) {
    return Combinators.combine(Arbitraries.integers().between(1, most), Arbitraries.longs())
        .as((size, seed) -> program(floats, size, seed, without));
  }

  public static Arbitrary<Sample> programs(List<Elem> floats, int most) {
    return programs(floats, most, Set.of());
  }

  /// The program of a seed; a smaller size gives the beginning of the same program.
  public static Sample program(
      List<Elem> floats, int size, long seed, Set<Class<? extends Op>> without) {
    var random = new Random(seed);
    Elem main = floats.getFirst();
    var draft = new Draft(random, sizes(), Proposals.states(main));
    inputs(draft, random, main);
    var proposals = new Proposals(random, draft, floats);
    List<Class<? extends Op>> ops =
        proposals.ops().stream().filter(op -> !without.contains(op)).toList();
    int added = 0;
    for (int attempt = 0; attempt < 40 * size && added < size; attempt++) {
      Class<? extends Op> op = ops.get(random.nextInt(ops.size()));
      if (proposals.propose(op).map(draft::add).orElse(false)) added++;
    }
    return draft.finish();
  }

  private static List<SequencedMap<String, Long>> sizes() {
    var sizes = new ArrayList<SequencedMap<String, Long>>();
    for (long[] size : new long[][] {{2, 3}, {1, 5}, {3, 1}}) {
      var named = new LinkedHashMap<String, Long>();
      named.put("B", size[0]);
      named.put("T", size[1]);
      named.put("S", size[1]);
      sizes.add(named);
    }
    return sizes;
  }

  private static void inputs(Draft draft, Random random, Elem main) {
    Dim three = Dim.of(3);
    Dim four = Dim.of(4);
    input(draft, random, "x", Type.of(main, B, T, four));
    input(draft, random, "u", Type.of(main, T, three));
    input(draft, random, "v", Type.of(main, B, three));
    input(draft, random, "matrix", Type.of(main, four, three));
    input(draft, random, "scalar", Type.scalar(main));
    input(draft, random, "test", Type.of(Elem.BOOL, B, T));
    input(draft, random, "choice", Type.of(Elem.INT, B, T, Dim.of(2)));
    input(draft, random, "row", Type.of(Elem.INT, B));
    draft.input(
        "slots",
        Type.of(Elem.INT, B, T),
        (_, shape) -> {
          var steps = new double[(int) (shape[0] * shape[1])];
          for (int i = 0; i < steps.length; i++) steps[i] = i % shape[1];
          return Array.of(Elem.INT, shape, steps);
        });
  }

  private static void input(Draft draft, Random random, String name, Type type) {
    draft.input(name, type, (_, shape) -> numbers(random, type.elem(), shape));
  }

  /// Random numbers that every float type of at least 32 bits holds exactly: floats within 2 and
  /// away from 0, integers from 0 to 2.
  static Array numbers(Random random, Elem elem, long[] shape) {
    int count = 1;
    for (long size : shape) count *= (int) size;
    var numbers = new double[count];
    for (int i = 0; i < count; i++) {
      numbers[i] =
          switch (elem) {
            case BOOL -> random.nextInt(2);
            case INT -> random.nextInt(3);
            case F16, BF16, F32, F64 ->
                (float) ((0.1 + 1.9 * random.nextDouble()) * (random.nextBoolean() ? 1 : -1));
          };
    }
    return Array.of(elem, shape, numbers);
  }
}
