package dune.passes;

import dune.ir.Program;
import dune.passes.pass.Remark;
import java.util.List;

/// A program that is ready to be emitted.
///
/// @param program with `score` always, and with `step` and `next` if the model can be continued
/// @param remarks what the passes had to tell
public record Compiled(Program program, List<Remark> remarks) {
  public Compiled {
    remarks = List.copyOf(remarks);
  }

  /// Whether the model can be continued step by step; else it runs by recomputation with `score`.
  public boolean continues() {
    return program.function("next").isPresent();
  }

  /// Why the model cannot be continued; empty if it can.
  public List<Remark> reasons() {
    return remarks.stream().filter(remark -> remark.pass().equals(Pipelines.DERIVE)).toList();
  }
}
