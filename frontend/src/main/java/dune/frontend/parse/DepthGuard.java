package dune.frontend.parse;

import org.antlr.v4.runtime.ParserRuleContext;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.tree.ErrorNode;
import org.antlr.v4.runtime.tree.ParseTreeListener;
import org.antlr.v4.runtime.tree.TerminalNode;

/// Stops the parser before a parse tree gets so deep that walking it would exhaust the stack, here
/// or in a later phase.
///
/// It counts operands of a chain (`a + b + c`) as well, since each makes the tree one deeper.
final class DepthGuard implements ParseTreeListener {
  /// About 150 nested calls, or 900 operands in one chain.
  static final int DEEPEST = 900;

  private int depth;

  /// The tree became too deep at `token`.
  static final class TooDeep extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Token token;

    TooDeep(Token token) {
      super("too deep", null, false, false);
      this.token = token;
    }

    Token token() {
      return token;
    }
  }

  @Override
  public void enterEveryRule(ParserRuleContext context) {
    if (++depth > DEEPEST) {
      throw new TooDeep(context.getStart());
    }
  }

  @Override
  public void exitEveryRule(ParserRuleContext context) {
    depth--;
  }

  @Override
  public void visitTerminal(TerminalNode node) {
    // Leaves add no depth.
  }

  @Override
  public void visitErrorNode(ErrorNode node) {
    // Leaves add no depth.
  }
}
