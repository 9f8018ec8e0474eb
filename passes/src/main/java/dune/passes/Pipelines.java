package dune.passes;

import dune.ir.Node;
import dune.ir.Program;
import dune.ir.text.Printer;
import dune.passes.fuse.Fuse;
import dune.passes.fuse.Regions;
import dune.passes.join.Join;
import dune.passes.pass.Observer;
import dune.passes.pass.Pass;
import dune.passes.pass.Remark;
import dune.passes.pass.Stage;
import dune.passes.plan.Schedule;
import dune.passes.simplify.Simplify;
import dune.passes.tabulate.Tabulate;
import dune.passes.time.Derivation;
import dune.passes.time.Derivation.Outcome;
import dune.passes.time.Reason;
import dune.passes.time.StepOptions;
import dune.passes.train.KeepApart;
import dune.passes.train.LossDerivation;
import dune.passes.train.LossOptions;
import dune.passes.train.Sharing;
import dune.passes.train.Split;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/// Which passes run, and in what order.
public final class Pipelines {
  static final String DERIVE = "derive";

  private Pipelines() {}

  /// The passes that make a program that can be emitted from what the frontend lowered.
  public static List<Pass> of(Optimization optimization, StepOptions options) {
    return of(optimization, options, Use.EVERYTHING);
  }

  /// The same with the functions that `use` asks for.
  public static List<Pass> of(Optimization optimization, StepOptions options, Use use) {
    List<Pass> derived =
        switch (use) {
          case EVERYTHING -> List.of(derive(options), lastStep());
          case WRITING -> List.of(derive(options), lastStep(), leaveOut());
        };
    return switch (optimization) {
      case O0 -> derived;
      case O1 ->
          Stream.of(
                  // Once here instead of once per derived function.
                  Stream.of(simplify(options)),
                  // Before the derived functions are simplified: it adds one.
                  derived.stream(),
                  // Tables come before groups are made, which then hold a lookup and no angles.
                  Stream.of(simplifyDerived(), tabulate(options)))
              .flatMap(passes -> passes)
              .toList();
      case O2 ->
          Stream.concat(
                  of(Optimization.O1, options, use).stream(),
                  // Patterns first: a region takes what none of them wants.
                  Stream.of(join(), fuse(), region(), schedule(options)))
              .toList();
    };
  }

  /// The passes that make a program whose one function is `loss`, or whose functions are its parts.
  ///
  /// @param steps the most of a sequence
  public static List<Pass> ofTraining(Optimization optimization, long steps, LossOptions options) {
    Pass simplify = simplify(new StepOptions(steps, steps));
    Pass derive = deriveLogits(options.sharing());
    List<Pass> passes =
        switch (optimization) {
          case O0 -> List.of(derive, loss(Stage.DERIVED, options));
          case O1 -> List.of(simplify, derive, simplifyDerived(), loss(Stage.DERIVED, options));
          case O2 ->
              List.of(
                  simplify, derive, simplifyDerived(), join(), fuse(), loss(Stage.FUSED, options));
        };
    return switch (options.activations()) {
      case KEPT -> passes;
      case RECOMPUTED -> Stream.concat(passes.stream(), Stream.of(split())).toList();
    };
  }

  private static Pass split() {
    return new Pass(
        "split",
        "split the loss between blocks, so that each can be computed again on the way back",
        Stage.FUSED,
        Stage.FUSED,
        (program, _) -> Split.apply(program));
  }

  private static Pass deriveLogits(Sharing sharing) {
    return new Pass(
        "derive-logits",
        "derive the logits that the loss is made of",
        Stage.WRITTEN,
        Stage.DERIVED,
        (program, _) -> {
          Program logits =
              Derivation.withoutForward(Derivation.penalised(LossDerivation.FUNCTION, program));
          return switch (sharing) {
            case NONE -> logits;
            case DOCUMENTS -> KeepApart.apply(logits);
          };
        });
  }

  private static Pass loss(Stage before, LossOptions options) {
    return new Pass(
        LossDerivation.FUNCTION,
        "compare the logits with what came",
        before,
        Stage.FUSED,
        (program, _) -> LossDerivation.apply(program, options));
  }

  /// The names that `--after` takes, in the order in which the passes run.
  public static List<String> names() {
    return of(Optimization.O2, new StepOptions(1, 1)).stream().map(Pass::name).toList();
  }

  /// The passes of these names, in the order of the names.
  ///
  /// @throws IllegalArgumentException if there is none of one of the names
  public static List<Pass> named(List<String> names, StepOptions options) {
    List<Pass> all = of(Optimization.O2, options);
    return names.stream().map(name -> named(name, all)).toList();
  }

  private static Pass named(String name, List<Pass> all) {
    return all.stream()
        .filter(pass -> pass.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("there is no pass `" + name + "`"));
  }

