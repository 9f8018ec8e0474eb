package dune.frontend.elaborate;

import static dune.frontend.diagnostic.ErrorCode.ENDLESS;
import static dune.frontend.diagnostic.ErrorCode.NEGATIVE_SIZE;
import static dune.frontend.diagnostic.ErrorCode.NOT_WHOLE;
import static dune.frontend.diagnostic.ErrorCode.SIZES_DISAGREE;

import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.diagnostic.ErrorCode;
import dune.frontend.source.SourceText;
import dune.frontend.source.Span;
import dune.ir.Elem;
import dune.ir.FunctionBuilder;
import dune.ir.Inferred;
import dune.ir.Op;
import dune.ir.Origin;
import dune.ir.Shape;
import dune.ir.Source;
import dune.ir.Type;
import dune.ir.Value;
import dune.ir.dim.Dim;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Predicate;
import java.util.function.Supplier;

/// What one elaboration shares: the function under construction, the sizes that are known, the
/// problems found so far, and the calls that led to the place under evaluation.
final class Session {
  /// The time axis of a model, and the same axis when it ranges over every step so far.
  static final Dim TIME = Dim.named("T");

  static final Dim KEYS = Dim.named("S");
  static final Dim ROWS = Dim.named("B");

  /// How deep calls may nest. The deepest of the library's architectures nest 12 deep.
  private static final int DEEPEST = 64;

  /// How much may be unrolled: a call counts 5, a turn of a loop 1. A model of 60 layers with 256
  /// experts each needs a third of it.
  private static final int LARGEST = 1_000_000;

  /// How deep expressions may nest, counted through all calls: each takes a part of the stack.
  private static final int DEEPEST_EXPRESSION = 400;

  private final Diagnostics diagnostics;
  private final Elem model;
  private final boolean training;
  private final Map<String, Dim> sizes = new LinkedHashMap<>();
  private final Map<String, Span> births = new LinkedHashMap<>();
  private final Deque<FunctionBuilder> builders = new ArrayDeque<>();
  private final Deque<Call> calls = new ArrayDeque<>();
  private final List<Value> penalties = new ArrayList<>();
  private final Predicate<SourceText> library;
  private int fresh;
  private int unrolled;
  private int expressions;
  private boolean exhausted;

  /// A call under evaluation: where it stands, and the path of the block that it enters.
  private record Call(Span span, String path, Optional<Origin> origin) {}

  /// @param library whether a file is part of the library, so that its callers are to blame
  Session(Diagnostics diagnostics, Elem model, boolean training, Predicate<SourceText> library) {
    this.diagnostics = diagnostics;
    this.library = library;
    this.model = model;
    this.training = training;
    builders.push(new FunctionBuilder());
  }

  Elem model() {
    return model;
  }

  boolean training() {
    return training;
  }

  List<Value> penalties() {
    return penalties;
  }

  // Problems.

  Diagnostics diagnostics() {
    return diagnostics;
  }

  /// Reports and gives the exception to throw, which leaves the expression.
  Abandoned fail(Diagnostic diagnostic) {
    report(diagnostic);
    return new Abandoned();
  }

  Abandoned fail(ErrorCode code, Span span, String message) {
    return fail(Diagnostic.of(code, span, message));
  }

  /// Reports. What fails inside the library is the caller's doing, and is shown at the call. Where
  /// the place lies in another file than the calls that led to it, they are shown too.
  void report(Diagnostic diagnostic) {
    Diagnostic told = diagnostic;
    SourceText here = diagnostic.span().source();
    for (Call call : calls) {
      SourceText there = call.span().source();
      if (library.test(here)) {
        if (library.test(there)) continue;
        told = told.from(call.span(), "in this call");
      } else if (there == here) {
        break;
      } else if (told.labels().stream().noneMatch(label -> label.span().equals(call.span()))) {
        told = told.also(call.span(), "in this call");
      }
      here = there;
    }
    diagnostics.report(told);
  }

