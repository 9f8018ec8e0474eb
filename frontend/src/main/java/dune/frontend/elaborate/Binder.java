package dune.frontend.elaborate;

import static dune.frontend.diagnostic.ErrorCode.ARGUMENT_SHAPE;
import static dune.frontend.diagnostic.ErrorCode.ELEMENT_MISMATCH;
import static dune.frontend.diagnostic.ErrorCode.NOT_AN_AXIS;
import static dune.frontend.diagnostic.ErrorCode.SIGNATURE_MISMATCH;
import static dune.frontend.diagnostic.ErrorCode.WRONG_TYPE;

import dune.frontend.ast.AxisSyntax;
import dune.frontend.ast.Expression;
import dune.frontend.ast.Parameter;
import dune.frontend.ast.TypeSyntax;
import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.source.Span;
import dune.ir.Elem;
import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Binds parameters: here names of the caller end and names of the callee begin.
///
/// A known dimension in a signature finds its axis by name; free names and `...` take the axes that
/// are left, in order.
final class Binder {
  private final Evaluator evaluator;
  private final Session session;

  Binder(Evaluator evaluator) {
    this.evaluator = evaluator;
    this.session = evaluator.session;
  }

  /// Who is called, and where.
  ///
  /// @param parameters what it declares
  record Callee(String name, Span call, List<Parameter> parameters) {}

  /// What an argument is needed for.
  ///
  /// @param callee as messages call it, with backticks if it is a name
  /// @param parameter empty if only a signature is known
  /// @param given the parameters that are axes, which the caller names after `over`
  record Wanted(String callee, Optional<String> parameter, Set<String> given) {
    static Wanted of(Callee callee, String parameter) {
      var axes = new LinkedHashSet<String>();
      for (Parameter one : callee.parameters()) {
        if (one instanceof Parameter.AxisParameter) axes.add(one.name().text());
      }
      return new Wanted("`" + callee.name() + "`", Optional.of(parameter), axes);
    }

    String text(TypeSyntax type) {
      String name = parameter.map(known -> known + ": ").orElse("");
      return callee + " takes `" + name + Describe.type(type) + "`";
    }
  }

  /// Declares every parameter in `scope`. Axes and dimensions come first, since shapes mention
  /// them.
  void bind(
      List<Parameter> parameters,
      Map<String, Datum.Given> given,
      Scope scope,
      Frame caller,
      Callee callee) {
    for (Parameter parameter : parameters) {
      Datum.Given argument = given.get(parameter.name().text());
      if (argument != null && isDimension(parameter)) {
        dimension(parameter, argument, scope, caller);
      }
    }
    boolean abandoned = false;
    for (Parameter parameter : parameters) {
      Datum.Given argument = given.get(parameter.name().text());
      if (argument != null && isDimension(parameter)) continue;
      try {
        if (argument != null) value(parameter, argument, callee, scope, caller);
        else byDefault(parameter, scope, callee);
      } catch (Abandoned e) {
        scope.declare(parameter.name().text(), Datum.POISON, parameter.name().span());
        abandoned = true;
      }
    }
    if (abandoned) throw new Abandoned();
  }

  static boolean isDimension(Parameter parameter) {
    return switch (parameter) {
      case Parameter.AxisParameter _ -> true;
      case Parameter.ValueParameter(_, TypeSyntax.ScalarType(var kind, _), _, _) ->
          kind == TypeSyntax.ScalarType.Kind.DIM;
      case Parameter.ValueParameter _ -> false;
    };
  }

  private void byDefault(Parameter parameter, Scope scope, Callee callee) {
    if (parameter instanceof Parameter.ValueParameter(_, _, var byDefault, _)
        && byDefault.isPresent()) {
      Datum datum = evaluator.evaluate(byDefault.get(), scope);
      var given = new Datum.Given(datum, byDefault.get().span());
      value(parameter, given, callee, scope, scope.frame());
      return;
    }
    evaluator.calls.requireGiven(parameter, Map.of(), callee.call());
  }

  /// Declares one parameter with a value in the names of `giver`.
  void value(Parameter parameter, Datum.Given given, Callee callee, Scope scope, Frame giver) {
    if (isDimension(parameter)) {
      dimension(parameter, given, scope, giver);
      return;
    }
    var declared = (Parameter.ValueParameter) parameter;
    var wanted = Wanted.of(callee, declared.name().text());
    Datum bound = bound(declared.type(), wanted, given, scope, giver);
    scope.declare(declared.name().text(), bound, declared.name().span());
  }

