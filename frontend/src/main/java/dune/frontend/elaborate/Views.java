package dune.frontend.elaborate;

import static dune.frontend.diagnostic.ErrorCode.BAD_CAST;
import static dune.frontend.diagnostic.ErrorCode.BAD_INDEX;
import static dune.frontend.diagnostic.ErrorCode.ELEMENT_MISMATCH;
import static dune.frontend.diagnostic.ErrorCode.RENAMED_TWICE;
import static dune.frontend.diagnostic.ErrorCode.UNKNOWN_AXIS;
import static dune.frontend.diagnostic.ErrorCode.WRONG_TYPE;

import dune.frontend.ast.CastElement;
import dune.frontend.ast.Expression;
import dune.frontend.ast.IndexEntry;
import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.source.Span;
import dune.ir.Elem;
import dune.ir.Indexing;
import dune.ir.Layout;
import dune.ir.Source;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// `as` and `[...]`: other views of a tensor, and parts of it.
final class Views {
  private final Evaluator evaluator;
  private final Session session;
  private final Reshape reshape;

  Views(Evaluator evaluator) {
    this.evaluator = evaluator;
    this.session = evaluator.session;
    this.reshape = new Reshape(evaluator);
  }

  Datum cast(Expression.Cast cast, Scope scope, Optional<List<Axis>> written) {
    Datum value =
        evaluator.evaluate(
            cast.value(), scope, cast.shape().isPresent() ? Optional.empty() : written);
    if (value instanceof Datum.Items || value instanceof Datum.Settings)
      return table(value, cast, scope);
    if (cast.element().isPresent()) value = element(value, cast.element().get(), cast, scope);
    if (cast.shape().isEmpty()) return value;
    return switch (value) {
      case Tensor tensor -> reshape.reshape(tensor, cast.shape().get(), cast, scope);
      case Datum.Unknown _, Datum.Whole _, Datum.Real _ ->
          evaluator.types.tensor(
              value,
              Optional.empty(),
              evaluator.types.axes(cast.shape().get(), scope),
              scope.frame(),
              cast.span(),
              cast.shape().get().span());
      default ->
          throw session.fail(
              BAD_CAST,
              cast.span(),
              "only a tensor has a shape, and this is " + Describe.kind(value));
    };
  }

  private Datum element(Datum value, CastElement element, Expression.Cast cast, Scope scope) {
    Elem elem =
        switch (element) {
          case CastElement.ToElement(var name, _) -> evaluator.types.elem(name);
          case CastElement.ToTypeOf(var like, _) ->
              switch (evaluator.evaluate(like, scope)) {
                case Tensor tensor -> tensor.elem();
                case Datum.Unknown _ -> session.model();
                case Datum other ->
                    throw session.fail(
                        BAD_CAST,
                        like.span(),
                        "only a tensor has an element type, and this is " + Describe.kind(other));
              };
        };
    return switch (value) {
      case Tensor tensor -> {
        // `as f32` means at least f32.
        boolean atLeast = elem == Elem.F32 && tensor.elem() == Elem.F64;
        yield atLeast ? tensor : evaluator.alignment.cast(tensor, elem, cast.span());
      }
      case Datum.Whole _, Datum.Real _ -> {
        if (elem.isFloat()) yield value;
        if (elem == Elem.INT && value instanceof Datum.Whole) yield value;
        throw session.fail(
            Diagnostic.of(
                    BAD_CAST, cast.span(), Describe.kind(value) + " does not become `" + elem + "`")
                .help("`floor(x)` gives a whole number"));
      }
      case Datum.Truth _ ->
          evaluator.alignment.cast(
              evaluator.arithmetic.tensor(
                  value,
                  Elem.BOOL,
                  new Arithmetic.Place(cast.span(), scope.frame(), Optional.empty())),
              elem,
              cast.span());
      case Datum.Unknown unknown -> unknown;
      default ->
          throw session.fail(
              BAD_CAST, cast.span(), Describe.kind(value) + " does not become `" + elem + "`");
    };
  }

