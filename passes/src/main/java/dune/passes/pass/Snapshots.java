package dune.passes.pass;

import dune.ir.Program;
import java.time.Duration;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/// Hands on the program after each pass that `wanted` names, to be printed.
///
/// @param wanted which passes, by name
/// @param sink takes the name of the pass and its result
public record Snapshots(Predicate<String> wanted, BiConsumer<String, Program> sink)
    implements Observer {
  @Override
  public void ended(Pass pass, Program program, Duration time) {
    if (wanted.test(pass.name())) sink.accept(pass.name(), program);
  }
}
