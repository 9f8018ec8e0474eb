package dune.ir;

import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Operations with a body. A {@link Region} sees nothing of its surroundings but its arguments.
public sealed interface Control extends Op {

  /// The regions of the operation; here always one.
  Region body();

  /// Runs `body` once per step, handing on a state and stacking what it gives.
  ///
  /// Body: `(step: int[], states.., captures..) -> (states.., values..)`. Results: the last states,
  /// then every value with a leading axis `steps`.
  ///
  /// - (C1) the body takes one `int` scalar, the types of `initial`, the types of `captures`
  /// - (C2) the body gives back the types of `initial` first
  record Scan(Dim steps, List<Value> initial, List<Value> captures, Region body)
      implements Control {
    public Scan {
      initial = List.copyOf(initial);
      captures = List.copyOf(captures);
    }

    @Override
    public Inferred infer(Types types) {
      var expected = new ArrayList<Type>();
      expected.add(Type.scalar(Elem.INT));
      for (Value value : initial) expected.add(types.of(value));
      for (Value value : captures) expected.add(types.of(value));
      if (!expected.equals(body.arguments().stream().map(types::of).toList())) {
        return Inferred.broken(1, "the body's arguments are not " + expected);
      }
      List<Type> given = body.results().stream().map(types::of).toList();
      List<Type> states = initial.stream().map(types::of).toList();
      if (given.size() < states.size() || !given.subList(0, states.size()).equals(states)) {
        return Inferred.broken(2, "the body gives " + given + ", not " + states);
      }
      var results = new ArrayList<>(states);
      for (Type type : given.subList(states.size(), given.size())) {
        var dims = new ArrayList<Dim>();
        dims.add(steps);
        dims.addAll(type.shape().dims());
        results.add(type.with(new Shape(dims)));
      }
      return Inferred.of(results);
    }
  }

  /// Runs for every row of `x` those experts that `choice` names, and only those: `x[lead.., D]`
  /// and `choice: int[lead.., k]` give `[lead.., k, N]`. All experts share one body and differ in
  /// what it captures. With `shares[lead.., k]`, what those of a row give is multiplied by its
  /// shares and added up, to `[lead.., N]`: in f32 at least, and rounded once.
  ///
  /// Body: `(x: [rows, D], captures of one expert.., shared..) -> [rows, N]`, where `rows` is a
  /// name of its own.
  ///
  /// - (C1) `choice` is `int` and has the leading axes of `x`, then one more
  /// - (C2) there is at least one expert, and all capture the same types
  /// - (C3) the body takes `[rows, D]` with a name for its rows, then the types of `captures` and
  ///   `shared`
  /// - (C4) the body gives one result `[rows, N]`
  /// - (C5) `shares` has the shape of `choice` and the element type of what the body gives
  record Dispatch(
      Value x,
      Value choice,
      List<List<Value>> captures,
      List<Value> shared,
      Optional<Value> shares,
      Region body)
      implements Control {
    public Dispatch {
      captures = captures.stream().map(List::copyOf).toList();
      shared = List.copyOf(shared);
    }

    /// Gives what each chosen expert gives.
    public Dispatch(
        Value x, Value choice, List<List<Value>> captures, List<Value> shared, Region body) {
      this(x, choice, captures, shared, Optional.empty(), body);
    }

    /// The same with what the experts of a row give added up.
    public Dispatch weighedBy(Value shares) {
      return new Dispatch(x, choice, captures, shared, Optional.of(shares), body);
    }

    @Override
    public Inferred infer(Types types) {
      Type rows = types.of(x);
      Type chosen = types.of(choice);
      int lead = rows.rank() - 1;
      if (chosen.elem() != Elem.INT
          || lead < 0
          || chosen.rank() != lead + 1
          || !chosen.shape().dims().subList(0, lead).equals(rows.shape().dims().subList(0, lead))) {
        return Inferred.broken(1, rows + " chosen by " + chosen);
      }
      if (captures.isEmpty()
          || captures.stream().map(one -> one.stream().map(types::of).toList()).distinct().count()
              != 1) {
        return Inferred.broken(2, "the experts differ in what they capture");
      }
      List<Type> arguments = body.arguments().stream().map(types::of).toList();
      var rest = new ArrayList<Type>();
      for (Value value : captures.getFirst()) rest.add(types.of(value));
      for (Value value : shared) rest.add(types.of(value));
      if (arguments.isEmpty()
          || arguments.getFirst().rank() != 2
          || arguments.getFirst().dim(0).name().isEmpty()
          || arguments.getFirst().elem() != rows.elem()
          || !arguments.getFirst().dim(1).equals(rows.dim(lead))
          || !arguments.subList(1, arguments.size()).equals(rest)) {
        return Inferred.broken(3, "the body takes " + arguments);
      }
      List<Type> given = body.results().stream().map(types::of).toList();
      if (given.size() != 1
          || given.getFirst().rank() != 2
          || !given.getFirst().dim(0).equals(arguments.getFirst().dim(0))) {
        return Inferred.broken(4, "the body gives " + given);
      }
      var dims = new ArrayList<>(chosen.shape().dims());
      if (shares.isPresent()) {
        Type weights = types.of(shares.get());
        if (!weights.equals(given.getFirst().with(chosen.shape()))) {
          return Inferred.broken(5, given + " weighed by " + weights);
        }
        dims.removeLast();
      }
      dims.add(given.getFirst().dim(1));
      return Inferred.of(given.getFirst().with(new Shape(dims)));
    }
  }

