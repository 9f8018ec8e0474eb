package dune.ir.verify;

import dune.ir.Contraction;
import dune.ir.Control;
import dune.ir.Elementwise;
import dune.ir.Function;
import dune.ir.Indexing;
import dune.ir.Inferred;
import dune.ir.Layout;
import dune.ir.Node;
import dune.ir.Op;
import dune.ir.Operands;
import dune.ir.Origin;
import dune.ir.Program;
import dune.ir.Region;
import dune.ir.Source;
import dune.ir.State;
import dune.ir.Stateful;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.Weight;
import dune.ir.dim.Dim;
import dune.ir.text.Printer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// Checks one function.
final class FunctionVerifier {
  private static final Supplier<String> NOWHERE = () -> "";

  private final Program program;

  /// By path. A model of many experts has tens of thousands.
  private final Map<String, Weight> weights = new HashMap<>();

  private final Function function;
  private final Origins origins;
  private final List<Problem> problems = new ArrayList<>();
  private final Set<Value> defined = new HashSet<>();

  FunctionVerifier(Program program, Function function, Origins origins) {
    this.program = program;
    this.function = function;
    this.origins = origins;
    program.weights().forEach(weight -> weights.putIfAbsent(weight.path(), weight));
  }

  List<Problem> verify() {
    Set<Value> visible = new HashSet<>();
    Set<String> names = new HashSet<>();
    Set<String> sizes = new HashSet<>(function.dims());
    for (Function.Input input : function.inputs()) {
      if (!names.add(input.name())) report(NOWHERE, "two inputs are called " + input.name());
      if (!define(input.value(), visible, NOWHERE)) continue;
      if (!function.of(input.value()).equals(input.type())) {
        report(NOWHERE, "input " + input.name() + " is recorded as " + function.of(input.value()));
      }
      for (Dim dim : input.type().shape().dims()) dim.name().ifPresent(sizes::add);
    }
    for (Node node : function.nodes()) {
      if (node.op() instanceof Layout.History history) {
        history.keys().name().ifPresent(sizes::add);
      }
    }
    nodes(function.nodes(), visible, sizes);
    outputs(visible);
    return problems;
  }

  private void outputs(Set<Value> visible) {
    Set<String> names = new HashSet<>();
    for (Function.Output output : function.outputs()) {
      if (!names.add(output.name())) report(NOWHERE, "two outputs are called " + output.name());
      if (!visible.contains(output.value())) {
        report(
            NOWHERE,
            "output " + output.name() + " is " + output.value() + ", which is not defined");
      }
    }
    for (Value penalty : function.penalties()) {
      if (!visible.contains(penalty)) {
        report(NOWHERE, "penalty " + penalty + " is not defined");
      } else if (function.of(penalty).rank() != 0 || !function.of(penalty).elem().isFloat()) {
        report(NOWHERE, "penalty " + penalty + " is no number: " + function.of(penalty));
      }
    }
  }

  private void nodes(List<Node> nodes, Set<Value> visible, Set<String> sizes) {
    for (Node node : nodes) {
      Supplier<String> text = () -> text(node);
      boolean complete = true;
      for (Value operand : Operands.of(node.op())) {
        if (visible.contains(operand)) continue;
        complete = false;
        report(text, operand + (defined.contains(operand) ? " is not visible" : " is not defined"));
      }
      if (complete) {
        body(node.op(), text, sizes);
        if (hasTypes(node)) types(node, text);
        declared(node.op(), text);
      }
      for (Value result : node.results()) {
        if (define(result, visible, text)) sizes(result, text, sizes);
      }
      if (origins == Origins.REQUIRED && node.origin().equals(Origin.NONE)) {
        report(text, "does not say where it comes from");
      }
    }
  }

  /// Values without a type were reported where they are defined.
  private boolean hasTypes(Node node) {
    return switch (node.op()) {
      case Control control ->
          Stream.concat(control.body().arguments().stream(), control.body().results().stream())
              .allMatch(defined::contains);
      case Source _, Elementwise _, Contraction _, Layout _, Indexing _, Stateful _ -> true;
    };
  }

  /// For messages. Printing every node that is well takes longer than checking it.
  private static String text(Node node) {
    return node.results() + " = " + Printer.print(node.op());
  }

  private boolean define(Value value, Set<Value> visible, Supplier<String> text) {
    if (value.id() < 0 || value.id() >= function.types().size()) {
      report(text, value + " has no type");
      return false;
    }
    if (!defined.add(value)) {
      report(text, value + " is defined twice");
      return false;
    }
    visible.add(value);
    return true;
  }

  private void types(Node node, Supplier<String> text) {
    switch (node.op().infer(function)) {
      case Inferred.Broken(String constraint, String reason) ->
          report(text, constraint + ": " + reason);
      case Inferred.Results(List<Type> types) -> {
        if (types.size() != node.results().size()) {
          report(text, "gives " + types + " for " + node.results().size() + " results");
          return;
        }
        for (int i = 0; i < types.size(); i++) {
          Value result = node.results().get(i);
          if (result.id() >= function.types().size()) continue;
          if (!function.of(result).equals(types.get(i))) {
            report(
                text,
                result + " is recorded as " + function.of(result) + ", but is " + types.get(i));
          }
        }
      }
    }
  }