  /// A list of numbers as a vector: `long as f32[N]`.
  private Datum table(Datum value, Expression.Cast cast, Scope scope) {
    Datum.Items items =
        value instanceof Datum.Settings(var config)
            ? evaluator.names.items(config)
            : (Datum.Items) value;
    if (cast.shape().isEmpty()
        || !(cast.element().orElse(null) instanceof CastElement.ToElement(var name, _))) {
      throw session.fail(
          Diagnostic.of(
                  BAD_CAST,
                  cast.span(),
                  "a list becomes a vector with an element type and one axis")
              .help("write `" + cast.value().span().text() + " as f32[N]`"));
    }
    Elem elem = evaluator.types.elem(name);
    List<Axis> axes = evaluator.types.axes(cast.shape().get(), scope);
    if (axes.size() != 1)
      throw session.fail(BAD_CAST, cast.span(), "a list has one axis, not " + Tensor.text(axes));
    Dim size = session.size(scope.frame(), axes.getFirst().dim(), cast.span());
    if (!items.complete() || size.size().isEmpty()) {
      return evaluator.types.tensor(
          new Datum.Real(1), Optional.of(elem), axes, scope.frame(), cast.span(), cast.span());
    }
    var numbers = new ArrayList<Double>();
    for (Datum element : items.values()) {
      var number = evaluator.arithmetic.number(element, scope.frame());
      if (number.isEmpty()) {
        throw session.fail(
            BAD_CAST, cast.span(), "a vector is made of numbers, not of " + Describe.kind(element));
      }
      numbers.add(number.getAsDouble());
    }
    if (!size.is(numbers.size())) {
      throw session.fail(
          BAD_CAST,
          cast.span(),
          "the list has "
              + numbers.size()
              + " numbers, and `"
              + Frame.text(axes.getFirst().dim())
              + "` is "
              + size);
    }
    return new Tensor(
        axes, elem, session.emit(new Source.Table(numbers, elem), cast.span()), cast.span());
  }

  // Indexing.

  Datum index(Expression.Index index, Scope scope) {
    Datum target = evaluator.evaluate(index.target(), scope);
    for (IndexEntry entry : index.entries()) target = entry(target, entry, index, scope);
    return target;
  }

  private Datum entry(Datum target, IndexEntry entry, Expression.Index index, Scope scope) {
    return switch (entry) {
      case IndexEntry.ElementIndex(var value, var span) ->
          element(target, evaluator.evaluate(value, scope), span, scope);
      case IndexEntry.AxisRenaming(var axis, var name, var span) -> {
        if (!(target instanceof Tensor tensor)) throw noTensor(target, index.span());
        yield rename(tensor, place(tensor, axis, scope), name.text(), name.span(), span, scope);
      }
      case IndexEntry.AxisSelection(var axis, Expression.Range range, var span) -> {
        if (!(target instanceof Tensor tensor)) throw noTensor(target, index.span());
        yield slice(tensor, place(tensor, axis, scope), range, span, scope);
      }
      case IndexEntry.AxisSelection(var axis, var value, var span) -> {
        if (target instanceof Datum.Unknown) yield target;
        if (!(target instanceof Tensor tensor)) throw noTensor(target, index.span());
        int place = place(tensor, axis, scope);
        yield switch (evaluator.evaluate(value, scope)) {
          case Tensor indices -> gather(tensor, indices, place, span, scope);
          case Datum.Whole(var dim, _) -> select(tensor, place, dim, span, scope);
          case Datum.Unknown _ -> select(tensor, place, Dim.ZERO, span, scope);
          case Datum other ->
              throw session.fail(
                  BAD_INDEX,
                  value.span(),
                  "an index is a whole number or `int[...]`, not " + Describe.kind(other));
        };
      }
    };
  }

  private Abandoned noTensor(Datum target, Span span) {
    return session.fail(
        WRONG_TYPE, span, "only a tensor has axes, and this is " + Describe.kind(target));
  }

