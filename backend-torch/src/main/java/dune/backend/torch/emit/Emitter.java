package dune.backend.torch.emit;

import dune.backend.torch.archive.Archive;
import dune.backend.torch.archive.Content;
import dune.ir.Control;
import dune.ir.Function;
import dune.ir.Layout;
import dune.ir.Node;
import dune.ir.Op;
import dune.ir.Origin;
import dune.ir.Program;
import dune.ir.Source;
import dune.ir.Type;
import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Emits programs.
public final class Emitter {
  private static final String DEVICE = "device";

  private final Program program;
  private final Attributes attributes;
  private final Probe probe;
  private final boolean learns;
  private final Map<String, List<Place>> places = new LinkedHashMap<>();

  private Emitter(
      Program program,
      Probe probe,
      boolean learns,
      PythonNames names,
      java.util.function.Function<Signature.WeightSlot, Content> contents) {
    this.program = program;
    this.probe = probe;
    this.learns = learns;
    attributes = new Attributes(program, names, contents);
  }

  /// An archive whose weights are bound after loading.
  public static Emitted emit(Program program) {
    return emit(program, _ -> new Content.Absent());
  }

  /// An archive with the given weights in it.
  ///
  /// @param contents what each slot for weights holds
  public static Emitted emit(
      Program program, java.util.function.Function<Signature.WeightSlot, Content> contents) {
    return new Emitter(program, Probe.NONE, false, methodNames(program), contents).emit();
  }

  /// An archive through which gradients flow. Weights are bound after loading.
  public static Emitted emitForLearning(Program program) {
    return new Emitter(program, Probe.NONE, true, methodNames(program), _ -> new Content.Absent())
        .emit();
  }

  /// An archive whose methods observe themselves. Weights are bound after loading.
  public static Probed emit(Program program, Probe probe) {
    var emitter =
        new Emitter(program, probe, false, methodNames(program), _ -> new Content.Absent());
    return new Probed(emitter.emit(), emitter.places);
  }

  /// Methods come first: their names are fixed.
  private static PythonNames methodNames(Program program) {
    var names = new PythonNames();
    for (Function function : program.functions()) names.claim(function.name());
    return names;
  }

  private Emitted emit() {
    var text = new StringBuilder();
    var methods = new ArrayList<Signature.Method>();
    for (Function function : program.functions()) {
      text.append(method(function));
      // Methods call it themselves.
      if (makesTables(function)) continue;
      methods.add(
          new Signature.Method(
              function.name(),
              function.inputs().stream().map(Function.Input::name).toList(),
              function.dims(),
              function.outputs().stream().map(Function.Output::name).toList(),
              DotText.single(function.nodes(), function)));
    }
    text.append(attributes.helpers());
    return new Emitted(
        new Archive(attributes.all(), text.toString()),
        new Signature(attributes.weightSlots(), attributes.stateSlots(), methods));
  }

  private String method(Function function) {
    var names = new PythonNames();
    // Tables are computed before a method begins, which is no part of what is observed.
    Probe observed = makesTables(function) ? Probe.NONE : probe;
    var method = new MethodText(function, attributes, names, observed, learns);
    var parameters = new ArrayList<String>();
    parameters.add("self: " + Archive.CLASS);
    for (Function.Input input : function.inputs()) {
      String name = names.claim(input.name());
      parameters.add(name + ": Tensor");
      method.set(input.value(), Operand.Tensor.whole(name, input.type().rank()));
    }
    for (String dim : function.dims()) {
      String name = names.claim(dim);
      parameters.add(name + ": int");
      method.dims().bind(dim, name);
    }
    var head = new ArrayList<String>();
    if (makesTables(function)) parameters.add(DEVICE + ": Device");
    bindInputs(function, method, names, head);
    new NodesText(method, function.nodes()).emit(function.nodes());
    method.at(Origin.NONE);
    var results = new ArrayList<ProbeText.Result>();
    for (Function.Output output : function.outputs()) {
      results.add(new ProbeText.Result(method.whole(output.value()), "Tensor"));
    }
    method.probe().clock();
    results.addAll(method.probe().results());
    places.put(function.name(), method.probe().places());
    method.raw("return " + returned(results));

    List<String> inputs =
        function.inputs().stream().map(input -> method.whole(input.value())).toList();
    List<String> probeHead = method.probe().head(inputs);
    var text = new StringBuilder();
    text.append(
        "  def %s(%s) -> %s:\n"
            .formatted(function.name(), String.join(", ", parameters), type(results)));
    if (uses(method, "device=device") && !makesTables(function))
      text.append("    device = " + device(method, function) + "\n");
    for (String line : tables(function, method, names)) text.append(line).append('\n');
    for (String line : head) text.append("    ").append(line).append('\n');
    for (String line : method.dims().head()) text.append("    ").append(line).append('\n');
    for (String line : probeHead) text.append("    ").append(line).append('\n');
    for (String line : method.lines()) text.append(line).append('\n');
    return text.toString();
  }