  /// What a fused group computes, where a library has a kernel for it.
  enum FusedKind {
    /// Nothing that has a name: the body says it.
    REGION,
    /// `x * rsqrt(mean(x * x) + eps) * weight` over the last axis. Operands: `x`, `weight`, and
    /// `eps` of rank 0.
    RMS_NORM,
    /// `x * rsqrt(mean(x * x) + eps) * weight` of `x = a + b`; the results are `x` and the norm.
    /// Operands: `a`, `b`, `weight`, and `eps` of rank 0.
    ADD_RMS_NORM,
    /// `c * rsqrt(mean(c * c) + eps) * weight + bias` of `c = x - mean(x)` over the last axis.
    /// Operands: `x`, `weight`, `eps` of rank 0, and `bias` if there is one.
    LAYER_NORM,
    /// The same of `x = a + b`; the results are `x` and the norm. Operands: `a`, `b`, `weight`,
    /// `eps`, and `bias` if there is one.
    ADD_LAYER_NORM,
    /// `x / (1 + exp(-x))`. Operand: `x`.
    SILU,
    /// `x / 2 * (1 + erf(x / sqrt(2)))`. Operand: `x`.
    GELU,
    /// `x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3)))`. Operand: `x`.
    GELU_TANH,
    /// SILU of a product with a weight. Operands: `x`, `weight`, and what is added to the product
    /// if there is something; the axes are those of the body's `dot`.
    LINEAR_SILU,
    /// GELU of the same. Operands: those of LINEAR_SILU.
    LINEAR_GELU,
    /// GELU_TANH of the same. Operands: those of LINEAR_SILU.
    LINEAR_GELU_TANH,
    /// `max(y, 0)` of the same `y`. Operands: those of LINEAR_SILU.
    LINEAR_RELU,
    /// SILU of `x`, times `y`. Operands: `x`, `y`.
    SWIGLU,
    /// GELU of `x`, times `y`. Operands: `x`, `y`.
    GEGLU,
    /// GELU_TANH of `x`, times `y`. Operands: `x`, `y`.
    GEGLU_TANH,
    /// `exp(x - max(x)) / sum(exp(x - max(x)))` over the last axis. Operand: `x`.
    SOFTMAX,
    /// `x * cos + concat(-b, a) * sin`, where `a` and `b` are the halves of `x` along the axis of
    /// the body's `concat`. Operands: `x`, `cos`, `sin`, of which the last two may be narrower.
    ROTARY,
    /// Scaled dot-product attention over a mask. Operands: `q: [B, T, KV, G, K]`, `k: [B, S, KV,
    /// K]`, `v: [B, S, KV, W]`, `scale` of rank 0, and what the mask takes; the result is `[B, KV,
    /// T, G, W]`. For one step alone, `T` is missing. The body begins with a region that gives the
    /// mask, `bool[B, T, S]`, or without `B` if all rows share it. See {@link Attention}.
    ATTENTION,
    /// The same with `cap * tanh(s / cap)` in place of the scaled scores `s`. After `scale` comes
    /// `cap` of rank 0.
    CAPPED_ATTENTION,
    /// The same with `s + bias` in place of the scaled scores `s`. What the bias takes is among the
    /// last operands, and a second region of the body gives it: `[B, T, KV, G, S]`, or for one step
    /// alone without `T`.
    BIASED_ATTENTION,
    /// The same with a further score for each head, `sinks: [KV, G]`, that takes its share and has
    /// no value. After `scale` come `sinks` in the type of the queries.
    SINKING_ATTENTION,
    /// The mean of `log(sum(exp(x))) - x[target]` over all steps whose target is not -100, and 0
    /// without any. Operands: `x: [B, T, V]`, `targets: int[B, T]`. A second result, where there is
    /// one, is the mean of `log(sum(exp(x)))^2` over the same steps.
    CROSS_ENTROPY
  }

  /// A group of operations that a backend may compute at once: the meaning is that of `body`, which
  /// every backend can inline.
  ///
  /// Body: `(operands..) -> (results..)`.
  ///
  /// - (C1) the body takes the types of `operands`
  record Fused(FusedKind kind, List<Value> operands, Region body) implements Control {
    public Fused {
      operands = List.copyOf(operands);
    }

    @Override
    public Inferred infer(Types types) {
      List<Type> expected = operands.stream().map(types::of).toList();
      if (!expected.equals(body.arguments().stream().map(types::of).toList())) {
        return Inferred.broken(1, "the body's arguments are not " + expected);
      }
      return Inferred.of(body.results().stream().map(types::of).toList());
    }
  }
}