  private Datum bound(TypeSyntax type, Wanted wanted, Datum.Given given, Scope scope, Frame giver) {
    if (given.value() instanceof Datum.Poison) throw new Abandoned();
    return switch (type) {
      case TypeSyntax.TensorType _ -> tensor(type, given, wanted, scope, giver);
      case TypeSyntax.OptionalType(var inner, _) ->
          given.value() instanceof Datum.None
              ? Datum.NONE
              : bound(inner, wanted, given, scope, giver);
      case TypeSyntax.FunctionType signature -> function(signature, given, scope, giver);
      case TypeSyntax.ScalarType _,
          TypeSyntax.ListType _,
          TypeSyntax.TupleType _,
          TypeSyntax.NamedType _,
          TypeSyntax.ErrorType _ -> {
        Datum value =
            given.value() instanceof Datum.BlockName(var definition, var home)
                ? new Datum.Description(definition, home, Map.of(), giver)
                : given.value();
        evaluator.types.check(type, value, given.span());
        yield carry(value, wanted.parameter().orElseThrow(), scope.frame(), giver, given.span());
      }
    };
  }

  /// The value in the names of the callee: a number that depends on dimensions gets a name of its
  /// own.
  private Datum carry(Datum datum, String name, Frame frame, Frame giver, Span span) {
    if (frame == giver) return datum;
    return switch (datum) {
      case Datum.Whole(var dim, var factors) when !dim.isConstant() ->
          Datum.Whole.of(frame.bind(name, dim, factors, giver.canonical(dim), span));
      case Datum.Items(var values, boolean complete) ->
          new Datum.Items(
              values.stream().map(value -> carry(value, name, frame, giver, span)).toList(),
              complete);
      default -> datum;
    };
  }

  private void dimension(Parameter parameter, Datum.Given given, Scope scope, Frame giver) {
    String name = parameter.name().text();
    Dim dim =
        switch (given.value()) {
          case Datum.Whole(var outer, var factors) ->
              scope.frame().bind(name, outer, factors, giver.canonical(outer), given.span());
          case Datum.Unknown _ ->
              scope.frame().bindRigid(name, Dim.named(session.unique(name)), given.span());
          default -> {
            var diagnostic =
                Diagnostic.of(
                        parameter instanceof Parameter.AxisParameter ? NOT_AN_AXIS : WRONG_TYPE,
                        given.span(),
                        "`"
                            + name
                            + "` is a dimension, and this is "
                            + Describe.kind(given.value()))
                    .also(parameter.span(), "declared here");
            if (given.value() instanceof Datum.None) {
              diagnostic = diagnostic.help("give a value for `none`: `... ?? value`");
            }
            throw session.fail(diagnostic);
          }
        };
    scope.declare(name, Datum.Whole.of(dim), parameter.name().span());
  }

  private Datum function(
      TypeSyntax.FunctionType signature, Datum.Given given, Scope scope, Frame giver) {
    evaluator.types.check(signature, given.value(), given.span());
    Datum target =
        switch (given.value()) {
          case Datum.BlockName(var definition, var home) ->
              new Datum.Description(definition, home, Map.of(), giver);
          default -> given.value();
        };
    var fitted = new Datum.Fitted(signature, scope, target, signature.span());
    new Fit(evaluator).check(fitted, given.span());
    return fitted;
  }

  /// One axis of a signature.
  private sealed interface Slot {
    record Pack(Span span) implements Slot {}

    /// A name that the argument decides.
    record Free(String name, Span span) implements Slot {}

    record Known(Axis axis, Span span) implements Slot {}
  }

  private List<Slot> slots(TypeSyntax.TensorType type, Scope scope) {
    var slots = new ArrayList<Slot>();
    for (AxisSyntax syntax : type.shape().axes()) {
      slots.add(
          switch (syntax) {
            case AxisSyntax.PackAxis(var span) -> new Slot.Pack(span);
            case AxisSyntax.DimensionAxis(Expression.Name(var name, var span), _)
                when scope.find(name).isEmpty() ->
                new Slot.Free(name, span);
            case AxisSyntax.DimensionAxis(var dimension, var span) ->
                new Slot.Known(evaluator.types.axis(dimension, scope), span);
          });
    }
    return slots;
  }

