package dune.models.written;

import static org.assertj.core.api.Assertions.assertThat;

import dune.ir.Elem;
import dune.ir.Function;
import dune.ir.Program;
import dune.ir.interpret.StateStore;
import dune.ir.text.Parser;
import dune.ir.text.Printer;
import dune.ir.verify.Origins;
import dune.ir.verify.Verifier;
import dune.passes.Compiled;
import dune.passes.Compiler;
import dune.passes.Optimization;
import dune.passes.fuse.Fuse;
import dune.passes.model.Continuation;
import dune.passes.pass.Observer;
import dune.passes.pass.RuleCounts;
import dune.passes.simplify.Simplify;
import dune.passes.time.StepOptions;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AddLifecycleHook;

/// What holds for every program, on programs as an author would write them.
final class WrittenModelTest {
  private static final double TOLERANCE = 1e-9;

  /// What nobody has written holds this; it must never show.
  private static final double POISON = 1e5;

  @Provide
  Arbitrary<WrittenModel> models() {
    return WrittenModels.models();
  }

  @Provide
  Arbitrary<Texts> texts() {
    return Texts.below(WrittenModels.SMALLEST_VOCABULARY);
  }

  @AddLifecycleHook(Tries.class)
  @Property(tries = 12, seed = "20261128", edgeCases = EdgeCasesMode.NONE)
  void everyLevelComputesTheSame(
      @ForAll("models") WrittenModel model, @ForAll("texts") Texts texts) {
    model.explaining(() -> check(model, texts));
  }

  @AddLifecycleHook(Tries.class)
  @Property(tries = 12, seed = "20261130", edgeCases = EdgeCasesMode.NONE)
  void whatIsWrittenByHandIsWhatTheLibraryOffers(
      @ForAll("models") WrittenModel model, @ForAll("texts") Texts texts) {
    model.explaining(
        () -> {
          Continuation written = run(compile(model.lower(Elem.F64), Optimization.O2, 1));
          Program words = model.inLibrary().lower(Elem.F64);
          Continuation library = run(compile(words, Optimization.O0, 1));
          for (int[] row : texts.rows()) {
            close(written.score(row), library.score(row), model.inLibrary().source());
          }
        });
  }

  private static void check(WrittenModel model, Texts texts) {
    Program written = model.lower(Elem.F64);
    Program plain = compile(written, Optimization.O0, texts.chunk());
    var expected = new ArrayList<double[][]>();
    for (int[] row : texts.rows()) expected.add(run(plain).score(row));
    for (Optimization level : Optimization.values()) {
      Program program = compile(written, level, texts.chunk());
      assertThat(signatures(program)).as(level.name()).containsAll(signatures(plain));
      settled(program, level);
      computes(run(program), texts, expected, level.name());
    }
  }

  private static Program compile(Program written, Optimization level, int chunk) {
    Compiled compiled =
        Compiler.compile(
            written, level, new StepOptions(WrittenModel.LONGEST, chunk), Observer.NONE);
    // Only simplification sees that a length within the context bends no frequencies.
    assertThat(compiled.reasons())
        .allMatch(
            reason ->
                level == Optimization.O0 && reason.text().contains("depends on the length so far"));
    Verifier.require(compiled.program(), Origins.REQUIRED);
    return compiled.program();
  }

  private static Continuation run(Program program) {
    return new Continuation(Continuation.poisoned(program, POISON), 11);
  }

  /// Names and types of what goes in and out of each function.
  private static List<String> signatures(Program program) {
    return program.functions().stream()
        .map(
            function ->
                "%s%s -> %s"
                    .formatted(
                        function.name(),
                        function.inputs().stream().map(Function.Input::type).toList(),
                        function.outputs().stream()
                            .map(output -> output.name() + " " + function.of(output.value()))
                            .toList()))
        .toList();
  }

  /// What was compiled reads back, and compiling it again changes nothing.
  private static void settled(Program program, Optimization level) {
    String text = Printer.print(program);
    assertThat(Printer.print(Parser.parse(text))).isEqualTo(text);
    switch (level) {
      case O0 -> {}
      case O1 -> {
        var counts = new RuleCounts();
        assertThat(Printer.print(Simplify.apply(program, counts))).isEqualTo(text);
        assertThat(counts.counts()).isEmpty();
      }
      case O2 -> assertThat(Printer.print(Fuse.apply(program, Observer.NONE))).isEqualTo(text);
    }
  }

  private static void computes(
      Continuation runs, Texts texts, List<double[][]> expected, String level) {
    List<int[]> rows = texts.rows();
    List<int[]> pieces = texts.pieces();
    for (int b = 0; b < rows.size(); b++) {
      close(runs.score(rows.get(b)), expected.get(b), level + " score, row " + b);
    }
    if (runs.program().function("step").isEmpty()) return;
    double[][][] logits = runs.steps(rows, pieces, texts.chunk(), new StateStore());
    double[][][] last = runs.nexts(rows, pieces, texts.chunk(), new StateStore());
    for (int b = 0; b < rows.size(); b++) {
      close(logits[b], expected.get(b), level + " step, row " + b);
      int end = 0;
      for (int call = 0; call < pieces.size(); call++) {
        int count = pieces.get(call)[b];
        end += count;
        if (count == 0) continue;
        double[][] wanted = {expected.get(b)[end - 1]};
        close(new double[][] {last[call][b]}, wanted, level + " next, row " + b);
      }
    }
  }

  private static void close(double[][] found, double[][] expected, String where) {
    double largest = 0;
    double error = 0;
    for (int t = 0; t < expected.length; t++) {
      for (int v = 0; v < expected[t].length; v++) {
        largest = Math.max(largest, Math.abs(expected[t][v]));
        double difference = Math.abs(found[t][v] - expected[t][v]);
        error = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(error, difference);
      }
    }
    assertThat(error).as(where).isLessThanOrEqualTo(TOLERANCE * largest);
  }
}
