package dune.ir.text;

import dune.ir.Region;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// How the records of a sealed family are written: a name, and components in the order of the
/// header.
///
/// The name is that of the record in snake case. A record that begins with an enum `kind` has one
/// name per kind instead: the kind alone if no other record has such a kind or it was declared
/// first, else with the record before it (`max`, but `reduce_max`).
final class Schema {
  /// One name: the record, its kind if the name implies one, and the components that are written.
  record Form(
      String name,
      Class<?> type,
      Optional<Enum<?>> kind,
      List<RecordComponent> components,
      Constructor<?> constructor) {

    /// Whether the last component is a body, which is written on lines of its own.
    boolean hasBody() {
      return !components.isEmpty() && components.getLast().getType() == Region.class;
    }

    /// The record with these written components.
    Object make(List<Object> written) {
      var arguments = new ArrayList<Object>();
      kind.ifPresent(arguments::add);
      arguments.addAll(written);
      try {
        return constructor.newInstance(arguments.toArray());
      } catch (InvocationTargetException e) {
        if (e.getCause() instanceof RuntimeException cause) throw cause;
        throw new IllegalStateException(e);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private final Map<String, Form> byName = new LinkedHashMap<>();
  private final Map<Object, Form> byRecord = new LinkedHashMap<>();

  /// @param family a sealed interface
  Schema(Class<?> family) {
    add(family);
  }

  private void add(Class<?> type) {
    if (type.isSealed()) {
      for (Class<?> permitted : type.getPermittedSubclasses()) add(permitted);
      return;
    }
    List<RecordComponent> components = List.of(type.getRecordComponents());
    if (!components.isEmpty()
        && components.getFirst().getType().isEnum()
        && components.getFirst().getName().equals("kind")) {
      for (Object constant : components.getFirst().getType().getEnumConstants()) {
        var kind = (Enum<?>) constant;
        String name = kind.name().toLowerCase(Locale.ROOT);
        if (byName.containsKey(name)) name = snake(type.getSimpleName()) + "_" + name;
        add(name, type, Optional.of(kind), components.subList(1, components.size()), kind);
      }
    } else {
      add(snake(type.getSimpleName()), type, Optional.empty(), components, type);
    }
  }

  private void add(
      String name,
      Class<?> type,
      Optional<Enum<?>> kind,
      List<RecordComponent> components,
      Object key) {
    Class<?>[] types =
        Arrays.stream(type.getRecordComponents())
            .map(RecordComponent::getType)
            .toArray(Class<?>[]::new);
    try {
      var form = new Form(name, type, kind, components, type.getDeclaredConstructor(types));
      if (byName.put(name, form) != null) throw new IllegalStateException("two are called " + name);
      byRecord.put(key, form);
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException(e);
    }
  }

  Set<String> names() {
    return byName.keySet();
  }

  Optional<Form> form(String name) {
    return Optional.ofNullable(byName.get(name));
  }

  Form form(Object written) {
    Form plain = byRecord.get(written.getClass());
    if (plain != null) return plain;
    return byRecord.get(read(written.getClass().getRecordComponents()[0], written));
  }

  static Object read(RecordComponent component, Object from) {
    try {
      return component.getAccessor().invoke(from);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  /// `ReadCache` and `lhsSum` as `read_cache` and `lhs_sum`.
  static String snake(String name) {
    return name.replaceAll("(?<=[a-z])(?=[A-Z])", "_").toLowerCase(Locale.ROOT);
  }
}
