package dune.passes.pass;

import dune.ir.Program;
import dune.ir.text.Printer;
import java.util.ArrayList;
import java.util.List;

/// What it takes to see a pass fail again.
///
/// @param pass what failed
/// @param program what it was given
public record Reproducer(Pass pass, Program program) {
  /// `Llama.simplify.reproducer.ir`.
  public String fileName() {
    return (program.name() + "." + pass.name()).replaceAll("[^A-Za-z0-9._-]", "_")
        + ".reproducer.ir";
  }

  /// `dunec opt Llama.simplify.reproducer.ir --passes simplify --ctx-size 64`.
  public String command() {
    var words = new ArrayList<>(List.of("dunec", "opt", fileName(), "--passes", pass.name()));
    words.addAll(pass.arguments());
    return String.join(" ", words);
  }

  /// The program, under a comment with the command that shows the failure.
  public String text() {
    return "// " + command() + "\n" + Printer.print(program);
  }
}
