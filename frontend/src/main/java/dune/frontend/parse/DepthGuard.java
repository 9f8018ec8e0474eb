package dune.frontend.parse;

import java.util.ArrayDeque;
import org.antlr.v4.runtime.ParserRuleContext;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.tree.ErrorNode;
import org.antlr.v4.runtime.tree.ParseTreeListener;
import org.antlr.v4.runtime.tree.TerminalNode;

/// Stops before a parse tree gets so deep that walking it would exhaust the stack, here or in a
/// later phase.
///
/// As a listener it bounds the recursion of the parser; {@link #check} bounds the finished tree, in
/// which each operand of a chain (`a + b + c`) is one deeper as well.
final class DepthGuard implements ParseTreeListener {
  /// More than 100 nested calls, or as many operands in one chain.
  static final int DEEPEST = 500;

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

  static void check(ParserRuleContext tree) {
    record Place(ParserRuleContext context, int depth) {}
    var open = new ArrayDeque<Place>();
    open.push(new Place(tree, 1));
    while (!open.isEmpty()) {
      var place = open.pop();
      if (place.depth() > DEEPEST) {
        throw new TooDeep(place.context().getStart());
      }
      for (int i = 0; i < place.context().getChildCount(); i++) {
        if (place.context().getChild(i) instanceof ParserRuleContext child) {
          open.push(new Place(child, place.depth() + 1));
        }
      }
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
