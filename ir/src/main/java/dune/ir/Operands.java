package dune.ir;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// Reads and replaces the operands of any operation, derived from its record header.
public final class Operands {
  private Operands() {}

  private record Header(
      List<RecordComponent> components, java.lang.reflect.Constructor<?> constructor) {}

  private static final ClassValue<Header> HEADERS =
      new ClassValue<>() {
        @Override
        protected Header computeValue(Class<?> type) {
          RecordComponent[] components = type.getRecordComponents();
          var types = new Class<?>[components.length];
          for (int i = 0; i < components.length; i++) types[i] = components[i].getType();
          try {
            return new Header(List.of(components), type.getDeclaredConstructor(types));
          } catch (NoSuchMethodException e) {
            throw new IllegalStateException(e);
          }
        }
      };

  /// The operands in the order of the header; those that occur twice are listed twice. Regions have
  /// none: what they need is handed in as operands of the operation.
  public static List<Value> of(Op op) {
    var operands = new ArrayList<Value>();
    for (RecordComponent component : HEADERS.get(op.getClass()).components()) {
      collect(read(component, op), operands);
    }
    return operands;
  }

  /// The same operation on other operands.
  @SuppressWarnings({"unchecked", "ReferenceEquality"})
  public static <O extends Op> O map(O op, UnaryOperator<Value> values) {
    Header header = HEADERS.get(op.getClass());
    var arguments = new Object[header.components().size()];
    boolean changed = false;
    for (int i = 0; i < arguments.length; i++) {
      Object before = read(header.components().get(i), op);
      arguments[i] = replace(before, values);
      changed |= arguments[i] != before;
    }
    if (!changed) return op;
    try {
      return (O) header.constructor().newInstance(arguments);
    } catch (InvocationTargetException e) {
      throw new IllegalStateException("cannot rebuild " + op, e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void collect(Object component, List<Value> into) {
    switch (component) {
      case Value value -> into.add(value);
      case Optional<?> optional -> optional.ifPresent(inner -> collect(inner, into));
      case List<?> list -> list.forEach(inner -> collect(inner, into));
      default -> {
        // An attribute.
      }
    }
  }

  @SuppressWarnings("ReferenceEquality")
  private static Object replace(Object component, UnaryOperator<Value> values) {
    return switch (component) {
      case Value value -> values.apply(value);
      case Optional<?> optional when optional.isPresent() -> {
        Object after = replace(optional.get(), values);
        yield after == optional.get() ? optional : Optional.of(after);
      }
      case List<?> list -> {
        var after = new ArrayList<Object>(list.size());
        boolean changed = false;
        for (Object element : list) {
          Object replaced = replace(element, values);
          changed |= replaced != element;
          after.add(replaced);
        }
        yield changed ? List.copyOf(after) : list;
      }
      default -> component;
    };
  }

  private static Object read(RecordComponent component, Op op) {
    try {
      return component.getAccessor().invoke(op);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }
}
