package dune.backend.torch.emit;

import dune.backend.torch.archive.Archive;
import dune.backend.torch.archive.TorchNames;
import dune.ir.Attention;
import dune.ir.Control.Fused;
import dune.ir.Elem;
import dune.ir.Meaning;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/// The helper method that gives what is added to the scores of a single step, for the keys from
/// `start` up to `end`: `[B or 1, 1, 1, end - start]`, or with a bias `[B, KV, G, end - start]`. It
/// computes the mask and the bias of an attention for these keys alone.
///
/// A key that is not allowed gets a number so low that its share is 0 beside any other, but finite:
/// where none of some keys is allowed, what they give is thrown away later and must not be NaN.
///
/// @param name of the helper
/// @param arguments what it takes beside the range of keys
record KeysHelper(String name, List<Argument> arguments) {
  /// @param name in the helper
  /// @param text what the method hands in
  record Argument(String name, String type, String text) {}

  KeysHelper {
    arguments = List.copyOf(arguments);
  }

  /// @param attention to any number of keys
  static KeysHelper of(MethodText method, Attention attention) {
    return new Writer(method, attention).write();
  }

  /// The call for the first keys, from a method.
  ///
  /// @param like a tensor on the device of the call
  /// @param past how many keys there are
  /// @param most how many of them at the most
  String first(String like, String past, int most, ProbeText probe) {
    String end = "%1$s if %1$s < %2$d else %2$d".formatted(past, most);
    return "(self).%s(%s, 0, %s%s%s)".formatted(name, like, end, texts(), probe.arguments(name));
  }

  /// What a method hands in.
  String texts() {
    return listed(Argument::text);
  }

  /// How a helper declares what it hands on.
  String parameters() {
    return listed(each -> each.name + ": " + each.type);
  }

  /// How it hands them on.
  String names() {
    return listed(Argument::name);
  }

  private String listed(Function<Argument, String> text) {
    return arguments.stream().map(each -> ", " + text.apply(each)).collect(Collectors.joining());
  }

  private static final class Writer {
    private static final String FORBIDDEN = "-1e+38";
    private static final String LIKE = "like";
    private static final String START = "start";
    private static final String END = "end";

    private final MethodText method;
    private final Attention attention;
    private final Dim past;
    private final PythonNames names = new PythonNames();
    private final MethodText inner;
    private final List<Argument> arguments = new ArrayList<>();

    /// By value of the method, what stands for it in the helper.
    private final SequencedMap<Value, Operand> given = new LinkedHashMap<>();

    Writer(MethodText method, Attention attention) {
      this.method = method;
      this.attention = attention;
      this.past = attention.past(method::type);
      for (String own : List.of(LIKE, START, END)) names.claim(own);
      this.inner = method.helper(names, this::size);
      inner.dims().bind(past.name().orElseThrow(), "(%s - %s)".formatted(END, START));
      if (attention.hasSteps(method::type)) {
        attention.steps(method::type).name().ifPresent(steps -> inner.dims().bind(steps, "1"));
      }
      inner.limit(past, START, END);
    }

    KeysHelper write() {
      attention.regions().stream()
          .flatMap(region -> region.operands().stream())
          .distinct()
          .forEach(this::hand);
      var nodes = new NodesText(inner, List.of());
      for (Fused region : attention.regions()) compute(region, nodes);
      String result = result();
      List<Object> meaning =
          List.of(
              attention.regions().stream().map(this::meaning).toList(),
              List.copyOf(given.values()),
              method.type(attention.queries()).elem());
      String name =
          method
              .attributes()
              .helper(meaning, "keys", own -> method.probe().helper(text(own, result)));
      return new KeysHelper(name, arguments);
    }

    /// The same for regions that compute the same of what the helper takes.
    private Object meaning(Fused region) {
      List<Value> all = List.copyOf(given.keySet());
      return List.of(
          region.operands().stream().map(all::indexOf).toList(),
          Meaning.of(region.body(), method::type));
    }

    /// The name of a size in the helper, which takes it in.
    private String size(String atom) {
      return argument(atom, "int", method.size(Dim.named(atom)));
    }

    private String argument(String wish, String type, String text) {
      String name = names.claim(wish);
      arguments.add(new Argument(name, type, text));
      return name;
    }

    private void hand(Value value) {
      given.put(
          value,
          switch (method.get(value)) {
            case Operand.Literal literal -> literal;
            case Operand.Count(String count, Elem elem) ->
                new Operand.Count(argument("count", "int", count), elem);
            case Operand.Tensor _ -> Operand.Tensor.whole(ofKeys(value), method.rank(value));
          });
    }

    /// Of a value for each key, only those that are asked for.
    private String ofKeys(Value value) {
      String name = argument("x", "Tensor", method.whole(value));
      int axis = method.type(value).shape().dims().indexOf(past);
      if (axis < 0) return name;
      return inner.let("x", "torch.slice(%s, %d, %s, %s)".formatted(name, axis, START, END));
    }

    private void compute(Fused region, NodesText nodes) {
      for (int i = 0; i < region.operands().size(); i++) {
        inner.set(region.body().arguments().get(i), given.get(region.operands().get(i)));
      }
      nodes.emit(region.body().nodes());
    }

    private String result() {
      Value allowed = attention.mask().body().results().getFirst();
      List<Dim> dims = method.type(allowed).shape().dims();
      // Without rows, one mask is for all of them; the step of a single one counts as 1.
      boolean ofRows = dims.size() == (attention.hasSteps(method::type) ? 3 : 2);
      var one = List.of(ofRows ? dims.getFirst() : Dim.ONE, Dim.ONE, Dim.ONE, dims.getLast());
      String condition = inner.reshaped(inner.whole(allowed), one);
      String term = attention.bias().map(this::bias).orElse("0.0");
      return "torch.to(torch.where(%s, %s, %s), %d)"
          .formatted(
              condition,
              term,
              FORBIDDEN,
              TorchNames.code(SingleStepHelper.wide(method.type(attention.queries()).elem())));
    }

    private String bias(Fused region) {
      Value bias = region.body().results().getFirst();
      var dims = new ArrayList<>(method.type(bias).shape().dims());
      if (attention.hasSteps(method::type)) dims.remove(1);
      return inner.reshaped(inner.whole(bias), dims);
    }

    private String text(String own, String result) {
      var text = new StringBuilder();
      text.append(
          "  def %s(self: %s, %s: Tensor, %s: int, %s: int%s) -> Tensor:\n"
              .formatted(
                  own,
                  Archive.CLASS,
                  LIKE,
                  START,
                  END,
                  new KeysHelper(own, arguments).parameters()));
      text.append("    device = ops.prim.device(%s)\n".formatted(LIKE));
      for (String line : inner.dims().head()) text.append("    ").append(line).append('\n');
      for (String line : inner.lines()) text.append(line).append('\n');
      text.append("    return ").append(result).append('\n');
      return text.toString();
    }
  }
}
