package dune.ir.text;

import dune.ir.Elem;
import dune.ir.Function;
import dune.ir.Initializer;
import dune.ir.Node;
import dune.ir.Op;
import dune.ir.Origin;
import dune.ir.Program;
import dune.ir.Region;
import dune.ir.Shape;
import dune.ir.State;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.Weight;
import dune.ir.dim.Dim;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Reads what {@link Printer} writes. Values may be called anything (`%x`); they are numbered in
/// the order in which they appear. Types are taken as written and not checked.
public final class Parser {
  private final Scanner scanner;
  private final Map<String, Value> values = new HashMap<>();
  private final List<Type> types = new ArrayList<>();

  private Parser(String text) {
    scanner = new Scanner(text);
  }

  /// @throws TextException with line and column if the text is no program
  public static Program parse(String text) {
    return new Parser(text).program();
  }

  private Program program() {
    scanner.skipBlank();
    scanner.expect("program");
    String name = scanner.name("the name of the program");
    scanner.expectLineEnd();
    var weights = new ArrayList<Weight>();
    while (scanner.take("weight")) weights.add(weight());
    var states = new ArrayList<State>();
    while (scanner.take("state")) states.add(state());
    var functions = new ArrayList<Function>();
    while (scanner.take("function")) functions.add(function());
    if (!scanner.atEnd()) throw scanner.expected("`weight`, `state` or `function`, in this order");
    return new Program(name, weights, states, functions);
  }

  private Weight weight() {
    String path = scanner.name("the path of a weight");
    scanner.expect(":");
    Type type = type();
    scanner.expect("=");
    int begin = scanner.position();
    Schema.Form form = form(Printer.INITIALIZERS, "an initializer");
    var initializer = (Initializer) make(form, components(form), begin);
    Optional<String> tied =
        scanner.take("tied") ? Optional.of(scanner.name("the path of a weight")) : Optional.empty();
    return new Weight(path, type, initializer, tied, origin());
  }

  private State state() {
    String name = scanner.name("the name of a state");
    scanner.expect(":");
    Type type = type();
    scanner.expect("=");
    double initial = scanner.number();
    scanner.expectLineEnd();
    return new State(name, type, initial);
  }

  private Function function() {
    values.clear();
    types.clear();
    String name = scanner.name("the name of a function");
    var inputs = new ArrayList<Function.Input>();
    scanner.expect("(");
    while (!scanner.take(")")) {
      if (!inputs.isEmpty()) scanner.expect(",");
      scanner.expect("%");
      String value = newName();
      String input = scanner.name("the name of an input");
      scanner.expect(":");
      Type type = type();
      inputs.add(new Function.Input(input, define(value, type), type));
    }
    var dims = new ArrayList<String>();
    if (scanner.take("dims")) {
      do dims.add(scanner.word("a dimension"));
      while (scanner.take(","));
    }
    scanner.expect("{");
    scanner.expectLineEnd();
    var nodes = new ArrayList<Node>();
    var penalties = new ArrayList<Value>();
    var outputs = new ArrayList<Function.Output>();
    while (!scanner.take("return")) {
      if (scanner.take("penalty")) {
        penalties.add(value());
        scanner.expectLineEnd();
      } else {
        nodes.add(node());
      }
    }
    while (!isAtLineEnd()) {
      if (!outputs.isEmpty()) scanner.expect(",");
      String output = scanner.name("the name of an output");
      scanner.expect("=");
      outputs.add(new Function.Output(output, value()));
    }
    scanner.expectLineEnd();
    scanner.expect("}");
    scanner.expectLineEnd();
    return new Function(name, inputs, dims, nodes, outputs, penalties, types);
  }

  private boolean isAtLineEnd() {
    int before = scanner.position();
    scanner.skipBlank();
    boolean end = scanner.take("}");
    scanner.back(before);
    return end;
  }

  /// Results are numbered before the body of the operation, as they are printed before it.
  private Node node() {
    List<Value> results = typed();
    if (!results.isEmpty()) scanner.expect("=");
    int begin = scanner.position();
    Schema.Form form = form(Printer.OPS, "an operation");
    List<Object> written = components(form);
    boolean hasBody = form.hasBody();
    if (hasBody) scanner.expect("{");
    Origin origin = origin();
    if (hasBody) written.add(region());
    return new Node(results, (Op) make(form, written, begin), origin);
  }

  private Region region() {
    scanner.expect("(");
    List<Value> arguments = typed();
    scanner.expect(")");
    scanner.expectLineEnd();
    var nodes = new ArrayList<Node>();
    while (!scanner.take("yield")) nodes.add(node());
    var results = new ArrayList<Value>();
    while (!isAtLineEnd()) {
      if (!results.isEmpty()) scanner.expect(",");
      results.add(value());
    }
    scanner.expectLineEnd();
    scanner.expect("}");
    scanner.expectLineEnd();
    return new Region(arguments, nodes, results);
  }

  /// `%1: f32[B], %2: int[B]`, or nothing; defines what it names.
  private List<Value> typed() {
    var defined = new ArrayList<Value>();
    while (scanner.take("%")) {
      defined.add(define());
      if (!scanner.take(",")) break;
    }
    return defined;
  }

  private Schema.Form form(Schema schema, String what) {
    scanner.skipSpaces();
    int begin = scanner.position();
    String name = scanner.word(what);
    return schema
        .form(name)
        .orElseThrow(() -> scanner.error(begin, "expected " + what + ", found `" + name + "`"));
  }

  private Object make(Schema.Form form, List<Object> written, int begin) {
    try {
      return form.make(written);
    } catch (IllegalArgumentException e) {
      throw scanner.error(begin, e.getMessage());
    }
  }

