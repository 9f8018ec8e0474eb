package dune.frontend.ast;

import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// What hangs below a node, whatever kind of node it is. For searches; who treats kinds differently
/// writes a `switch`.
public final class Nodes {
  private Nodes() {}

  /// The node and everything below it, in the order of the text.
  public static Stream<Node> within(Node node) {
    return Stream.concat(
        Stream.of(node),
        Stream.of(node.getClass().getRecordComponents())
            .map(component -> value(node, component))
            .flatMap(Nodes::children));
  }

  private static Stream<Node> children(Object value) {
    return switch (value) {
      case Node child -> within(child);
      case List<?> list -> list.stream().flatMap(Nodes::children);
      case Optional<?> optional -> optional.stream().flatMap(Nodes::children);
      default -> Stream.of();
    };
  }

  private static Object value(Node node, RecordComponent component) {
    try {
      return component.getAccessor().invoke(node);
    } catch (ReflectiveOperationException failure) {
      throw new IllegalStateException("a node without " + component, failure);
    }
  }
}
