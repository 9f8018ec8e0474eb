package dune.frontend.ast;

import dune.frontend.source.Span;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;

/// An expression. Parentheses are not kept: the span of `(a + b)` is that of `a + b`.
public sealed interface Expression extends Node {

  /// A use of a name.
  record Name(String text, Span span) implements Expression {}

  record IntegerLiteral(BigInteger value, Span span) implements Expression {}

  record RealLiteral(double value, Span span) implements Expression {}

  record BooleanLiteral(boolean value, Span span) implements Expression {}

  /// `none`.
  record NoneLiteral(Span span) implements Expression {}

  /// `"text with {D} in it"`: parts in order, escapes resolved; no two literal parts in a row.
  record TextLiteral(List<TextPart> parts, Span span) implements Expression {
    public TextLiteral {
      parts = List.copyOf(parts);
    }

    /// The text, where nothing is interpolated.
    public Optional<String> plain() {
      return switch (parts.size()) {
        case 0 -> Optional.of("");
        case 1 ->
            parts.getFirst() instanceof TextPart.Plain(var text, _)
                ? Optional.of(text)
                : Optional.empty();
        default -> Optional.empty();
      };
    }
  }

  /// `[a, b]`.
  record ListLiteral(List<Expression> elements, Span span) implements Expression {
    public ListLiteral {
      elements = List.copyOf(elements);
    }
  }

  /// `[Layer(i) for i in 0 .. L]`.
  record Comprehension(Expression element, Identifier variable, Expression source, Span span)
      implements Expression {}

  /// `(a, b)`, two parts or more.
  record Tuple(List<Expression> parts, Span span) implements Expression {
    public Tuple {
      parts = List.copyOf(parts);
    }
  }

  /// `from .. to by step`, without `to`. Stands only after `in`, and in an index.
  record Range(Expression from, Expression to, Optional<Expression> by, Span span)
      implements Expression {}

  /// `target.name`.
  record Field(Expression target, Identifier name, Span span) implements Expression {}

  /// `.vocab_size`: a key of config.json.
  record ConfigKey(Identifier name, Span span) implements Expression {}

  /// `callee(arguments)`.
  record Call(Expression callee, List<Argument> arguments, Span span) implements Expression {
    public Call {
      arguments = List.copyOf(arguments);
    }
  }

  /// `target[entries]`: gather, select, slice, rename, or an element of a list.
  record Index(Expression target, List<IndexEntry> entries, Span span) implements Expression {
    public Index {
      entries = List.copyOf(entries);
    }
  }

  record Unary(UnaryOperator operator, Span operatorSpan, Expression operand, Span span)
      implements Expression {}

  record Binary(
      BinaryOperator operator, Span operatorSpan, Expression left, Expression right, Span span)
      implements Expression {}

  /// `value as f32`, `value as [B, T, D]`, `value as f32 [N]`, `value as type(x)`: one of the two
  /// is there.
  record Cast(Expression value, Optional<CastElement> element, Optional<Shape> shape, Span span)
      implements Expression {
    public Cast {
      if (element.isEmpty() && shape.isEmpty()) {
        throw new IllegalArgumentException("a cast to nothing");
      }
    }
  }

  /// `if condition { ... } else { ... }`. `else if` is an `otherwise` of one expression.
  record If(Expression condition, Body then, Optional<Body> otherwise, Span span)
      implements Expression {}

  /// `for t in T { ... }`: a scan along an axis, or a loop over a list or range.
  record For(Identifier variable, Expression source, Body body, Span span) implements Expression {}

  /// `match kind { "a", "b" -> x else -> y }`.
  record Match(Expression subject, List<MatchCase> cases, Span span) implements Expression {
    public Match {
      cases = List.copyOf(cases);
    }
  }

  /// An expression that could not be parsed.
  record ErrorExpression(Span span) implements Expression {}
}
