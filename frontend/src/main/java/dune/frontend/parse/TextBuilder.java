package dune.frontend.parse;

import dune.frontend.ast.Expression;
import dune.frontend.ast.Expression.TextLiteral;
import dune.frontend.ast.Identifier;
import dune.frontend.ast.NamePart;
import dune.frontend.ast.NameTemplate;
import dune.frontend.ast.TextPart;
import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.diagnostic.ErrorCode;
import dune.frontend.source.Span;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.antlr.v4.runtime.Token;

/// Reads what is inside quotes: texts with `{expressions}`, and names of tensors with places to
/// fill in.
final class TextBuilder {
  private final Places places;
  private final Function<Span, Expression> expressions;

  /// `expressions` parses the inside of a pair of braces.
  TextBuilder(Places places, Function<Span, Expression> expressions) {
    this.places = places;
    this.expressions = expressions;
  }

  TextLiteral text(Token token) {
    var inside = inside(token);
    var parts = new ArrayList<TextPart>();
    var plain = new StringBuilder();
    int plainStart = inside.start();
    String text = places.source().text();
    int at = inside.start();
    while (at < inside.end()) {
      char c = text.charAt(at);
      if (c == '\\') {
        plain.append(escaped(at, inside.end()));
        at += 2;
      } else if (c == '{') {
        int close = closing(at, inside.end(), '}');
        if (close < 0) {
          break;
        }
        addPlain(parts, plain, places.source().span(plainStart, at));
        parts.add(interpolation(places.source().span(at, close + 1)));
        at = close + 1;
        plainStart = at;
      } else {
        plain.append(c);
        at++;
      }
    }
    addPlain(parts, plain, places.source().span(plainStart, Math.min(at, inside.end())));
    return new TextLiteral(parts, places.span(token));
  }

  private static void addPlain(List<TextPart> parts, StringBuilder plain, Span span) {
    if (!plain.isEmpty()) {
      parts.add(new TextPart.Plain(plain.toString(), span));
      plain.setLength(0);
    }
  }

  private TextPart interpolation(Span braces) {
    var inside = places.source().span(braces.start() + 1, braces.end() - 1);
    if (inside.text().isBlank()) {
      places.report(
          Diagnostic.of(ErrorCode.BAD_TEXT, braces, "nothing stands between these braces")
              .help("write `\\{` for a brace itself"));
      return new TextPart.Interpolation(new Expression.ErrorExpression(inside), braces);
    }
    return new TextPart.Interpolation(expressions.apply(inside), braces);
  }

  /// The inside of a text; one whose closing quote is missing has been reported by the lexer.
  private Span inside(Token token) {
    var span = places.span(token);
    String text = span.text();
    boolean closed = text.length() > 1 && text.charAt(text.length() - 1) == text.charAt(0);
    return places.source().span(span.start() + 1, closed ? span.end() - 1 : span.end());
  }

  private String escaped(int at, int end) {
    if (at + 1 >= end) {
      return "";
    }
    char c = places.source().text().charAt(at + 1);
    return switch (c) {
      case 'n' -> "\n";
      case 't' -> "\t";
      case '"', '\\', '{', '}' -> String.valueOf(c);
      default -> {
        places.report(
            Diagnostic.of(
                    ErrorCode.BAD_TEXT,
                    places.source().span(at, at + 2),
                    "`\\" + c + "` is not an escape")
                .help("the escapes are `\\n`, `\\t`, `\\\"`, `\\\\`, `\\{` and `\\}`"));
        yield String.valueOf(c);
      }
    };
  }

  /// The offset of the bracket that closes the one at `open`, or -1 and a report.
  private int closing(int open, int end, char close) {
    String text = places.source().text();
    char opener = text.charAt(open);
    int depth = 0;
    for (int i = open; i < end; i++) {
      char c = text.charAt(i);
      if (c == opener) {
        depth++;
      } else if (c == close && --depth == 0) {
        return i;
      }
    }
    places.report(
        Diagnostic.of(
                ErrorCode.BAD_TEXT,
                places.source().span(open, open + 1),
                "this `" + opener + "` is not closed before the text ends")
            .help(
                opener == '{'
                    ? "write `\\{` for a brace itself"
                    : "an optional part of a name is written `[transformer.]`"));
    return -1;
  }

  /// `"[transformer.]{*}.attn.c_attn"`.
  NameTemplate template(Token token) {
    var inside = inside(token);
    return new NameTemplate(parts(inside, true), places.span(token));
  }

  private List<NamePart> parts(Span part, boolean optionalAllowed) {
    var parts = new ArrayList<NamePart>();
    String text = places.source().text();
    int plainStart = part.start();
    int at = part.start();
    while (at < part.end()) {
      char c = text.charAt(at);
      boolean optional = c == '[' && optionalAllowed;
      if (c != '{' && !optional) {
        at++;
        continue;
      }
      addPlain(parts, places.source().span(plainStart, at));
      int close = closing(at, part.end(), optional ? ']' : '}');
      if (close < 0) {
        return parts;
      }
      var whole = places.source().span(at, close + 1);
      var inside = places.source().span(at + 1, close);
      if (optional) {
        parts.add(new NamePart.OptionalPart(parts(inside, false), whole));
      } else {
        place(whole, inside).ifPresent(parts::add);
      }
      at = close + 1;
      plainStart = at;
    }
    addPlain(parts, places.source().span(plainStart, part.end()));
    return parts;
  }

  private static void addPlain(List<NamePart> parts, Span span) {
    if (!span.isEmpty()) {
      parts.add(new NamePart.PlainPart(span.text(), span));
    }
  }

  private Optional<NamePart> place(Span whole, Span inside) {
    String text = inside.text();
    if (text.equals("*")) {
      return Optional.of(new NamePart.WildcardPart(whole));
    }
    if (text.matches("[A-Za-z_]\\w*")) {
      return Optional.of(new NamePart.NamedPart(new Identifier(text, inside), whole));
    }
    places.report(
        Diagnostic.of(
                ErrorCode.BAD_TEXT,
                whole,
                "`" + Wording.shortened(whole.text()) + "` cannot be filled into a tensor name")
            .help(
                "`{*}` is what `*` matched, `{L}` a parameter, `{i}` an index from the left side"));
    return Optional.empty();
  }
}
