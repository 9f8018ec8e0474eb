package dune.frontend.parse;

import dune.grammar.DuneLexer;
import dune.grammar.DuneParser;
import java.util.ArrayList;
import java.util.List;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.misc.IntervalSet;

/// How tokens and parts of the grammar are called in messages.
final class Wording {
  private static final int LONGEST = 40;

  private Wording() {}

  static String shortened(String text) {
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "...";
  }

  /// What was found: ``the name `x` ``, `` `)` ``, `the end of the file`.
  static String found(Token token) {
    String text = "`" + shortened(token.getText()) + "`";
    return switch (token.getType()) {
      case Token.EOF -> "the end of the file";
      case DuneLexer.ID -> "the name " + text;
      case DuneLexer.INTEGER, DuneLexer.REAL -> "the number " + text;
      case DuneLexer.STRING -> "the text " + shortened(token.getText());
      default -> text;
    };
  }

  /// What may stand where a rule begins.
  static String expected(int rule) {
    return switch (rule) {
      case DuneParser.RULE_file, DuneParser.RULE_definition -> "`model`, `block`, `fn` or `mask`";
      case DuneParser.RULE_importDecl -> "`.{` and the names to import";
      case DuneParser.RULE_parameters, DuneParser.RULE_parameter -> "a parameter such as `D: dim`";
      case DuneParser.RULE_items, DuneParser.RULE_item ->
          "a member, a weight, `forward` or another part of a block";
      case DuneParser.RULE_body, DuneParser.RULE_statement -> "a statement";
      case DuneParser.RULE_type, DuneParser.RULE_typeAtom, DuneParser.RULE_scalar -> "a type";
      case DuneParser.RULE_elem -> "an element type such as `f32`";
      case DuneParser.RULE_axes, DuneParser.RULE_axis -> "an axis";
      case DuneParser.RULE_args, DuneParser.RULE_arg -> "an argument";
      case DuneParser.RULE_castTarget -> "a shape, an element type or `type(x)`";
      case DuneParser.RULE_weightType -> "a shape such as `[N, D]`";
      case DuneParser.RULE_configClause, DuneParser.RULE_configRule ->
          "a line such as `D = .hidden_size`";
      case DuneParser.RULE_weightsClause, DuneParser.RULE_weightRule ->
          "a rule such as `* = \"model.{*}\"`";
      case DuneParser.RULE_initRule -> "a rule such as `*.weight = normal(0.02)`";
      case DuneParser.RULE_pattern, DuneParser.RULE_patternStep -> "a path such as `*.weight`";
      case DuneParser.RULE_source, DuneParser.RULE_sourceTerm, DuneParser.RULE_sourceArg ->
          "the name of a tensor in quotes";
      case DuneParser.RULE_matchCase -> "a case such as `\"a\" -> x`";
      case DuneParser.RULE_matchExpr -> "a case such as `\"a\" -> x`";
      case DuneParser.RULE_name, DuneParser.RULE_word -> "a name";
      case DuneParser.RULE_ifExpr -> "`{`";
      default -> "an expression";
    };
  }

  /// What may stand where one of these tokens may.
  static String expected(IntervalSet types) {
    boolean name = types.contains(DuneLexer.ID);
    if (name && types.contains(DuneLexer.INTEGER)) {
      return "an expression";
    }
    if (types.contains(DuneLexer.F32) && types.contains(DuneLexer.DIM) && !name) {
      return "a type";
    }
    var words = new ArrayList<String>();
    if (name) {
      words.add("a name");
    }
    for (int type : types.toArray()) {
      if (isLineVariant(type) || type == DuneLexer.ID || name && isWord(type)) {
        continue;
      }
      if (type == DuneLexer.RPAREN || type == DuneLexer.RBRACK) {
        words.add("`,`");
      }
      words.add(word(type));
    }
    return listed(words.stream().distinct().toList());
  }

  private static boolean isLineVariant(int type) {
    return type == DuneLexer.LINE_LPAREN
        || type == DuneLexer.LINE_LBRACK
        || type == DuneLexer.LINE_MINUS;
  }

  static boolean isWord(int type) {
    String literal = DuneLexer.VOCABULARY.getLiteralName(type);
    return literal != null && Character.isLetter(literal.charAt(1));
  }

  private static String word(int type) {
    if (type == Token.EOF) {
      return "the end of the file";
    }
    String literal = DuneLexer.VOCABULARY.getLiteralName(type);
    if (literal != null) {
      return "`" + literal.substring(1, literal.length() - 1) + "`";
    }
    return switch (type) {
      case DuneLexer.STRING -> "a text in quotes";
      case DuneLexer.ARROW -> "`->`";
      case DuneLexer.INTEGER -> "a whole number";
      default -> "a number";
    };
  }

  private static String listed(List<String> words) {
    return switch (words.size()) {
      case 0 -> "something else";
      case 1 -> words.getFirst();
      default -> String.join(", ", words.subList(0, words.size() - 1)) + " or " + words.getLast();
    };
  }
}
