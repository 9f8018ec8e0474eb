package dune.passes.pass;

import dune.ir.Program;
import java.util.List;

/// A step of compilation: a function from programs to programs with a name.
///
/// @param name in kebab case, as the command line takes it (`derive-step`)
/// @param summary one line for people
/// @param before the stage of the programs that it takes
/// @param after the stage of the programs that it makes
/// @param arguments what the command line must say for the pass to do the same again, such as
///   `--ctx-size 64`; empty where nothing else changes what it does
/// @param transformation what it does
public record Pass(
    String name,
    String summary,
    Stage before,
    Stage after,
    List<String> arguments,
    Transformation transformation) {

  public Pass {
    arguments = List.copyOf(arguments);
  }

  /// One that does the same whatever the command line says.
  public Pass(
      String name, String summary, Stage before, Stage after, Transformation transformation) {
    this(name, summary, before, after, List.of(), transformation);
  }

  /// A function from programs to programs that says what it does on the way.
  @FunctionalInterface
  public interface Transformation {
    Program apply(Program program, Observer observer);
  }
}
