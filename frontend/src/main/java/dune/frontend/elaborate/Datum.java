package dune.frontend.elaborate;

import dune.frontend.ast.Definition.BlockDefinition;
import dune.frontend.ast.Definition.FunctionDefinition;
import dune.frontend.ast.Definition.MaskDefinition;
import dune.frontend.ast.TypeSyntax.FunctionType;
import dune.frontend.source.Span;
import dune.ir.checkpoint.Config;
import dune.ir.dim.Dim;
import java.util.List;
import java.util.Map;

/// What an expression evaluates to: known at compile time, but for {@link Tensor}.
sealed interface Datum
    permits Tensor,
        Datum.Whole,
        Datum.Real,
        Datum.Truth,
        Datum.Text,
        Datum.None,
        Datum.Unit,
        Datum.Items,
        Datum.Parts,
        Datum.Settings,
        Datum.Unknown,
        Datum.Poison,
        Datum.Absent,
        Datum.Builtin,
        Datum.Start,
        Datum.Owned,
        Datum.Closure,
        Datum.BlockName,
        Datum.Description,
        Datum.Member,
        Datum.Fitted,
        Datum.Selected,
        Datum.Mask {

  /// A whole number or a dimension, in the names of the frame that looks at it.
  ///
  /// @param factors how the author wrote it, as a product
  record Whole(Dim dim, List<Dim> factors) implements Datum {
    public Whole {
      factors = List.copyOf(factors);
    }

    static Whole of(Dim dim) {
      return new Whole(dim, List.of());
    }

    static Whole of(long value) {
      return of(Dim.of(value));
    }
  }

  record Real(double value) implements Datum {}

  record Truth(boolean value) implements Datum {}

  record Text(String value) implements Datum {}

  /// `none`.
  record None() implements Datum {}

  /// Nothing: what a `for` over layers gives.
  record Unit() implements Datum {}

  /// A list.
  ///
  /// @param complete false where the length is not known while checking, and one element stands for
  ///   all
  record Items(List<Datum> values, boolean complete) implements Datum {
    public Items {
      values = List.copyOf(values);
    }
  }

  /// Several values at once, as `split` and `top` give them.
  record Parts(List<Datum> values) implements Datum {
    public Parts {
      values = List.copyOf(values);
    }
  }

  /// An object or a list of `config.json`.
  record Settings(Config config) implements Datum {}

  /// A value of which only the kind is known while a definition is checked by itself.
  record Unknown(String kind) implements Datum {}

  /// The result of something that was reported. Whatever uses it stays silent.
  record Poison() implements Datum {}

  /// A member or weight that a condition left out.
  ///
  /// @param condition what did not hold
  record Absent(Span condition, Span declared) implements Datum {}

  /// A function that the language has by itself.
  record Builtin(String name) implements Datum {}

  /// `zeros`, `ones`, `normal(0.02)`: how a weight or a state begins.
  record Start(dune.ir.Initializer initializer) implements Datum {}

  /// A `fn` and what it sees.
  record Closure(FunctionDefinition definition, Scope scope) implements Datum {}

  /// A weight of the instance whose body is evaluated.
  record Owned(Instance.OwnWeight weight) implements Datum {}

  /// A block by name, without arguments yet.
  record BlockName(BlockDefinition definition, Scope scope) implements Datum {}

  /// A block with its arguments: sizes, no weights.
  ///
  /// @param arguments by parameter name, in the names of `creator`
  /// @param scope what the definition sees
  record Description(
      BlockDefinition definition, Scope scope, Map<String, Given> arguments, Frame creator)
      implements Datum {}

  /// An argument and where it was written.
  record Given(Datum value, Span span) {}

  /// A block that a member declaration gave a path and weights.
  record Member(Instance instance) implements Datum {}

  /// A function or block that was handed over as a parameter with this signature.
  ///
  /// @param signature in the names of `scope`
  record Fitted(FunctionType signature, Scope scope, Datum target, Span declared)
      implements Datum {}

  /// `experts[e]`: for every token those blocks of the list that `choice` names.
  record Selected(Items experts, Tensor choice) implements Datum {}

  /// A predicate over the positions of a query and a key.
  sealed interface Mask extends Datum {
    record Leaf(MaskDefinition definition, Scope scope) implements Mask {}

    record Both(Mask left, Mask right) implements Mask {}

    record Either(Mask left, Mask right) implements Mask {}

    record Not(Mask inner) implements Mask {}
  }

  Poison POISON = new Poison();
  None NONE = new None();
  Unit UNIT = new Unit();
}
