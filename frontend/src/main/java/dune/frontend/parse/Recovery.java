package dune.frontend.parse;

import dune.grammar.DuneLexer;
import dune.grammar.DuneParser;
import java.util.List;
import java.util.Map;
import org.antlr.v4.runtime.DefaultErrorStrategy;
import org.antlr.v4.runtime.InputMismatchException;
import org.antlr.v4.runtime.Parser;
import org.antlr.v4.runtime.ParserRuleContext;
import org.antlr.v4.runtime.RecognitionException;
import org.antlr.v4.runtime.RuleContext;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.atn.ATNState;
import org.antlr.v4.runtime.misc.IntervalSet;

/// Goes on after an error at the next thing of the same kind: a statement after a statement, an
/// item after an item.
///
/// An error travels up to the nearest part of a list (statement, item, definition, rule, case).
/// That part is given up, its context keeps the exception, and the parser continues at the next
/// line that begins another, between the same brackets. Nothing is guessed: no token is inserted or
/// deleted.
final class Recovery extends DefaultErrorStrategy {
  /// Lists, and the rule of their parts.
  private static final Map<Integer, Integer> PARTS =
      Map.of(
          DuneParser.RULE_file, DuneParser.RULE_definition,
          DuneParser.RULE_items, DuneParser.RULE_item,
          DuneParser.RULE_body, DuneParser.RULE_statement,
          DuneParser.RULE_configClause, DuneParser.RULE_configRule,
          DuneParser.RULE_weightsClause, DuneParser.RULE_weightRule,
          DuneParser.RULE_item, DuneParser.RULE_initRule,
          DuneParser.RULE_matchExpr, DuneParser.RULE_matchCase);

  private final List<SyntaxToken> tokens;
  private final Brackets brackets;
  private final SyntaxErrors errors;

  Recovery(List<SyntaxToken> tokens, Brackets brackets, SyntaxErrors errors) {
    this.tokens = tokens;
    this.brackets = brackets;
    this.errors = errors;
  }

  @Override
  public void reportError(Parser parser, RecognitionException failure) {
    if (!inErrorRecoveryMode(parser)) {
      beginErrorCondition(parser);
      errors.report((DuneParser) parser, failure);
    }
  }

  @Override
  public Token recoverInline(Parser parser) {
    throw new InputMismatchException(parser);
  }

  @Override
  public void recover(Parser parser, RecognitionException failure) {
    var context = parser.getContext();
    if (context.getRuleIndex() == DuneParser.RULE_parameters && opened(context)) {
      int opener = context.getStart().getTokenIndex();
      parser.getInputStream().seek(brackets.partner()[opener] + 1);
      return;
    }
    if (!isPart(context)) {
      throw failure;
    }
    resume(parser, context.getStart().getTokenIndex(), beginnings(parser, context));
  }

  private boolean opened(ParserRuleContext context) {
    return Brackets.opened(context.getStart()).isPresent();
  }

  private static boolean isPart(ParserRuleContext context) {
    if (context.getRuleIndex() == DuneParser.RULE_importDecl) {
      return true;
    }
    RuleContext parent = context.parent;
    if (parent == null) {
      return false;
    }
    // A nested definition is given up together with the item that it is.
    return PARTS.getOrDefault(parent.getRuleIndex(), -1) == context.getRuleIndex();
  }

  /// The tokens that may begin the next part of the list that `part` stands in.
  private static IntervalSet beginnings(Parser parser, ParserRuleContext part) {
    var atn = parser.getATN();
    int rule = part.getRuleIndex();
    var first = new IntervalSet(atn.nextTokens(atn.ruleToStartState[rule]));
    if (part.getParent().getRuleIndex() == DuneParser.RULE_file) {
      first.addAll(atn.nextTokens(atn.ruleToStartState[DuneParser.RULE_definition]));
      first.add(DuneLexer.IMPORT);
    }
    return first;
  }

  @Override
  public void sync(Parser parser) {
    var context = parser.getContext();
    if (!PARTS.containsKey(context.getRuleIndex())) {
      return;
    }
    ATNState state = parser.getInterpreter().atn.states.get(parser.getState());
    boolean inLoop =
        switch (state.getStateType()) {
          case ATNState.STAR_LOOP_ENTRY, ATNState.STAR_LOOP_BACK -> true;
          default -> false;
        };
    if (!inLoop) {
      return;
    }
    var expected = parser.getATN().nextTokens(state);
    boolean listOfParts = expected.contains(DuneLexer.RBRACE) || expected.contains(Token.EOF);
    if (!listOfParts) {
      return;
    }
    while (!expected.contains(parser.getCurrentToken().getType())
        && parser.getCurrentToken().getType() != Token.EOF) {
      if (!inErrorRecoveryMode(parser)) {
        beginErrorCondition(parser);
        errors.reportStray((DuneParser) parser);
      }
      resume(parser, parser.getCurrentToken().getTokenIndex(), expected);
    }
  }

  /// Moves to the next line between the same brackets that begins with one of `beginnings`, or to
  /// their end.
  private void resume(Parser parser, int start, IntervalSet beginnings) {
    int enclosing = brackets.enclosing()[start];
    int end = enclosing < 0 ? tokens.size() - 1 : brackets.partner()[enclosing];
    int at = Math.max(parser.getCurrentToken().getTokenIndex(), start + 1);
    while (at < end
        && !(brackets.enclosing()[at] == enclosing
            && tokens.get(at).firstOnLine()
            && beginnings.contains(tokens.get(at).getType()))) {
      at++;
    }
    parser.getInputStream().seek(at);
  }
}
