package dune.passes.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dune.ir.Function;
import dune.ir.Node;
import dune.ir.Origin;
import dune.ir.Program;
import dune.ir.interpret.Array;
import dune.ir.interpret.Interpreter;
import dune.ir.interpret.StateStore;
import dune.ir.text.Parser;
import dune.ir.text.Printer;
import dune.ir.verify.Origins;
import dune.ir.verify.Verifier;
import dune.passes.Compiler;
import dune.passes.Optimization;
import dune.passes.model.Continuation;
import dune.passes.model.SmallModel;
import dune.passes.model.SmallModels;
import dune.passes.pass.Observer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

final class SplitTest {
  private static final int STEPS = 5;

  /// Wherever blocks begin.
  @Property(tries = 60, seed = "20261130", edgeCases = EdgeCasesMode.NONE)
  void partsMakeTheSameLoss(
      @ForAll(supplier = SmallModels.class) SmallModel model,
      @ForAll Optimization optimization,
      @ForAll Random random) {
    LossOptions options = LossOptions.PLAIN.withZ(0.1);
    Program whole =
        Compiler.compileLoss(model.lower(), optimization, STEPS, options, Observer.NONE).program();
    Program split = Split.apply(inBlocks(whole, random));
    assertThat(Verifier.verify(split, Origins.OPTIONAL)).isEmpty();
    assertThat(Split.apply(whole)).isSameAs(whole);

    long[] shape = {2, STEPS};
    Map<String, Array> inputs = new HashMap<>();
    for (String name : List.of("tokens", "targets")) {
      inputs.put(
          name, Array.ints(shape, random.longs(2 * STEPS, 0, SmallModel.VOCABULARY).toArray()));
    }
    Map<String, Array> expected = run(whole, inputs);
    Map<String, Array> found = run(split, inputs);
    assertThat(found.keySet()).isEqualTo(expected.keySet());
    expected.forEach(
        (name, array) ->
            assertThat(found.get(name).data()[0]).isCloseTo(array.data()[0], within(1e-12)));
  }

  /// The same program, as if it were a list of up to four blocks.
  private static Program inBlocks(Program program, Random random) {
    Function function = program.require(LossDerivation.FUNCTION);
    var nodes = new ArrayList<Node>();
    int count = function.nodes().size();
    int[] begins = random.ints(3, 0, count).sorted().toArray();
    for (int i = 0; i < count; i++) {
      int block = 0;
      for (int begin : begins) if (begin <= i) block++;
      Node node = function.nodes().get(i);
      String path = random.nextBoolean() ? "layers." + block + ".mlp.experts.7" : "layers." + block;
      nodes.add(new Node(node.results(), node.op(), new Origin("m.dune", 1, 1, path)));
    }
    var changed =
        new Function(
            function.name(),
            function.inputs(),
            function.dims(),
            nodes,
            function.outputs(),
            List.of(),
            function.types());
    return new Program(program.name(), program.weights(), program.states(), List.of(changed));
  }

  /// Calls the functions one after the other, each with what those before gave.
  private static Map<String, Array> run(Program program, Map<String, Array> inputs) {
    var interpreter = new Interpreter(program, path -> Continuation.weight(program, path, 5));
    var known = new HashMap<>(inputs);
    Map<String, Array> last = Map.of();
    for (Function function : program.functions()) {
      var taken = new HashMap<String, Array>();
      function.inputs().forEach(input -> taken.put(input.name(), known.get(input.name())));
      last = interpreter.run(function.name(), taken, Map.of(), new StateStore()).outputs();
      known.putAll(last);
    }
    return last;
  }

  /// Masks and the like are made in each part, penalties go to the last.
  @Example
  void whatDependsOnNoInputIsInEachPart() {
    Program program =
        Parser.parse(
            """
            program P

            weight a: f32[4] = constant value=1
            weight b: f32[4] = constant value=1

            function loss(%tokens tokens: int[B, T], %targets targets: int[B, T]) {
              %w: f32[4] = weight path=a type=f32[4]
              %x: f32[B, T] = cast %tokens elem=f32  // m.dune:1:1
              %n: f32[T] = fill value=2 type=f32[T]  // m.dune:1:1 @layers.0
              %wide: f32[B, T] = broadcast %n shape=[B, T] axes=[1]  // m.dune:1:1 @layers.0
              %y: f32[B, T] = add %x, %wide  // m.dune:1:1 @layers.0
              %s: f32[] = sum %y axes=[0, 1]  // m.dune:1:1 @layers.0.router
              %v: f32[4] = weight path=b type=f32[4]
              %z: f32[B, T] = mul %y, %wide  // m.dune:1:1 @layers.1
              %u: f32[B, T, 4] = broadcast %v shape=[B, T, 4] axes=[2]
              %o: f32[B, T, 4] = broadcast %z shape=[B, T, 4] axes=[0, 1]
              %p: f32[B, T, 4] = mul %u, %o  // m.dune:1:1 @layers.1
              %q: f32[] = sum %p axes=[0, 1, 2]
              return loss=%q, penalty1=%s
            }
            """);
    Program split = Split.apply(program);
    assertThat(split.functions()).extracting(Function::name).containsExactly("loss_0", "loss_1");
    assertThat(Printer.print(split.require("loss_0")))
        .contains("fill")
        .doesNotContain("weight")
        .doesNotContain("targets");
    Function last = split.require("loss_1");
    assertThat(last.inputs()).hasSize(3);
    assertThat(last.outputs())
        .extracting(Function.Output::name)
        .containsExactly("loss", "penalty1");
    assertThat(Printer.print(last)).contains("fill").contains("path=b").doesNotContain("path=a");
  }
}