  /// A tensor argument in the names of the callee, its axes in the order of the signature.
  Tensor tensor(TypeSyntax type, Datum.Given given, Wanted wanted, Scope scope, Frame giver) {
    if (!(type instanceof TypeSyntax.TensorType declared)) {
      throw session.fail(WRONG_TYPE, type.span(), "a signature takes tensors");
    }
    Tensor tensor = element(given, declared, wanted, giver);
    List<Slot> slots = slots(declared, scope);
    Frame frame = scope.frame();
    var taken = new int[slots.size()];
    var left = new ArrayList<Integer>();
    for (int i = 0; i < tensor.rank(); i++) left.add(i);
    boolean boundPack =
        !frame.pack().isEmpty() && slots.stream().anyMatch(slot -> slot instanceof Slot.Pack);
    for (int i = 0; i < slots.size(); i++) {
      taken[i] = -1;
      if (slots.get(i) instanceof Slot.Known(var axis, _)) {
        taken[i] = take(frame.canonical(axis.dim()), tensor, giver, left);
        if (taken[i] < 0) throw lacks(tensor, axis, declared, given, wanted, scope);
      }
    }
    var pack = new ArrayList<Integer>();
    if (boundPack) {
      for (Dim dim : frame.pack()) {
        int place = take(frame.canonical(dim), tensor, giver, left);
        if (place < 0) throw mismatch(tensor, declared, given, wanted);
        pack.add(place);
      }
    }
    int free = (int) slots.stream().filter(slot -> slot instanceof Slot.Free).count();
    boolean open = slots.stream().anyMatch(slot -> slot instanceof Slot.Pack) && !boundPack;
    if (open ? left.size() < free : left.size() != free)
      throw mismatch(tensor, declared, given, wanted);
    for (int i = 0; i < slots.size(); i++) {
      switch (slots.get(i)) {
        case Slot.Free _ -> taken[i] = left.removeFirst();
        case Slot.Pack _ -> {
          int after =
              (int)
                  slots.subList(i, slots.size()).stream()
                      .filter(s -> s instanceof Slot.Free)
                      .count();
          while (open && left.size() > after) pack.add(left.removeFirst());
        }
        case Slot.Known _ -> {
          // Found above.
        }
      }
    }
    return named(tensor, slots, taken, pack, boundPack, scope, giver, given.span());
  }

  /// Takes the axis with this canonical dimension out of those that are left.
  private int take(Dim canonical, Tensor tensor, Frame giver, List<Integer> left) {
    for (int i = left.size() - 1; i >= 0; i--) {
      if (giver.canonical(tensor.axes().get(left.get(i)).dim()).equals(canonical))
        return left.remove(i);
    }
    return -1;
  }

  private Tensor named(
      Tensor tensor,
      List<Slot> slots,
      int[] taken,
      List<Integer> pack,
      boolean boundPack,
      Scope scope,
      Frame giver,
      Span span) {
    Frame frame = scope.frame();
    var order = new ArrayList<Integer>();
    var axes = new ArrayList<Axis>();
    for (int i = 0; i < slots.size(); i++) {
      switch (slots.get(i)) {
        case Slot.Known(var axis, _) -> {
          order.add(taken[i]);
          axes.add(axis);
        }
        case Slot.Free(var name, _) -> {
          Axis outer = tensor.axes().get(taken[i]);
          Dim dim =
              frame.bind(name, outer.dim(), outer.factors(), giver.canonical(outer.dim()), span);
          scope.declare(name, Datum.Whole.of(dim), span);
          order.add(taken[i]);
          axes.add(Axis.of(dim));
        }
        case Slot.Pack _ -> {
          List<Dim> dims = frame.pack();
          if (!boundPack) {
            var outer = pack.stream().map(place -> tensor.axes().get(place).dim()).toList();
            dims = frame.bindPack(outer, outer.stream().map(giver::canonical).toList(), span);
          }
          order.addAll(pack);
          dims.forEach(dim -> axes.add(Axis.of(dim)));
        }
      }
    }
    var dims = order.stream().map(place -> tensor.axes().get(place).dim()).toList();
    Tensor ordered = evaluator.alignment.permute(tensor, dims, span);
    return new Tensor(axes, ordered.elem(), ordered.value(), tensor.born());
  }

  private Tensor element(
      Datum.Given given, TypeSyntax.TensorType declared, Wanted wanted, Frame giver) {
    Optional<Elem> elem = declared.element().map(evaluator.types::elem);
    Tensor tensor =
        switch (given.value()) {
          case Tensor given_ -> given_;
          case Datum.Whole _, Datum.Real _, Datum.Truth _ ->
              evaluator.arithmetic.tensor(
                  given.value(),
                  elem.orElse(given.value() instanceof Datum.Truth ? Elem.BOOL : session.model()),
                  new Arithmetic.Place(given.span(), giver, Optional.empty()));
          default ->
              throw session.fail(
                  Diagnostic.of(
                          WRONG_TYPE,
                          given.span(),
                          wanted.text(declared) + ", not " + Describe.kind(given.value()))
                      .also(declared.span(), "declared here"));
        };
    evaluator.alignment.requireDistinct(tensor, given.span());
    if (elem.isPresent())
      return evaluator.types.element(tensor, elem.get(), given.span(), declared.span());
    if (!tensor.elem().isFloat()) {
      throw session.fail(
          Diagnostic.of(
                  ELEMENT_MISMATCH,
                  given.span(),
                  wanted.text(declared) + ", and this is `" + tensor.elem() + "`")
              .also(declared.span(), "no element type here means that of the model")
              .help(
                  "convert it: `... as f32`, or declare `"
                      + tensor.elem()
                      + Describe.type(declared)
                      + "`"));
    }
    return tensor;
  }