  /// Why these passes cannot run on a program, and what to run first; empty if they can.
  public static Optional<String> misfit(Program program, List<Pass> passes) {
    Stage stage = Stage.of(program);
    Optional<Node> intruder = stage.intruder(program);
    if (intruder.isPresent()) {
      return Optional.of(
          "a program %s must not hold `%s`"
              .formatted(
                  program.function("forward").isPresent() ? "with `forward`" : "without `forward`",
                  Printer.print(intruder.get().op())));
    }
    for (Pass pass : passes) {
      if (pass.before() != stage) return Optional.of(misfit(pass, stage));
      stage = pass.after();
    }
    return Optional.empty();
  }

  private static String misfit(Pass pass, Stage stage) {
    String what =
        "`%s` takes what was %s, and would get what was %s; "
            .formatted(pass.name(), stage(pass.before()), stage(stage));
    return pass.before().compareTo(stage) > 0
        ? what + "run `%s` first".formatted(leaving(stage))
        : what + "run it before `%s`".formatted(leaving(pass.before()));
  }

  private static String stage(Stage stage) {
    return stage.name().toLowerCase(Locale.ROOT);
  }

  /// The pass after which a program is no longer at this stage. Nothing leaves the last.
  private static String leaving(Stage stage) {
    return switch (stage) {
      case WRITTEN -> DERIVE;
      case DERIVED, FUSED -> Fuse.PASS;
    };
  }

  private static Pass simplify(StepOptions options) {
    return new Pass(
        "simplify",
        "fold constants and cancel what undoes itself",
        Stage.WRITTEN,
        Stage.WRITTEN,
        List.of("--ctx-size", Long.toString(options.capacity())),
        (program, observer) -> Simplify.within(options.capacity(), program, observer));
  }

  private static Pass derive(StepOptions options) {
    return new Pass(
        DERIVE,
        "derive `score` and, if the model can be continued, `step`",
        Stage.WRITTEN,
        Stage.DERIVED,
        List.of(
            "--ctx-size",
            Long.toString(options.capacity()),
            "--chunk",
            Long.toString(options.chunk())),
        (program, observer) -> derive(program, options, observer));
  }

  private static Program derive(Program program, StepOptions options, Observer observer) {
    Program scored = Derivation.score(program);
    Program derived =
        switch (Derivation.step(scored, options)) {
          case Outcome.Continues(Program continued) -> continued;
          case Outcome.Recomputes(List<Reason> reasons) -> {
            for (Reason reason : reasons) {
              observer.remarked(new Remark(DERIVE, reason.origin(), reason.text()));
            }
            yield scored;
          }
        };
    return Derivation.withoutForward(derived);
  }

  private static Pass lastStep() {
    return new Pass(
        "last-step",
        "derive `next`, which computes the last logits of each row only",
        Stage.DERIVED,
        Stage.DERIVED,
        (program, observer) ->
            program.function("step").isPresent() ? Derivation.next(program) : program);
  }

  private static Pass leaveOut() {
    return new Pass(
        "leave-out",
        "leave out all but `next` of a model that is continued",
        Stage.DERIVED,
        Stage.DERIVED,
        (program, _) ->
            program
                .function("next")
                .map(
                    next ->
                        new Program(
                            program.name(), program.weights(), program.states(), List.of(next)))
                .orElse(program));
  }

  private static Pass tabulate(StepOptions options) {
    return new Pass(
        Tabulate.PASS,
        "compute once what depends on positions alone",
        Stage.DERIVED,
        Stage.DERIVED,
        List.of("--ctx-size", Long.toString(options.capacity())),
        (program, observer) -> Tabulate.apply(options.capacity(), program, observer));
  }

  private static Pass join() {
    return new Pass(
        Join.PASS,
        "make one product of those that share an input",
        Stage.DERIVED,
        Stage.DERIVED,
        Join::apply);
  }

  private static Pass fuse() {
    return new Pass(
        Fuse.PASS,
        "make one operation of what belongs together",
        Stage.DERIVED,
        Stage.FUSED,
        Fuse::apply);
  }

  private static Pass region() {
    return new Pass(
        Regions.PASS,
        "keep what lies between small operations out of memory",
        Stage.FUSED,
        Stage.FUSED,
        Regions::apply);
  }

  private static Pass schedule(StepOptions options) {
    return new Pass(
        Schedule.PASS,
        "compute later what only takes up memory until then",
        Stage.FUSED,
        Stage.FUSED,
        List.of(
            "--ctx-size",
            Long.toString(options.capacity()),
            "--chunk",
            Long.toString(options.chunk())),
        (program, observer) -> Schedule.apply(options, program, observer));
  }

  private static Pass simplifyDerived() {
    return new Pass(
        "simplify-derived",
        "simplify what was derived",
        Stage.DERIVED,
        Stage.DERIVED,
        Simplify::apply);
  }
}
