package dune.ir.text;

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
import dune.ir.Types;
import dune.ir.Value;
import dune.ir.Weight;
import dune.ir.dim.Dim;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Writes programs as text; {@link Parser} reads it.
///
/// A node is `results = operation operands attributes // origin`. Operands of type {@link Value}
/// stand first, by position; every other component of the record header is `name=value`, and left
/// out if it is an empty list or an absent option. Values are numbered as they appear.
public final class Printer {
  static final Schema OPS = new Schema(Op.class);
  static final Schema INITIALIZERS = new Schema(Initializer.class);

  private static final Pattern BARE = Pattern.compile("[A-Za-z_][A-Za-z0-9_./+'-]*");
  private static final Pattern WORD = Pattern.compile("[A-Za-z0-9_']+");
  private static final String INDENT = "  ";

  private Printer() {}

  /// The program as text that parses back.
  public static String print(Program program) {
    return print(program, Layers.ALL);
  }

  public static String print(Program program, Layers layers) {
    Program numbered = Numbering.inPrintOrder(program);
    var text = new StringBuilder("program ").append(name(program.name())).append('\n');
    var weights = new ArrayList<Folding.Part>();
    for (Weight weight : numbered.weights()) {
      weights.add(new Folding.Part(weight.path(), weight(weight)));
    }
    section(text, fold(weights, layers));
    var states = new ArrayList<Folding.Part>();
    for (State state : numbered.states()) {
      states.add(new Folding.Part(state.name(), state(state)));
    }
    section(text, fold(states, layers));
    for (Function function : numbered.functions()) {
      text.append('\n').append(function(function, layers));
    }
    return text.toString();
  }

  /// One function as text, its values numbered as they appear.
  public static String print(Function function) {
    return function(Numbering.inPrintOrder(function), Layers.ALL);
  }

  /// One node as text, with the numbers that its values have.
  public static String print(Node node, Types types) {
    return node(node, types, "").stripTrailing();
  }

  /// An operation with its operands, without bodies: `dot %3, %4 lhs_sum=[2] rhs_sum=[1]`.
  public static String print(Op op) {
    return record(OPS.form(op), op);
  }

  private static void section(StringBuilder text, String lines) {
    if (!lines.isEmpty()) text.append('\n').append(lines);
  }

  private static String fold(List<Folding.Part> parts, Layers layers) {
    return switch (layers) {
      case ALL -> parts.stream().map(Folding.Part::text).collect(Collectors.joining());
      case FOLDED -> Folding.fold(parts);
    };
  }

  private static String weight(Weight weight) {
    return "weight "
        + name(weight.path())
        + ": "
        + weight.type()
        + " = "
        + record(INITIALIZERS.form(weight.initializer()), weight.initializer())
        + weight.tiedTo().map(path -> " tied " + name(path)).orElse("")
        + origin(weight.origin())
        + "\n";
  }

  private static String state(State state) {
    return "state "
        + name(state.name())
        + ": "
        + state.type()
        + " = "
        + number(state.initial())
        + "\n";
  }

  private static String function(Function function, Layers layers) {
    var text = new StringBuilder("function ").append(name(function.name()));
    text.append(
        function.inputs().stream()
            .map(input -> input.value() + " " + name(input.name()) + ": " + input.type())
            .collect(Collectors.joining(", ", "(", ")")));
    if (!function.dims().isEmpty())
      text.append(" dims ").append(String.join(", ", function.dims()));
    text.append(" {\n");
    var nodes = new ArrayList<Folding.Part>();
    for (Node node : function.nodes()) {
      nodes.add(new Folding.Part(node.origin().path(), node(node, function, INDENT)));
    }
    text.append(fold(nodes, layers));
    for (Value penalty : function.penalties()) {
      text.append(INDENT).append("penalty ").append(penalty).append('\n');
    }
    text.append(INDENT).append("return");
    text.append(
        function.outputs().stream()
            .map(output -> " " + name(output.name()) + "=" + output.value())
            .collect(Collectors.joining(",")));
    return text.append("\n}\n").toString();
  }

