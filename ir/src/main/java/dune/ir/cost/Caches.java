package dune.ir.cost;

import dune.ir.Node;
import dune.ir.Program;
import dune.ir.Stateful.Append;
import dune.ir.Stateful.ReadCache;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;

/// Which states of a program are caches, to which each step adds a slot.
public final class Caches {
  private Caches() {}

  /// By name of a cache, how many slots are read at the most; empty where a slot for every step is
  /// kept. States of scans are not among them.
  ///
  /// @param program with `step`, if it can be continued
  public static Map<String, OptionalLong> slots(Program program) {
    var slots = new LinkedHashMap<String, OptionalLong>();
    program
        .function("step")
        .ifPresent(
            step -> {
              for (Node node : step.nodes()) {
                if (node.op() instanceof Append append)
                  slots.putIfAbsent(append.state(), OptionalLong.empty());
                if (node.op() instanceof ReadCache read)
                  slots.put(read.state(), read.slots().size());
              }
            });
    return slots;
  }
}
