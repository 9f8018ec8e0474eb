package dune.passes;

import dune.ir.Control.FusedKind;
import dune.ir.Program;
import dune.passes.fuse.Fuse;
import dune.passes.fuse.Regions;
import dune.passes.join.Join;
import dune.passes.pass.Observer;
import dune.passes.plan.Schedule;
import dune.passes.rewrite.Rewriter;
import dune.passes.rewrite.Rule;
import dune.passes.simplify.Simplify;
import dune.passes.tabulate.Tabulate;
import dune.passes.time.Derivation;
import dune.passes.time.StepOptions;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/// Something that fires, and has a file of cases.
///
/// @param name under which observers are told that it fired
/// @param apply what is done to a program for it to fire
record Subject(String name, BiFunction<Program, Observer, Program> apply) {
  static final Path FOLDER = Path.of("src/test/resources/dune/passes/rules");

  /// More than any sequence of the cases has.
  private static final long CAPACITY = 6;

  Path file() {
    return FOLDER.resolve(name.replace(' ', '-') + ".ir");
  }

  /// What can fire in a pass. A new pass belongs here, with all that it may do to a program.
  static List<Subject> of(String pass) {
    return switch (pass) {
      case "simplify" -> rules(Simplify.rules(CAPACITY));
      case "simplify-derived" -> rules(Simplify.rules());
      case Pipelines.DERIVE -> rules(Derivation.rules());
      // Rewrites nothing: it derives a function.
      case "last-step" -> List.of();
      case Join.PASS -> List.of(new Subject(Join.RULE, Join::apply));
      case Fuse.PASS ->
          Stream.concat(
                  Arrays.stream(FusedKind.values())
                      // The one is nobody's pattern, the other is derived.
                      .filter(kind -> kind != FusedKind.REGION && kind != FusedKind.CROSS_ENTROPY)
                      .map(FusedKind::name),
                  Stream.of(Fuse.NEIGHBOURS, Fuse.WEIGHTED))
              .map(name -> new Subject(name, Fuse::apply))
              .toList();
      case Tabulate.PASS ->
          List.of(
              new Subject(
                  Tabulate.RULE,
                  (program, observer) -> Tabulate.apply(CAPACITY, program, observer)));
      case Schedule.PASS ->
          List.of(
              new Subject(
                  Schedule.RULE,
                  (program, observer) ->
                      Schedule.apply(new StepOptions(CAPACITY, 3), program, observer)));
      case Regions.PASS -> List.of(new Subject(Regions.RULE, Regions::apply));
      default -> throw new AssertionError("nobody said what can fire in the pass `" + pass + "`");
    };
  }

  private static List<Subject> rules(List<Rule<?>> rules) {
    return rules.stream()
        .map(
            rule ->
                new Subject(
                    rule.name(),
                    (program, observer) -> new Rewriter(List.of(rule), observer).rewrite(program)))
        .toList();
  }
}
