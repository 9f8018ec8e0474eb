package dune.frontend.parse;

import dune.grammar.DuneLexer;
import dune.grammar.DuneParser;
import org.antlr.v4.runtime.ParserRuleContext;
import org.antlr.v4.runtime.TokenStream;
import org.antlr.v4.runtime.atn.ParserATNSimulator;
import org.antlr.v4.runtime.atn.StarLoopEntryState;

/// Prediction that takes `(` and `[` behind an operand for a call and an index at once, without
/// reading on.
///
/// That is how the grammar resolves it anyway. Reading on, ANTLR would find a mistake between the
/// brackets, conclude that they begin the next statement, and report the bracket instead of the
/// mistake.
final class GreedyPrediction extends ParserATNSimulator {
  /// In a loop the first alternative goes on, the second leaves.
  private static final int GO_ON = 1;

  private GreedyPrediction(DuneParser parser, ParserATNSimulator standard) {
    super(parser, standard.atn, standard.decisionToDFA, standard.getSharedContextCache());
  }

  static void install(DuneParser parser) {
    parser.setInterpreter(new GreedyPrediction(parser, parser.getInterpreter()));
  }

  @Override
  public int adaptivePredict(TokenStream input, int decision, ParserRuleContext outerContext) {
    boolean afterOperand =
        atn.getDecisionState(decision) instanceof StarLoopEntryState loop
            && loop.isPrecedenceDecision;
    int next = input.LA(1);
    return afterOperand && (next == DuneLexer.LPAREN || next == DuneLexer.LBRACK)
        ? GO_ON
        : super.adaptivePredict(input, decision, outerContext);
  }
}
