package dune.passes.pass;

import dune.ir.Program;

/// A step of compilation: a function from programs to programs with a name.
///
/// @param name in kebab case, as the command line takes it (`derive-step`)
/// @param summary one line for people
/// @param before the stage of the programs that it takes
/// @param after the stage of the programs that it makes
/// @param transformation what it does
public record Pass(
    String name, String summary, Stage before, Stage after, Transformation transformation) {

  /// A function from programs to programs that says what it does on the way.
  @FunctionalInterface
  public interface Transformation {
    Program apply(Program program, Observer observer);
  }
}
