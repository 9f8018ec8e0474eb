package dune.passes.simplify;

import dune.ir.Program;
import dune.passes.pass.Observer;
import dune.passes.rewrite.Rewriter;
import dune.passes.rewrite.Rule;
import java.util.ArrayList;
import java.util.List;

/// The rules that make a program simpler without knowing what it is for.
///
/// Equal operations are joined and dead ones dropped by every rewrite anyway. Nothing here fuses,
/// and nothing rounds less or more than the text says: all identities hold in floating point.
public final class Simplify {
  private static final List<Rule<?>> RULES =
      List.of(
          new FoldConstants(),
          new FoldTables(),
          new FoldUniformLayout(),
          new MoveConstantRight(),
          new DropNeutral(),
          new FoldAbsorbing(),
          new DropEqualOperands(),
          new CancelDoubleNegation(),
          new DropSameCast(),
          new MergeCasts(),
          new PickKnownBranch(),
          new UseScalars(),
          new DropSameReshape(),
          new MergeReshapes(),
          new DropSamePermute(),
          new MergePermutes(),
          new DropSameBroadcast(),
          new MergeBroadcasts(),
          new DropWholeSlice(),
          new MergeSlices(),
          new SlicePart(),
          new DropEmptyParts(),
          new JoinSlices(),
          new SliceConstantGather(),
          new GatherBeforeBroadcast());

  private Simplify() {}

  /// The rules, in no order that matters.
  public static List<Rule<?>> rules() {
    return RULES;
  }

  /// The rules for a program whose sequences have at most `capacity` steps.
  public static List<Rule<?>> rules(long capacity) {
    var rules = new ArrayList<Rule<?>>(RULES);
    rules.add(new BoundLength(capacity));
    return rules;
  }

  public static Program apply(Program program, Observer observer) {
    return new Rewriter(RULES, observer).rewrite(program);
  }

  /// Simplifies a program whose sequences have at most `capacity` steps.
  public static Program within(long capacity, Program program, Observer observer) {
    return new Rewriter(rules(capacity), observer).rewrite(program);
  }
}
