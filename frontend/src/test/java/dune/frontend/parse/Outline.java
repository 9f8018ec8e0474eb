package dune.frontend.parse;

import dune.frontend.ast.Identifier;
import dune.frontend.ast.Node;
import dune.frontend.source.Span;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// A tree as text without its places: two trees are alike if their outlines are equal. A line is a
/// node with its plain components; components that are nodes follow, indented.
public final class Outline {
  private static final ClassValue<List<RecordComponent>> COMPONENTS =
      new ClassValue<>() {
        @Override
        protected List<RecordComponent> computeValue(Class<?> type) {
          return Arrays.stream(type.getRecordComponents())
              .filter(component -> component.getType() != Span.class)
              .toList();
        }
      };

  private final StringBuilder out = new StringBuilder();

  private Outline() {}

  public static String of(Node node) {
    var outline = new Outline();
    outline.nested("", node, 0);
    return outline.out.toString();
  }

  private void node(String role, Record node, int depth) {
    out.append("  ".repeat(depth)).append(role).append(node.getClass().getSimpleName());
    for (var component : COMPONENTS.get(node.getClass())) {
      plain(value(component, node))
          .ifPresent(text -> out.append(' ').append(component.getName()).append('=').append(text));
    }
    out.append('\n');
    for (var component : COMPONENTS.get(node.getClass())) {
      var value = value(component, node);
      if (plain(value).isEmpty()) {
        nested(component.getName() + ": ", value, depth + 1);
      }
    }
  }

  private void nested(String role, Object value, int depth) {
    switch (value) {
      case Optional<?> optional -> optional.ifPresent(present -> nested(role, present, depth));
      case List<?> list -> list.forEach(element -> nested(role, element, depth));
      case Identifier(var text, _) ->
          out.append("  ".repeat(depth)).append(role).append(text).append('\n');
      case Record node -> node(role, node, depth);
      default -> throw new AssertionError("no node: " + value);
    }
  }

  private static Optional<String> plain(Object value) {
    return switch (value) {
      case Identifier(var text, _) -> Optional.of(text);
      case String text -> Optional.of('"' + text.replace("\\", "\\\\").replace("\n", "\\n") + '"');
      case Optional<?> optional when optional.isPresent() -> plain(optional.get());
      case Optional<?> _, List<?> _, Record _ -> Optional.empty();
      default -> Optional.of(value.toString());
    };
  }

  private static Object value(RecordComponent component, Record node) {
    try {
      return component.getAccessor().invoke(node);
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }
}
