package dune.passes.pass;

import dune.ir.Program;
import dune.ir.text.Printer;

/// What it takes to see a pass fail again.
///
/// @param pass the name of the pass
/// @param program what it was given
public record Reproducer(String pass, Program program) {
  /// `Llama.simplify.reproducer.ir`.
  public String fileName() {
    return (program.name() + "." + pass).replaceAll("[^A-Za-z0-9._-]", "_") + ".reproducer.ir";
  }

  public String command() {
    return "dunec opt " + fileName() + " --passes " + pass;
  }

  /// The program, under a comment with the command that shows the failure.
  public String text() {
    return "// " + command() + "\n" + Printer.print(program);
  }
}
