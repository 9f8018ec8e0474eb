package dune.ir.testkit;

import dune.ir.Elem;
import dune.ir.Elementwise;
import dune.ir.Function;
import dune.ir.FunctionBuilder;
import dune.ir.Layout;
import dune.ir.Op;
import dune.ir.Origin;
import dune.ir.Program;
import dune.ir.Shape;
import dune.ir.Source;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.Weight;
import dune.ir.dim.Dim;
import dune.ir.interpret.Array;
import dune.ir.testkit.Draft.Proposal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/// Operations without operands.
final class SourceProposals {
  private final Random random;
  private final Draft draft;
  private final Choices choices;

  SourceProposals(Random random, Draft draft, Choices choices) {
    this.random = random;
    this.draft = draft;
    this.choices = choices;
  }

  void addTo(Map<Class<? extends Op>, Supplier<Optional<Proposal>>> byOp) {
    byOp.put(Source.Weight.class, this::weight);
    byOp.put(Source.Constant.class, this::constant);
    byOp.put(Source.Table.class, this::table);
    byOp.put(Source.Prepared.class, this::prepared);
    byOp.put(Source.Fill.class, this::fill);
    byOp.put(Source.Random.class, this::random);
    byOp.put(Source.Iota.class, () -> Proposal.source(new Source.Iota(choices.dim())));
    byOp.put(
        Source.Position.class,
        () -> Proposal.source(new Source.Position(choices.one(List.of(Proposals.T, Proposals.S)))));
    byOp.put(
        Source.Size.class, () -> Proposal.source(new Source.Size(choices.dim(), choices.number())));
  }

  private Optional<Proposal> weight() {
    int count = draft.weights().size();
    if (count > 0 && random.nextInt(3) == 0) {
      Weight known = draft.weights().get(random.nextInt(count));
      return Proposal.source(new Source.Weight(known.path(), known.type()));
    }
    Type type = new Type(choices.floats(), choices.numericShape(random.nextInt(3)));
    String path = "layers." + count + ".weight";
    if (count > 0 && random.nextInt(4) == 0) {
      Weight target = draft.weights().getFirst();
      type = target.type();
      draft.weight(
          new Weight(path, type, target.initializer(), Optional.of(target.path()), Origin.NONE),
          Array.scalar(Elem.F32, 0));
    } else {
      draft.weight(
          new Weight(
              path,
              type,
              Draft.initializer(random),
              Optional.empty(),
              new Origin("models/random.dune", count + 1, 3, "layers." + count)),
          RandomPrograms.numbers(random, type.elem(), type.shape().evaluate(Map.of())));
    }
    return Proposal.source(new Source.Weight(path, type));
  }

  private Optional<Proposal> constant() {
    Elem elem = choices.elem();
    return Proposal.source(new Source.Constant(choices.number(elem), elem));
  }

  private Optional<Proposal> table() {
    Elem elem = choices.elem();
    List<Double> numbers =
        IntStream.range(0, random.nextInt(1, 5)).mapToObj(_ -> choices.number(elem)).toList();
    return Proposal.source(new Source.Table(numbers, elem));
  }

  /// One of two tables that fall from 1 to 0.4, with names that no language would take.
  private Optional<Proposal> prepared() {
    Function tables = tables();
    draft.tables(tables);
    Function.Output one = tables.outputs().get(random.nextInt(tables.outputs().size()));
    return Proposal.source(new Source.Prepared(one.name(), tables.of(one.value())));
  }

  private Function tables() {
    var builder = new FunctionBuilder();
    var origin = new Origin("std/decay.dune", 2, 5, "layers.0.decay");
    Dim count = Dim.of(Proposals.CAPACITY);
    Value step = builder.emit(new Source.Iota(count), origin);
    Value x = builder.emit(new Elementwise.Cast(step, choices.mainFloat()), origin);
    Value slope = builder.emit(new Source.Constant(-0.125, choices.mainFloat()), origin);
    Value scaled =
        builder.emit(new Elementwise.Binary(Elementwise.BinaryKind.MUL, x, slope), origin);
    Value decay = builder.emit(new Elementwise.Unary(Elementwise.UnaryKind.EXP, scaled), origin);
    Shape wide = Shape.of(count, Dim.of(3));
    Value decays = builder.emit(new Layout.Broadcast(decay, wide, List.of(0)), origin);
    return builder.build(
        Program.TABLES,
        List.of(),
        List.of(new Function.Output("decay.0", decay), new Function.Output("decay.1 wide", decays)),
        List.of());
  }

  private Optional<Proposal> fill() {
    Elem elem = choices.elem();
    return Proposal.source(
        new Source.Fill(choices.number(elem), new Type(elem, choices.shape(random.nextInt(3)))));
  }

  private Optional<Proposal> random() {
    return Proposal.source(
        new Source.Random(
            "layers.0.dropout:" + random.nextInt(1000),
            new Type(choices.floats(), choices.shape(random.nextInt(3)))));
  }
}