  // Calls.

  /// Runs `body` as a call written at `span` into the block at `path`.
  <R> R within(Span span, String path, Supplier<R> body) {
    if (exhausted) throw new Abandoned();
    calls.push(new Call(span, path, Optional.of(origin(span))));
    try {
      if (calls.size() > DEEPEST) throw endless();
      unroll(span, 5);
      return body.get();
    } finally {
      calls.pop();
    }
  }

  /// Evaluates an expression that may hold others.
  <R> R nested(Supplier<R> expression) {
    if (exhausted) throw new Abandoned();
    if (expressions >= DEEPEST_EXPRESSION) throw endless();
    expressions++;
    try {
      return expression.get();
    } finally {
      expressions--;
    }
  }

  /// Counts a turn of a loop that is unrolled.
  void turn(Span span) {
    unroll(span, 1);
  }

  private void unroll(Span span, int cost) {
    if (exhausted) throw new Abandoned();
    unrolled += cost;
    if (unrolled <= LARGEST) return;
    exhausted = true;
    throw fail(
        Diagnostic.of(ENDLESS, span, "this unrolls into too many calls")
            .note("every block, call and loop of a model is unrolled when it is built"));
  }

  /// Calls nest too deep: the places that return most often among them are the circle. From here on
  /// nothing is called any more, since each further attempt would end as this one.
  private Abandoned endless() {
    exhausted = true;
    var counts = new LinkedHashMap<Span, Integer>();
    for (Call call : calls) counts.merge(call.span(), 1, Integer::sum);
    int most = counts.values().stream().mapToInt(count -> count).max().orElseThrow();
    var circle = counts.keySet().stream().filter(at -> counts.get(at) == most).sorted().toList();
    if (most < 3) {
      return fail(ENDLESS, circle.getFirst(), "calls nest more than " + DEEPEST + " deep");
    }
    var diagnostic =
        Diagnostic.of(ENDLESS, circle.getFirst(), "this call leads to itself, without end");
    for (Span next : circle.subList(1, Math.min(circle.size(), 4))) {
      diagnostic = diagnostic.also(next, "by way of this one");
    }
    diagnostics.report(
        diagnostic.help("what repeats is a list and a loop: `[Layer() for i in 0 .. L]`"));
    return new Abandoned();
  }

  String path() {
    return calls.isEmpty() ? "" : calls.peek().path();
  }

  int depth() {
    return calls.size();
  }

  /// One name per place and the calls that led to it: two calls of one function are two sites.
  String site(Span span) {
    var site = new StringBuilder(path()).append('@').append(span);
    for (Call call : calls) site.append('<').append(call.span());
    return site.toString();
  }

  Origin origin(Span span) {
    Optional<Origin> caller = calls.isEmpty() ? Optional.empty() : calls.peek().origin();
    return new Origin(span.source().name(), span.line(), span.column(), path(), caller);
  }

  // The function under construction.

  FunctionBuilder builder() {
    return builders.peek();
  }

  /// The outermost function, where weights are read.
  FunctionBuilder outermost() {
    return builders.peekLast();
  }

  /// Runs `body` while nodes go into `region`.
  <R> R into(FunctionBuilder region, Supplier<R> body) {
    builders.push(region);
    try {
      return body.get();
    } finally {
      builders.pop();
    }
  }

  Value emit(Op op, Span span) {
    List<Value> results = emitAll(op, span);
    return results.getFirst();
  }

  List<Value> emitAll(Op op, Span span) {
    try {
      return switch (op.infer(builder())) {
        case Inferred.Results _ -> builder().emitAll(op, origin(span));
        case Inferred.Broken(_, String reason) ->
            throw fail(
                Diagnostic.of(SIZES_DISAGREE, span, "the sizes do not agree: " + reason)
                    .note("the names agree here, but not what they stand for in this call"));
      };
    } catch (ArithmeticException e) {
      throw fail(SIZES_DISAGREE, span, "a size is out of range: " + e.getMessage());
    }
  }

