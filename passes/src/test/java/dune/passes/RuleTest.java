package dune.passes;

import static org.assertj.core.api.Assertions.assertThat;

import dune.ir.Elem;
import dune.ir.Function;
import dune.ir.Program;
import dune.ir.interpret.Array;
import dune.ir.interpret.Interpreter;
import dune.ir.interpret.StateStore;
import dune.ir.text.Parser;
import dune.ir.text.Printer;
import dune.ir.verify.Origins;
import dune.ir.verify.Verifier;
import dune.passes.pass.RuleCounts;
import dune.passes.rewrite.Rewriter;
import dune.passes.rewrite.Rule;
import dune.passes.simplify.Simplify;
import dune.passes.time.Derivation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Every rule on text: a file per rule, with cases in which it fires and cases in which it must
/// not. `-Ddune.bless=true` writes what comes out.
final class RuleTest {
  private static final Path FOLDER = Path.of("src/test/resources/dune/passes/rules");
  private static final String CASE = "=== ";
  private static final String RESULT = "---\n";

  private static List<Rule<?>> rules() {
    var rules = new ArrayList<>(Simplify.rules(6));
    rules.addAll(Derivation.rules());
    return rules;
  }

  @TestFactory
  Stream<DynamicContainer> rulesDoWhatTheirFilesSay() {
    return rules().stream()
        .map(rule -> DynamicContainer.dynamicContainer(rule.name(), tests(rule).stream()));
  }

  private static List<DynamicTest> tests(Rule<?> rule) {
    Path file = FOLDER.resolve(rule.name() + ".ir");
    List<Case> cases = read(file);
    var tests = new ArrayList<DynamicTest>();
    tests.add(
        DynamicTest.dynamicTest(
            "has both kinds of cases",
            () ->
                assertThat(cases.stream().map(Case::fires)).contains(Boolean.TRUE, Boolean.FALSE)));
    for (Case one : cases) {
      tests.add(DynamicTest.dynamicTest(one.title(), () -> one.check(rule)));
    }
    if (Boolean.getBoolean("dune.bless")) write(file, cases, rule);
    return tests;
  }

  private record Case(String title, String before, String after) {
    boolean fires() {
      return title.startsWith("fires:");
    }

    Program program() {
      Program program = Parser.parse("program Case\n\n" + before);
      Verifier.require(program, Origins.OPTIONAL);
      return program;
    }

    void check(Rule<?> rule) {
      assertThat(title).matches("(fires|stays): .+");
      Program program = program();
      var counts = new RuleCounts();
      Program result = new Rewriter(List.of(rule), counts).rewrite(program);
      Verifier.require(result, Origins.OPTIONAL);
      assertThat(Printer.print(result.require("f")))
          .as("the result; -Ddune.bless=true accepts it")
          .isEqualTo(after);
      if (fires()) {
        assertThat(counts.counts()).containsKey(rule.name());
      } else {
        assertThat(counts.counts()).isEmpty();
        assertThat(after).isEqualTo(Printer.print(program.require("f")));
      }
      assertThat(run(result).data()).containsExactly(run(program).data());
    }

    String blessed(Rule<?> rule) {
      Program result = new Rewriter(List.of(rule), new RuleCounts()).rewrite(program());
      return CASE + title + "\n" + before + RESULT + Printer.print(result.require("f"));
    }
  }

  /// The result on some numbers.
  private static Array run(Program program) {
    Function function = program.require("f");
    Map<String, Long> sizes = Map.of("B", 2L, "T", 5L, "S", 5L);
    var random = new Random(1);
    var inputs = new HashMap<String, Array>();
    for (Function.Input input : function.inputs()) {
      long[] shape = input.type().shape().evaluate(sizes);
      int count = Array.filled(Elem.INT, shape, 0).count();
      double[] numbers =
          random
              .doubles(count)
              .map(number -> input.type().elem().isFloat() ? number - 0.5 : number < 0.5 ? 0 : 1)
              .toArray();
      inputs.put(input.name(), Array.of(input.type().elem(), shape, numbers));
    }
    return new Interpreter(
            program,
            path -> {
              throw new IllegalStateException("no weight " + path);
            })
        .run("f", inputs, sizes, new StateStore())
        .only();
  }

  private static List<Case> read(Path file) {
    try {
      var cases = new ArrayList<Case>();
      for (String part : Files.readString(file).split("(?m)^" + CASE, -1)) {
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
      throw new AssertionError("the rule has no file of cases: " + file, e);
    }
  }

  private static void write(Path file, List<Case> cases, Rule<?> rule) {
    try {
      Files.writeString(
          file, String.join("\n", cases.stream().map(one -> one.blessed(rule)).toList()));
    } catch (IOException e) {
      throw new AssertionError(file.toString(), e);
    }
  }
}
