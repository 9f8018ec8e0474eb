package dune.passes.model;

import dune.ir.Function;
import dune.ir.Program;
import dune.ir.State;
import dune.ir.Type;
import dune.ir.interpret.Array;
import dune.ir.interpret.Interpreter;
import dune.ir.interpret.StateStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Runs a program on sequences, at once and in pieces.
public final class Continuation {
  private final Program program;
  private final Interpreter interpreter;
  private final int vocabulary;

  public Continuation(Program program, long seed) {
    this.program = program;
    this.interpreter = new Interpreter(program, path -> weight(program, path, seed));
    Function score = program.require("score");
    Type logits = score.of(score.outputs().getFirst().value());
    this.vocabulary = (int) logits.dim(logits.rank() - 1).size().orElseThrow();
  }

  /// The numbers of a weight, which are the same for the same seed.
  public static Array weight(Program program, String path, long seed) {
    var type = program.weight(path).orElseThrow().type();
    var random = new Random(seed ^ path.hashCode());
    long[] shape = type.shape().evaluate(Map.of());
    int count = 1;
    for (long size : shape) count *= (int) size;
    return Array.of(
        type.elem(), shape, random.doubles(count).map(number -> number - 0.5).toArray());
  }

  /// The program whose caches hold this number where nothing was written.
  public static Program poisoned(Program program, double number) {
    return new Program(
        program.name(),
        program.weights(),
        program.states().stream()
            .map(
                state ->
                    new State(
                        state.name(), state.type(), state.type().elem().isFloat() ? number : 7))
            .toList(),
        program.functions());
  }

  /// `[step][token]` logits of one sequence, by `score`.
  public double[][] score(int[] tokens) {
    Array logits =
        interpreter
            .run("score", Map.of("tokens", tokens(List.of(tokens))), Map.of(), new StateStore())
            .only();
    var rows = new double[tokens.length][];
    for (int t = 0; t < tokens.length; t++) rows[t] = at(logits, 0, t);
    return rows;
  }

  /// `[row][step][token]` logits, appended in pieces.
  ///
  /// @param pieces per call, per row: how many real tokens; calls are as long as the longest, and
  ///   at least as `atLeast` says
  public double[][][] steps(List<int[]> rows, List<int[]> pieces, int atLeast, StateStore states) {
    var logits = new double[rows.size()][][];
    for (int b = 0; b < rows.size(); b++) logits[b] = new double[rows.get(b).length][];
    var start = new int[rows.size()];
    for (int[] piece : pieces) {
      Map<String, Array> inputs = inputs(rows, start, piece, atLeast);
      Array result =
          interpreter.run("step", inputs, Map.of("S", slots(start, piece)), states).only();
      for (int b = 0; b < rows.size(); b++) {
        for (int t = 0; t < piece[b]; t++) logits[b][start[b] + t] = at(result, b, t);
        start[b] += piece[b];
      }
    }
    return logits;
  }

  /// `[call][row][token]` logits of the last real step, by `next`; rows without a step hold what
  /// they like.
  public double[][][] nexts(List<int[]> rows, List<int[]> pieces, int atLeast, StateStore states) {
    var logits = new double[pieces.size()][rows.size()][];
    var start = new int[rows.size()];
    for (int call = 0; call < pieces.size(); call++) {
      int[] piece = pieces.get(call);
      Map<String, Array> inputs = inputs(rows, start, piece, atLeast);
      Array result =
          interpreter.run("next", inputs, Map.of("S", slots(start, piece)), states).only();
      for (int b = 0; b < rows.size(); b++) {
        logits[call][b] = at(result, b);
        start[b] += piece[b];
      }
    }
    return logits;
  }

  private static long slots(int[] start, int[] piece) {
    long slots = 1;
    for (int b = 0; b < start.length; b++) slots = Math.max(slots, start[b] + piece[b]);
    return slots;
  }

  private Map<String, Array> inputs(List<int[]> rows, int[] start, int[] piece, int atLeast) {
    int longest = atLeast;
    for (int count : piece) longest = Math.max(longest, count);
    var padded = new ArrayList<int[]>();
    for (int b = 0; b < rows.size(); b++) {
      var tokens = new int[longest];
      for (int t = 0; t < longest; t++) {
        // Garbage beyond the real tokens, another one in each call.
        tokens[t] =
            t < piece[b] ? rows.get(b)[start[b] + t] : (5 * t + 3 * start[b] + b) % vocabulary;
      }
      padded.add(tokens);
    }
    var inputs = new HashMap<String, Array>();
    inputs.put("tokens", tokens(padded));
    inputs.put("start", vector(start));
    inputs.put("count", vector(piece));
    return inputs;
  }

  private static Array vector(int[] numbers) {
    var longs = new long[numbers.length];
    for (int i = 0; i < numbers.length; i++) longs[i] = numbers[i];
    return Array.ints(new long[] {numbers.length}, longs);
  }

  private static Array tokens(List<int[]> rows) {
    int length = rows.getFirst().length;
    var numbers = new long[rows.size() * length];
    for (int b = 0; b < rows.size(); b++) {
      for (int t = 0; t < length; t++) numbers[b * length + t] = rows.get(b)[t];
    }
    return Array.ints(new long[] {rows.size(), length}, numbers);
  }

  private static double[] at(Array logits, long... index) {
    int last = logits.rank() - 1;
    var row = new double[(int) logits.dim(last)];
    var place = java.util.Arrays.copyOf(index, index.length + 1);
    for (int v = 0; v < row.length; v++) {
      place[index.length] = v;
      row[v] = logits.get(place);
    }
    return row;
  }

  public Program program() {
    return program;
  }
}