  /// Every name of a type has a size: an input shows it, the caller gives it, or a `History` does.
  private void sizes(Value value, Supplier<String> text, Set<String> sizes) {
    for (Dim dim : function.of(value).shape().dims()) {
      for (String name : dim.names()) {
        if (!sizes.contains(name)) report(text, "nothing gives `" + name + "` a size");
      }
    }
  }

  private void body(Op op, Supplier<String> text, Set<String> sizes) {
    switch (op) {
      case Control.Scan scan -> region(scan.body(), text, sizes);
      case Control.Fused fused -> region(fused.body(), text, sizes);
      case Control.Dispatch dispatch -> {
        Set<String> inner = new HashSet<>(sizes);
        Optional<Value> rows = dispatch.body().arguments().stream().findFirst();
        Optional<String> name = rows.flatMap(this::firstName);
        if (name.isPresent() && !inner.add(name.get())) {
          report(text, "the rows of the body are called `" + name.get() + "` like others");
        }
        region(dispatch.body(), text, inner);
      }
      case Source _, Elementwise _, Contraction _, Layout _, Indexing _, Stateful _ -> {
        // Without body.
      }
    }
  }

  private Optional<String> firstName(Value value) {
    if (value.id() >= function.types().size() || function.of(value).rank() == 0) {
      return Optional.empty();
    }
    return function.of(value).dim(0).name();
  }

  private void region(Region body, Supplier<String> text, Set<String> sizes) {
    Set<Value> visible = new HashSet<>();
    for (Value argument : body.arguments()) {
      if (define(argument, visible, text)) sizes(argument, text, sizes);
    }
    for (Node node : body.nodes()) {
      if (!(node.op() instanceof Stateful)) continue;
      report(() -> text(node), "a body may not touch the state of the program");
    }
    nodes(body.nodes(), visible, sizes);
    for (Value result : body.results()) {
      if (!visible.contains(result)) report(text, "the body gives " + result + " of elsewhere");
    }
  }

  private void declared(Op op, Supplier<String> text) {
    switch (op) {
      case Source.Weight(String path, Type type) -> weight(path, type, text);
      case Source.Prepared(String name, Type type) -> prepared(name, type, text);
      case Stateful stateful -> stateful(stateful, text);
      case Source _, Elementwise _, Contraction _, Layout _, Indexing _, Control _ -> {
        // Refers to no declaration.
      }
    }
  }

  private void weight(String path, Type type, Supplier<String> text) {
    Optional<Weight> weight = Optional.ofNullable(weights.get(path));
    if (weight.isEmpty()) {
      report(text, "weight " + path + " is not declared");
    } else if (!weight.get().type().equals(type)) {
      report(text, "weight " + path + " is declared as " + weight.get().type());
    }
  }

  private void prepared(String name, Type type, Supplier<String> text) {
    Optional<Type> made =
        program.tables().stream()
            .flatMap(
                tables ->
                    tables.outputs().stream()
                        .filter(output -> output.name().equals(name))
                        .map(output -> tables.of(output.value())))
            .findFirst();
    if (made.isEmpty()) {
      report(text, "table " + name + " is not made");
    } else if (!made.get().equals(type)) {
      report(text, "table " + name + " is made as " + made.get());
    }
  }

  private void stateful(Stateful op, Supplier<String> text) {
    switch (op) {
      case Stateful.ReadState(String name, Type type) -> {
        Optional<State> state = state(name, text);
        if (state.isPresent() && !state.get().type().equals(type)) {
          report(text, "state " + name + " is declared as " + state.get().type());
        }
      }
      case Stateful.WriteState(String name, Value value) -> {
        Optional<State> state = state(name, text);
        if (state.isPresent() && !state.get().type().equals(function.of(value))) {
          report(
              text,
              "state " + name + " is " + state.get().type() + ", written as " + function.of(value));
        }
      }
      case Stateful.Append(String name, Value x, Value _) -> cache(name, function.of(x), text);
      case Stateful.ReadCache(String name, Dim _, Type type) -> cache(name, type, text);
    }
  }

  /// What is written to a cache or read from it differs from the cache at most in its second axis.
  private void cache(String name, Type type, Supplier<String> text) {
    Optional<State> state = state(name, text);
    if (state.isEmpty()) return;
    Type cache = state.get().type();
    boolean fits =
        cache.rank() == type.rank()
            && cache.rank() >= 2
            && cache.equals(type.with(type.shape().with(1, cache.dim(1))));
    if (!fits) report(text, "cache " + name + " is " + cache + ", used as " + type);
  }

  private Optional<State> state(String name, Supplier<String> text) {
    Optional<State> state =
        program.states().stream().filter(declared -> declared.name().equals(name)).findFirst();
    if (state.isEmpty()) report(text, "state " + name + " is not declared");
    return state;
  }

  private void report(Supplier<String> text, String message) {
    problems.add(new Problem("function " + function.name(), text.get(), message));
  }
}