  private Datum element(Datum target, Datum index, Span span, Scope scope) {
    return switch (target) {
      case Datum.Items items -> {
        if (index instanceof Tensor choice && choice.elem() == Elem.INT)
          yield new Datum.Selected(items, choice);
        OptionalLong at = evaluator.constant(index, scope);
        if (!(index instanceof Datum.Whole || index instanceof Datum.Unknown)) {
          throw session.fail(
              BAD_INDEX,
              span,
              "a list is indexed by a whole number, not by " + Describe.kind(index));
        }
        if (!items.complete() || at.isEmpty()) {
          yield items.values().isEmpty() ? new Datum.Unknown("value") : items.values().getFirst();
        }
        if (at.getAsLong() < 0 || at.getAsLong() >= items.values().size()) {
          throw session.fail(
              BAD_INDEX,
              span,
              "the list has "
                  + items.values().size()
                  + " elements, and this is number "
                  + at.getAsLong());
        }
        yield items.values().get((int) at.getAsLong());
      }
      case Datum.Settings(var config) -> {
        OptionalLong at = evaluator.constant(index, scope);
        yield at.isPresent() ? Names.datum(config.get(at.getAsLong())) : new Datum.Unknown("value");
      }
      case Datum.None none -> none;
      case Datum.Unknown unknown -> unknown;
      case Tensor tensor ->
          throw session.fail(
              Diagnostic.of(BAD_INDEX, span, "a tensor is indexed by axis")
                  .label("this is " + tensor.shapeText())
                  .help("write `x[T = i]` with the name of the axis"));
      default -> throw session.fail(BAD_INDEX, span, Describe.kind(target) + " cannot be indexed");
    };
  }

  /// The place of an axis that the author names.
  int place(Tensor tensor, Expression axis, Scope scope) {
    evaluator.alignment.requireDistinct(tensor, axis.span());
    return place(tensor, evaluator.types.axis(axis, scope).dim(), axis.span());
  }

  int place(Tensor tensor, Dim dim, Span span) {
    int place = tensor.indexOf(dim);
    if (place >= 0) return place;
    throw noAxis(tensor, dim, span);
  }

  Abandoned noAxis(Tensor tensor, Dim dim, Span span) {
    var diagnostic =
        Diagnostic.of(
            UNKNOWN_AXIS, span, tensor.shapeText() + " has no axis `" + Frame.text(dim) + "`");
    if (!tensor.born().equals(span))
      diagnostic = diagnostic.also(tensor.born(), "this is " + tensor.shapeText());
    if (dim.isConstant() && tensor.rank() > 0) {
      diagnostic =
          diagnostic.help(
              "an axis is called by its name: `" + Frame.text(tensor.dims().getLast()) + "`");
    }
    return session.fail(diagnostic);
  }

  private Tensor rename(Tensor tensor, int place, String name, Span named, Span span, Scope scope) {
    Frame frame = scope.frame();
    Dim before = tensor.axes().get(place).dim();
    boolean time = session.isTime(frame, before);
    Dim canonical = time ? Session.KEYS : frame.canonical(before);
    Optional<Frame.Atom> known = frame.ownAtom(name);
    Dim dim;
    if (known.isPresent()) {
      if (!known.get().canonical().equals(canonical)) {
        throw session.fail(
            Diagnostic.of(RENAMED_TWICE, named, "`" + name + "` is another axis already")
                .also(known.get().born(), "`" + name + "` comes from here")
                .help("choose a name that is free"));
      }
      dim = Dim.named(name);
    } else {
      if (scope.find(name).isPresent()) {
        throw session.fail(
            Diagnostic.of(RENAMED_TWICE, named, "`" + name + "` has a meaning already")
                .also(scope.find(name).get().declared(), "declared here")
                .help("choose a name that is free"));
      }
      dim = frame.bindRigid(name, canonical, named);
    }
    if (scope.find(name).isEmpty()) scope.declare(name, Datum.Whole.of(dim), named);
    var axes = new ArrayList<>(tensor.axes());
    axes.set(place, Axis.of(dim));
    Value value =
        time
            ? session.emit(new Layout.History(tensor.value(), place, Session.KEYS), span)
            : tensor.value();
    return new Tensor(axes, tensor.elem(), value, span);
  }