  private static String node(Node node, Types types, String indent) {
    var text = new StringBuilder(indent);
    text.append(typed(node.results(), types));
    if (!node.results().isEmpty()) text.append(" = ");
    text.append(print(node.op()));
    Optional<Region> body = body(node.op());
    if (body.isPresent()) text.append(" {");
    text.append(origin(node.origin())).append('\n');
    body.ifPresent(region -> text.append(region(region, types, indent)));
    return text.toString();
  }

  private static String region(Region region, Types types, String indent) {
    String inner = indent + INDENT;
    var text = new StringBuilder(inner);
    text.append('(').append(typed(region.arguments(), types)).append(")\n");
    for (Node node : region.nodes()) text.append(node(node, types, inner));
    text.append(inner).append("yield");
    String results =
        region.results().stream().map(Value::toString).collect(Collectors.joining(", "));
    if (!results.isEmpty()) text.append(' ').append(results);
    return text.append('\n').append(indent).append("}\n").toString();
  }

  private static String typed(List<Value> values, Types types) {
    return values.stream()
        .map(value -> value + ": " + types.of(value))
        .collect(Collectors.joining(", "));
  }

  private static Optional<Region> body(Op op) {
    for (RecordComponent component : op.getClass().getRecordComponents()) {
      if (Schema.read(component, op) instanceof Region region) return Optional.of(region);
    }
    return Optional.empty();
  }

  private static String record(Schema.Form form, Object record) {
    var operands = new ArrayList<String>();
    var attributes = new StringBuilder();
    for (RecordComponent component : form.components()) {
      Object value = Schema.read(component, record);
      switch (value) {
        case Value operand -> operands.add(operand.toString());
        case Region _ -> {
          // Follows on lines of its own.
        }
        case Optional<?> option when option.isEmpty() -> {
          // Absence is not written.
        }
        case List<?> list when list.isEmpty() -> {
          // Nor is emptiness.
        }
        default ->
            attributes
                .append(' ')
                .append(Schema.snake(component.getName()))
                .append('=')
                .append(attribute(value));
      }
    }
    String listed = operands.isEmpty() ? "" : " " + String.join(", ", operands);
    return form.name() + listed + attributes;
  }

  private static String attribute(Object value) {
    return switch (value) {
      case Value operand -> operand.toString();
      case Optional<?> option -> attribute(option.orElseThrow());
      case List<?> list ->
          list.stream().map(Printer::attribute).collect(Collectors.joining(", ", "[", "]"));
      case Dim dim -> {
        String text = dim.toString();
        yield WORD.matcher(text).matches() ? text : "(" + text + ")";
      }
      case Shape shape -> shape.toString();
      case Type type -> type.toString();
      case Double number -> number(number);
      case Integer number -> number.toString();
      case Long number -> number.toString();
      case String text -> name(text);
      case Enum<?> constant -> constant.name().toLowerCase(Locale.ROOT);
      default -> throw new IllegalStateException("no text form for " + value.getClass());
    };
  }

  /// Whole numbers without a fraction, all others as Java writes them.
  static String number(double number) {
    if (Double.isInfinite(number)) return number > 0 ? "inf" : "-inf";
    if (Double.isNaN(number)) return "nan";
    boolean whole = number == Math.rint(number) && Math.abs(number) < 1e15;
    boolean negativeZero = number == 0 && 1 / number < 0;
    return whole && !negativeZero ? Long.toString((long) number) : Double.toString(number);
  }

  /// A name as it stands, or quoted where it holds other characters than names usually do.
  static String name(String text) {
    if (BARE.matcher(text).matches()) return text;
    var quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"', '\\' -> quoted.append('\\').append(c);
        case '\n' -> quoted.append("\\n");
        case '\r' -> quoted.append("\\r");
        default -> quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }

  private static String origin(Origin origin) {
    if (origin.equals(Origin.NONE)) return "";
    var text = new StringBuilder("  //");
    var next = Optional.of(origin);
    while (next.isPresent()) {
      Origin at = next.get();
      text.append(text.length() > 4 ? " < " : " ").append(name(at.file()));
      text.append(':').append(at.line()).append(':').append(at.column());
      if (!at.path().isEmpty()) text.append(" @").append(name(at.path()));
      next = at.caller();
    }
    return text.toString();
  }
}
