package dune.frontend.elaborate;

import static dune.frontend.diagnostic.ErrorCode.ARGUMENT_SHAPE;
import static dune.frontend.diagnostic.ErrorCode.ELEMENT_MISMATCH;
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
import java.util.List;
import java.util.Optional;

/// Binds tensors to parameters: the axes of an argument get the names that the signature gives
/// them.
final class TensorBinder {
  private final Evaluator evaluator;
  private final Session session;

  TensorBinder(Evaluator evaluator) {
    this.evaluator = evaluator;
    this.session = evaluator.session;
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
  Tensor tensor(
      TypeSyntax type, Datum.Given given, Binder.Wanted wanted, Scope scope, Frame giver) {
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
      Datum.Given given, TypeSyntax.TensorType declared, Binder.Wanted wanted, Frame giver) {
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
      Binder.Wanted wanted,
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
      Tensor tensor, TypeSyntax.TensorType declared, Datum.Given given, Binder.Wanted wanted) {
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
        evaluator.binder.byDefault(
            parameter, scope, new Binder.Callee(parameter.name().text(), span, parameters));
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