  private Tensor slice(Tensor tensor, int place, Expression.Range range, Span span, Scope scope) {
    Frame frame = scope.frame();
    Dim from = evaluator.types.axis(range.from(), scope).dim();
    Dim to = evaluator.types.axis(range.to(), scope).dim();
    Dim by = range.by().isPresent() ? evaluator.types.axis(range.by().get(), scope).dim() : Dim.ONE;
    OptionalLong step = session.actual(frame, by).size();
    if (step.isEmpty() || step.getAsLong() < 1) {
      throw session.fail(BAD_INDEX, range.span(), "the step of a slice is a whole number above 0");
    }
    Dim length = to.minus(from).dividedBy(by);
    Dim start = session.size(frame, from, range.span());
    Dim size = session.size(frame, length, range.span());
    Dim whole = session.size(frame, tensor.axes().get(place).dim(), span);
    Optional<Double> beyond = session.actual(frame, to).minus(whole).constant();
    if (beyond.isPresent() && beyond.get() > 0) {
      throw session.fail(
          BAD_INDEX,
          range.span(),
          "the slice ends at " + Frame.text(to) + ", and the axis has " + Frame.text(whole));
    }
    Value value =
        session.emit(new Layout.Slice(tensor.value(), place, start, size, step.getAsLong()), span);
    var axes = new ArrayList<>(tensor.axes());
    axes.set(place, Axis.of(length));
    return new Tensor(axes, tensor.elem(), value, span);
  }

  private Tensor select(Tensor tensor, int place, Dim index, Span span, Scope scope) {
    Frame frame = scope.frame();
    if (session.actual(frame, index).size().orElse(0) < 0) {
      String axis = Frame.text(tensor.axes().get(place).dim());
      throw session.fail(
          Diagnostic.of(BAD_INDEX, span, "an index counts from the first place, which is 0")
              .help("the last one is `" + axis + " - 1`"));
    }
    Dim start = session.size(frame, index, span);
    Dim whole = session.size(frame, tensor.axes().get(place).dim(), span);
    Optional<Double> left = whole.minus(start).constant();
    if (left.isPresent() && left.get() < 1) {
      throw session.fail(
          BAD_INDEX,
          span,
          "the axis `"
              + Frame.text(tensor.axes().get(place).dim())
              + "` has "
              + Frame.text(whole)
              + " places, and this is number "
              + Frame.text(start));
    }
    Value one = session.emit(new Layout.Slice(tensor.value(), place, start, Dim.ONE, 1), span);
    var axes = new ArrayList<>(tensor.axes());
    axes.remove(place);
    Value value = session.emit(new Layout.Reshape(one, session.shape(frame, axes, span)), span);
    return new Tensor(axes, tensor.elem(), value, span);
  }

  private Tensor gather(Tensor tensor, Tensor indices, int place, Span span, Scope scope) {
    if (indices.elem() != Elem.INT) {
      throw session.fail(
          Diagnostic.of(
                  ELEMENT_MISMATCH, span, "an index is `int`, and this is `" + indices.elem() + "`")
              .also(indices.born(), "this is `" + indices.elem() + "`"));
    }
    Dim axis = tensor.axes().get(place).dim();
    var shared =
        tensor.dims().stream().filter(dim -> !dim.equals(axis) && indices.has(dim)).toList();
    var order = new ArrayList<>(shared);
    tensor.dims().stream().filter(dim -> !shared.contains(dim)).forEach(order::add);
    var more = indices.axes().stream().filter(a -> !shared.contains(a.dim())).toList();
    var indexOrder = new ArrayList<>(shared);
    more.forEach(a -> indexOrder.add(a.dim()));
    Tensor source = evaluator.alignment.permute(tensor, order, span);
    Tensor index = evaluator.alignment.permute(indices, indexOrder, span);
    int at = source.indexOf(axis);
    Value value =
        session.emit(new Indexing.Gather(source.value(), index.value(), at, shared.size()), span);
    var axes = new ArrayList<>(source.axes().subList(0, at));
    axes.addAll(more);
    axes.addAll(source.axes().subList(at + 1, source.rank()));
    return new Tensor(axes, tensor.elem(), value, span);
  }
}