  Value weight(Instance.OwnWeight weight, Type type) {
    return outermost().emit(new Source.Weight(weight.path, type), origin(weight.declared));
  }

  Value constant(double value, Elem elem, Span span) {
    return emit(new Source.Constant(value, elem), span);
  }

  // Sizes.

  /// Fixes the size of a root name, which was given at `born`.
  void size(String name, Dim size, Span born) {
    sizes.put(name, size);
    births.put(name, born);
  }

  /// Marks where the sizes behind a dimension were given: by the model's parameters, or by the call
  /// that bound its names.
  Diagnostic origins(Diagnostic diagnostic, Frame frame, Dim dim) {
    Diagnostic told = diagnostic;
    for (String name : dim.names()) {
      Dim actual = actual(frame, Dim.named(name));
      Optional<Frame.Atom> atom = frame.atom(name);
      if (!actual.isConstant() || atom.isEmpty()) continue;
      for (String root : atom.get().canonical().names()) {
        if (births.containsKey(root)) told = born(told, root, sizes.get(root), births.get(root));
      }
      boolean given = atom.get().canonical().names().stream().anyMatch(births::containsKey);
      if (!given && !library.test(atom.get().born().source())) {
        told = born(told, name, actual, atom.get().born());
      }
    }
    return told;
  }

  private static Diagnostic born(Diagnostic diagnostic, String name, Dim size, Span born) {
    boolean marked = diagnostic.labels().stream().anyMatch(label -> label.span().equals(born));
    return diagnostic.alsoIf(
        !marked, born, "`" + Frame.text(Dim.named(name)) + "` is " + size + " here");
  }

  /// The dimension as the IR knows it: numbers where sizes are known, and the names of the root.
  Dim actual(Frame frame, Dim dim) {
    return frame.canonical(dim).substitute(sizes);
  }

  /// The size as the IR knows it, which must be a whole number that is not negative.
  Dim size(Frame frame, Dim dim, Span span) {
    Dim actual = actual(frame, dim);
    if (actual.isConstant()) {
      if (actual.size().isEmpty()) {
        var diagnostic =
            Diagnostic.of(
                NOT_WHOLE,
                span,
                "`" + Frame.text(dim) + "` is not a whole number" + where(frame, dim));
        throw fail(origins(diagnostic, frame, dim));
      }
      if (actual.size().getAsLong() < 0) {
        String text = Frame.text(dim);
        String value = text.equals(actual.toString()) ? "" : actual + where(frame, dim) + ", ";
        String message = "`" + text + "` is " + value + "below zero";
        throw fail(origins(Diagnostic.of(NEGATIVE_SIZE, span, message), frame, dim));
      }
    }
    return actual;
  }

  /// ` where D is 500, H is 12`.
  private String where(Frame frame, Dim dim) {
    var parts = new ArrayList<String>();
    for (String name : dim.names()) {
      Dim part = actual(frame, Dim.named(name));
      if (part.isConstant()) parts.add(Frame.text(Dim.named(name)) + " is " + part);
    }
    return parts.isEmpty() ? "" : " where " + String.join(" and ", parts);
  }

  Shape shape(Frame frame, List<Axis> axes, Span span) {
    return new Shape(axes.stream().map(axis -> size(frame, axis.dim(), span)).toList());
  }

  /// The number that a dimension stands for, where it is known.
  OptionalDouble number(Frame frame, Dim dim) {
    Optional<Double> constant = actual(frame, dim).constant();
    return constant.isPresent() ? OptionalDouble.of(constant.get()) : OptionalDouble.empty();
  }

  boolean isTime(Frame frame, Dim dim) {
    return frame.canonical(dim).equals(TIME);
  }

  boolean isKeys(Frame frame, Dim dim) {
    return frame.canonical(dim).equals(KEYS);
  }

  /// A name for the root that nothing else has.
  String unique(String hint) {
    return hint + "'" + ++fresh;
  }
}