  private static boolean makesTables(Function function) {
    return function.name().equals(Program.TABLES);
  }

  /// Computes all tables where one is needed that has no numbers yet. Nobody has to call anything
  /// after loading, and the tables lie on the device of the first call.
  private List<String> tables(Function function, MethodText method, PythonNames names) {
    Optional<String> needed = prepared(function.nodes()).map(attributes::prepared);
    if (needed.isEmpty()) return List.of();
    var made = attributes.prepared().stream().map(each -> names.claim("made")).toList();
    var lines = new ArrayList<String>();
    lines.add("    if torch.eq(torch.numel(self.%s), 0):".formatted(needed.get()));
    lines.add(
        "      %s = self.%s(%s)"
            .formatted(
                made.size() == 1 ? made.getFirst() : String.join(", ", made) + ", ",
                Program.TABLES,
                device(method, function)));
    for (int i = 0; i < made.size(); i++) {
      lines.add("      self.%s = %s".formatted(attributes.prepared().get(i), made.get(i)));
    }
    return lines;
  }

  /// A table that the nodes read, if they read one.
  private static Optional<String> prepared(List<Node> nodes) {
    return nodes.stream()
        .flatMap(
            node ->
                switch (node.op()) {
                  case Source.Prepared(String name, Type _) -> Stream.of(name);
                  case Control control -> prepared(control.body().nodes()).stream();
                  case Op _ -> Stream.empty();
                })
        .findFirst();
  }

  /// Names the sizes that inputs show, then those that a renamed time axis has.
  private static void bindInputs(
      Function function, MethodText method, PythonNames names, List<String> head) {
    Set<String> needed = new HashSet<>();
    for (Type type : function.types())
      type.shape().dims().forEach(dim -> needed.addAll(dim.names()));
    for (Function.Input input : function.inputs()) {
      for (int axis = 0; axis < input.type().rank(); axis++) {
        String atom = input.type().dim(axis).name().orElse("");
        if (atom.isEmpty() || method.dims().knows(atom) || !needed.contains(atom)) continue;
        String name = names.claim(atom);
        head.add("%s = torch.size(%s, %d)".formatted(name, method.whole(input.value()), axis));
        method.dims().bind(atom, name);
      }
    }
    for (Node node : function.nodes()) {
      if (!(node.op() instanceof Layout.History(var x, int axis, Dim keys))) continue;
      String atom = keys.name().orElse("");
      Dim steps = function.of(x).dim(axis);
      if (atom.isEmpty() || method.dims().knows(atom)) continue;
      if (steps.names().stream().allMatch(method.dims()::knows)) {
        method.dims().bind(atom, method.size(steps));
      }
    }
  }

  private static boolean uses(MethodText method, String text) {
    return method.lines().stream().anyMatch(line -> line.contains(text));
  }

  private static String device(MethodText method, Function function) {
    if (function.inputs().isEmpty()) return "torch.device(\"cpu\")";
    return "ops.prim.device(%s)".formatted(method.whole(function.inputs().getFirst().value()));
  }

  private static String type(List<ProbeText.Result> results) {
    return switch (results.size()) {
      case 0 -> "NoneType";
      case 1 -> results.getFirst().type();
      default ->
          results.stream()
              .map(ProbeText.Result::type)
              .collect(Collectors.joining(", ", "Tuple[", "]"));
    };
  }

  private static String returned(List<ProbeText.Result> results) {
    return switch (results.size()) {
      case 0 -> "None";
      case 1 -> results.getFirst().text();
      default ->
          results.stream().map(ProbeText.Result::text).collect(Collectors.joining(", ", "(", ")"));
    };
  }
}