  /// The components of a record in the order of its header, the body left out.
  private List<Object> components(Schema.Form form) {
    Map<RecordComponent, Object> found = new HashMap<>();
    for (RecordComponent component : form.components()) {
      if (component.getType() != Value.class) continue;
      if (!found.isEmpty()) scanner.expect(",");
      found.put(component, value());
    }
    for (Optional<RecordComponent> next = named(form); next.isPresent(); next = named(form)) {
      Object value = attribute(next.get().getGenericType());
      if (found.put(next.get(), value) != null) {
        throw scanner.expected("no second `" + Schema.snake(next.get().getName()) + "`");
      }
    }
    var written = new ArrayList<Object>();
    for (RecordComponent component : form.components()) {
      if (component.getType() == Region.class) continue;
      Object value = found.get(component);
      if (value == null) value = absent(component);
      written.add(value);
    }
    return written;
  }

  private Object absent(RecordComponent component) {
    if (component.getType() == Optional.class) return Optional.empty();
    if (component.getType() == List.class) return List.of();
    throw scanner.expected("`" + Schema.snake(component.getName()) + "=`");
  }

  /// The component whose `name=` stands here, if any does.
  private Optional<RecordComponent> named(Schema.Form form) {
    int before = scanner.position();
    for (RecordComponent component : form.components()) {
      if (component.getType() == Value.class) continue;
      if (scanner.take(Schema.snake(component.getName())) && scanner.take("=")) {
        return Optional.of(component);
      }
      scanner.back(before);
    }
    return Optional.empty();
  }

  private Object attribute(java.lang.reflect.Type type) {
    if (type instanceof ParameterizedType generic) {
      java.lang.reflect.Type inner = generic.getActualTypeArguments()[0];
      return generic.getRawType() == Optional.class ? Optional.of(attribute(inner)) : list(inner);
    }
    if (type == Value.class) return value();
    if (type == Type.class) return type();
    if (type == Shape.class) return shape();
    if (type == Dim.class) return dim();
    if (type == double.class || type == Double.class) return scanner.number();
    if (type == long.class || type == Long.class) return scanner.whole();
    if (type == int.class || type == Integer.class) return scanner.small();
    if (type == String.class) return scanner.name("a name");
    if (type instanceof Class<?> record && record.isEnum()) return constant(record);
    throw new IllegalStateException("no text form for " + type);
  }

  private List<Object> list(java.lang.reflect.Type inner) {
    var list = new ArrayList<Object>();
    scanner.expect("[");
    while (!scanner.take("]")) {
      if (!list.isEmpty()) scanner.expect(",");
      list.add(attribute(inner));
    }
    return list;
  }

  private Object constant(Class<?> type) {
    scanner.skipSpaces();
    int begin = scanner.position();
    String word = scanner.word("a word");
    for (Object constant : type.getEnumConstants()) {
      if (((Enum<?>) constant).name().toLowerCase(Locale.ROOT).equals(word)) return constant;
    }
    throw scanner.error(
        begin, "expected one of " + List.of(type.getEnumConstants()) + ", found `" + word + "`");
  }

  private Type type() {
    return new Type((Elem) constant(Elem.class), shape());
  }

  private Shape shape() {
    scanner.expect("[");
    var dims = new ArrayList<Dim>();
    while (!scanner.take("]")) {
      if (!dims.isEmpty()) scanner.expect(",");
      int begin = scanner.position();
      dims.add(dim(scanner.until(",]", "`]`"), begin));
    }
    return new Shape(dims);
  }

  /// A dimension as an attribute: one word, or in parentheses.
  private Dim dim() {
    scanner.skipSpaces();
    int begin = scanner.position();
    if (!scanner.take("(")) return dim(scanner.word("a dimension"), begin);
    String text = scanner.until(")", "`)`");
    scanner.expect(")");
    return dim(text, begin);
  }

  private Dim dim(String text, int begin) {
    try {
      return Dim.parse(text);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw scanner.error(begin, "expected a dimension, found `" + text + "`");
    }
  }

  private Value define() {
    String name = newName();
    scanner.expect(":");
    return define(name, type());
  }

  private Value define(String name, Type type) {
    var value = new Value(types.size());
    values.put(name, value);
    types.add(type);
    return value;
  }

  private String newName() {
    int begin = scanner.position();
    String name = scanner.word("a value");
    if (values.containsKey(name)) throw scanner.error(begin, "`%" + name + "` is defined twice");
    return name;
  }

  private Value value() {
    scanner.skipSpaces();
    int begin = scanner.position();
    scanner.expect("%");
    String name = scanner.word("a value");
    Value value = values.get(name);
    if (value == null) {
      throw scanner.error(begin, "expected a value that is defined above, found `%" + name + "`");
    }
    return value;
  }

  /// `// std/norm.dune:9:3 @layers.0.norm < models/llama.dune:20:5 @layers.0`, or nothing, and the
  /// end of the line.
  private Origin origin() {
    Origin origin = Origin.NONE;
    if (scanner.take("//")) {
      var places = new ArrayList<Origin>();
      do places.add(place());
      while (scanner.take("<"));
      Optional<Origin> caller = Optional.empty();
      for (Origin place : places.reversed()) {
        origin = new Origin(place.file(), place.line(), place.column(), place.path(), caller);
        caller = Optional.of(origin);
      }
    }
    scanner.expectLineEnd();
    return origin;
  }

  private Origin place() {
    String file = scanner.name("a file");
    scanner.expect(":");
    int line = scanner.small();
    scanner.expect(":");
    int column = scanner.small();
    return new Origin(file, line, column, scanner.take("@") ? scanner.name("a member path") : "");
  }
}