  private Abandoned lacks(
      Tensor tensor,
      Axis axis,
      TypeSyntax.TensorType declared,
      Datum.Given given,
      Wanted wanted,
      Scope scope) {
    Optional<Frame.Atom> atom = axis.dim().name().flatMap(scope.frame()::atom);
    if (atom.isPresent() && wanted.given().contains(Frame.text(axis.dim()))) {
      throw evaluator.views.noAxis(tensor, atom.get().outer(), atom.get().born());
    }
    var diagnostic =
        Diagnostic.of(
                ARGUMENT_SHAPE,
                given.span(),
                wanted.text(declared)
                    + ", and this has no axis `"
                    + Frame.text(atom.map(Frame.Atom::outer).orElse(axis.dim()))
                    + "`")
            .label("this is " + tensor.shapeText())
            .also(declared.span(), "declared here");
    if (atom.isPresent() && !atom.get().born().equals(given.span())) {
      String is = Frame.text(atom.get().outer());
      String name = Frame.text(axis.dim());
      diagnostic =
          diagnostic.also(
              atom.get().born(),
              is.equals(name)
                  ? "`" + name + "` comes from here"
                  : "`" + name + "` is `" + is + "` here");
      if (wanted.parameter().isEmpty() && is.equals(name)) {
        diagnostic =
            diagnostic.note(
                "a name in a signature is free only if nothing of that name is in sight");
      }
    }
    return session.fail(
        diagnostic.alsoIf(
            !given.span().contains(tensor.born()),
            tensor.born(),
            tensor.shapeText() + " comes from here"));
  }

  private Abandoned mismatch(
      Tensor tensor, TypeSyntax.TensorType declared, Datum.Given given, Wanted wanted) {
    return session.fail(
        Diagnostic.of(
                ARGUMENT_SHAPE,
                given.span(),
                wanted.text(declared) + ", and this is " + tensor.shapeText())
            .also(declared.span(), "declared here"));
  }

  /// Declares the parameters of a callee that was handed over: axes correspond by place, as {@link
  /// Fit} has checked.
  void positional(
      List<Parameter> parameters, List<Tensor> tensors, Scope scope, Frame giver, Span span) {
    int next = 0;
    for (Parameter parameter : parameters) {
      if (next < tensors.size()
          && parameter
              instanceof Parameter.ValueParameter(var name, TypeSyntax.TensorType type, _, _)) {
        Tensor bound = byPlace(type, tensors.get(next++), scope, giver, span);
        scope.declare(name.text(), bound, name.span());
      } else {
        byDefault(parameter, scope, new Callee(parameter.name().text(), span, parameters));
      }
    }
  }

  private Tensor byPlace(
      TypeSyntax.TensorType type, Tensor tensor, Scope scope, Frame giver, Span span) {
    List<Slot> slots = slots(type, scope);
    Frame frame = scope.frame();
    boolean open = slots.stream().anyMatch(slot -> slot instanceof Slot.Pack);
    int packed = tensor.rank() - (slots.size() - 1);
    if (open ? packed < 0 : tensor.rank() != slots.size()) {
      throw session.fail(
          Diagnostic.of(
                  SIGNATURE_MISMATCH,
                  span,
                  "the callee takes " + Describe.type(type) + ", not " + tensor.shapeText())
              .also(type.span(), "declared here"));
    }
    var axes = new ArrayList<Axis>();
    int place = 0;
    for (Slot slot : slots) {
      switch (slot) {
        case Slot.Known(var axis, _) -> {
          axes.add(axis);
          place++;
        }
        case Slot.Free(var name, _) -> {
          Dim outer = tensor.axes().get(place++).dim();
          Dim dim = frame.bind(name, outer, List.of(), giver.canonical(outer), span);
          scope.declare(name, Datum.Whole.of(dim), span);
          axes.add(Axis.of(dim));
        }
        case Slot.Pack _ -> {
          var outer = tensor.dims().subList(place, place + packed);
          place += packed;
          List<Dim> dims = frame.pack();
          if (dims.size() != packed) {
            dims = frame.bindPack(outer, outer.stream().map(giver::canonical).toList(), span);
          }
          dims.forEach(dim -> axes.add(Axis.of(dim)));
        }
      }
    }
    Tensor named = new Tensor(axes, tensor.elem(), tensor.value(), tensor.born());
    return type.element().isPresent()
        ? evaluator.types.element(
            named, evaluator.types.elem(type.element().get()), span, type.span())
        : named;
  }
}
