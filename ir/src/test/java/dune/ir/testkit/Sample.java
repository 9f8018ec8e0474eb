package dune.ir.testkit;

import dune.ir.Program;
import dune.ir.interpret.Array;
import dune.ir.interpret.Interpreter;
import dune.ir.interpret.StateStore;
import dune.ir.text.Printer;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// A random program with one function {@link #FUNCTION}, its weights, and calls that keep away from
/// what no two implementations do alike.
public record Sample(Program program, SequencedMap<String, Array> weights, List<Call> calls) {
  public static final String FUNCTION = "f";

  /// One call: inputs by name, and sizes of the dimensions that no input shows.
  public record Call(SequencedMap<String, Array> inputs, SequencedMap<String, Long> dims) {}

  public Sample {
    calls = List.copyOf(calls);
  }

  /// What the program gives, on state of its own.
  public Map<String, Array> run(Call call) {
    return run(program, call);
  }

  /// What another program with the same inputs and weights gives.
  public Map<String, Array> run(Program other, Call call) {
    return new Interpreter(other, weights::get)
        .run(FUNCTION, call.inputs(), call.dims(), new StateStore())
        .outputs();
  }

  @Override
  public String toString() {
    return Printer.print(program);
  }
}
