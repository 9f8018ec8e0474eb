package dune.ir.testkit;

import dune.ir.Program;
import dune.ir.text.Parser;
import dune.ir.text.Printer;

/// The same program in f64 throughout, so that what a backend computes can be held against the
/// interpreter without a rounding on the way.
public final class Widening {
  private Widening() {}

  public static Program widen(Program program) {
    String wide = Printer.print(program).replaceAll("\\b(f32|bf16|f16)\\b", "f64");
    return Parser.parse(wide);
  }
}
