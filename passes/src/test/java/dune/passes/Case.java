package dune.passes;

import static org.assertj.core.api.Assertions.assertThat;

import dune.ir.Elem;
import dune.ir.Function;
import dune.ir.Program;
import dune.ir.Type;
import dune.ir.interpret.Array;
import dune.ir.interpret.Interpreter;
import dune.ir.interpret.StateStore;
import dune.ir.text.Parser;
import dune.ir.text.Printer;
import dune.ir.verify.Origins;
import dune.ir.verify.Verifier;
import dune.passes.pass.Observer;
import dune.passes.pass.RuleCounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// A function, and what becomes of it.
///
/// @param title begins with `fires:` or `stays:`
/// @param before weights, if it needs some, and a function `f`
record Case(String title, String before, String after) {
  private static final String TITLE = "=== ";
  private static final String RESULT = "---\n";
  private static final Map<String, Long> SIZES = Map.of("B", 2L, "T", 5L, "S", 5L);

  boolean fires() {
    return title.startsWith("fires:");
  }

  void check(Subject subject) {
    assertThat(title).matches("(fires|stays): .+");
    Program program = program();
    var counts = new RuleCounts();
    Program result = subject.apply().apply(program, counts);
    Verifier.require(result, Origins.OPTIONAL);
    assertThat(counts.counts().containsKey(subject.name()))
        .as("%s: %s", subject.name(), title)
        .isEqualTo(fires());
    assertThat(Printer.print(result.require("f")))
        .as("%s: %s (-Ddune.bless=true accepts the result)", subject.name(), title)
        .isEqualTo(after);
    // Where a pass holds several subjects, another one may fire instead.
    if (counts.counts().isEmpty()) {
      assertThat(after).isEqualTo(Printer.print(program.require("f")));
    }
    Map<String, Array> expected = run(program);
    run(result)
        .forEach(
            (name, array) ->
                assertThat(array.data()).as(name).containsExactly(expected.get(name).data()));
  }

  private Program program() {
    Program program = Parser.parse("program Case\n\n" + before);
    Verifier.require(program, Origins.OPTIONAL);
    return program;
  }

  private String blessed(Subject subject) {
    Program result = subject.apply().apply(program(), Observer.NONE);
    return TITLE + title + "\n" + before + RESULT + Printer.print(result.require("f"));
  }

  /// The results on some numbers.
  private static Map<String, Array> run(Program program) {
    Function function = program.require("f");
    var random = new Random(1);
    var inputs = new HashMap<String, Array>();
    for (Function.Input input : function.inputs()) {
      inputs.put(input.name(), some(input.type(), random));
    }
    return new Interpreter(
            program,
            path -> some(program.weight(path).orElseThrow().type(), new Random(path.hashCode())))
        .run("f", inputs, SIZES, new StateStore())
        .outputs();
  }

  private static Array some(Type type, Random random) {
    long[] shape = type.shape().evaluate(SIZES);
    int count = Array.filled(Elem.INT, shape, 0).count();
    double[] numbers =
        random
            .doubles(count)
            .map(number -> type.elem().isFloat() ? number - 0.5 : number < 0.5 ? 0 : 1)
            .toArray();
    return Array.of(type.elem(), shape, numbers);
  }

  static List<Case> read(Path file) {
    try {
      var cases = new ArrayList<Case>();
      for (String part : Files.readString(file).split("(?m)^" + TITLE, -1)) {
        if (part.isBlank()) continue;
        int end = part.indexOf('\n');
        int result = part.indexOf(RESULT);
        cases.add(
            new Case(
                part.substring(0, end),
                part.substring(end + 1, result),
                part.substring(result + RESULT.length()).stripTrailing() + "\n"));
      }
      return cases;
    } catch (IOException e) {
      throw new AssertionError("no file of cases: " + file, e);
    }
  }

  /// Writes what comes out into the file that the cases are from.
  static void bless(Subject subject, List<Case> cases) {
    try {
      Files.writeString(
          subject.file(),
          String.join("\n", cases.stream().map(one -> one.blessed(subject)).toList()));
    } catch (IOException e) {
      throw new AssertionError(subject.file().toString(), e);
    }
  }
}
