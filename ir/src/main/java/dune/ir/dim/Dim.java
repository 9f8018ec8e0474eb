package dune.ir.dim;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/// The size of an axis: a Laurent polynomial with rational coefficients over named atoms, always in
/// normal form.
///
/// Two dimensions are equal when their normal forms are, so `(H / KV) * KV = H` and `R + (K - R) =
/// K` need no rules, and `T` never equals `S` because both happen to be 8. Immutable. Arithmetic
/// that overflows 64 bits, or makes a dimension of more than 1000 parts, throws {@link
/// ArithmeticException}.
public final class Dim implements Comparable<Dim> {
  public static final Dim ZERO = new Dim(new TreeMap<>());
  public static final Dim ONE = Dim.of(1);

  /// The most atoms and terms, written out, that a dimension may have. Those of models have a
  /// dozen; what exceeds this has no use and takes all time and memory.
  private static final int LARGEST = 1000;

  private final SortedMap<Monomial, Rational> terms;
  private final int hash;
  private final int extent;
  private final Optional<String> name;

  private Dim(SortedMap<Monomial, Rational> terms) {
    this.terms = terms;
    this.hash = terms.hashCode();
    this.name = name(terms);
    this.extent = extent(terms);
  }

  private static int extent(SortedMap<Monomial, Rational> terms) {
    long extent = 0;
    for (Monomial monomial : terms.keySet()) {
      extent++;
      for (Map.Entry<Atom, Integer> power : monomial.powers().entrySet()) {
        long atom =
            switch (power.getKey()) {
              case Atom.Named _ -> 1;
              case Atom.Quotient(Dim numerator, Dim denominator) ->
                  numerator.extent + denominator.extent;
            };
        extent += atom * Math.abs((long) power.getValue());
      }
    }
    if (extent > LARGEST) {
      throw new ArithmeticException("a dimension of more than " + LARGEST + " parts");
    }
    return (int) extent;
  }

  private static Optional<String> name(SortedMap<Monomial, Rational> terms) {
    if (terms.size() != 1) return Optional.empty();
    SortedMap<Atom, Integer> powers = terms.firstKey().powers();
    boolean single =
        powers.size() == 1
            && terms.get(terms.firstKey()).equals(Rational.ONE)
            && powers.get(powers.firstKey()) == 1;
    return single && powers.firstKey() instanceof Atom.Named(String name)
        ? Optional.of(name)
        : Optional.empty();
  }

  public static Dim of(long size) {
    return of(Monomial.ONE, Rational.of(size));
  }

  public static Dim named(String name) {
    return of(Monomial.of(new Atom.Named(name)), Rational.ONE);
  }

  private static Dim of(Monomial monomial, Rational coefficient) {
    var terms = new TreeMap<Monomial, Rational>();
    if (!coefficient.isZero()) terms.put(monomial, coefficient);
    return new Dim(terms);
  }

  public static Dim product(List<Dim> dims) {
    return dims.stream().reduce(ONE, Dim::times);
  }

  public static Dim sum(List<Dim> dims) {
    return dims.stream().reduce(ZERO, Dim::plus);
  }

  public Dim plus(Dim other) {
    if (other.terms.isEmpty()) return this;
    if (terms.isEmpty()) return other;
    var sum = new TreeMap<Monomial, Rational>(terms);
    other.terms.forEach((monomial, coefficient) -> add(sum, monomial, coefficient));
    return new Dim(sum);
  }

  public Dim minus(Dim other) {
    return plus(other.negated());
  }

  public Dim negated() {
    var negative = new TreeMap<Monomial, Rational>();
    terms.forEach((monomial, coefficient) -> negative.put(monomial, coefficient.negated()));
    return new Dim(negative);
  }

  public Dim times(Dim other) {
    if (other.is(1)) return this;
    if (is(1)) return other;
    if ((long) terms.size() * other.terms.size() > (long) LARGEST * 10) {
      throw new ArithmeticException("a dimension of more than " + LARGEST + " parts");
    }
    var product = new TreeMap<Monomial, Rational>();
    for (Map.Entry<Monomial, Rational> left : terms.entrySet()) {
      for (Map.Entry<Monomial, Rational> right : other.terms.entrySet()) {
        add(product, left.getKey().times(right.getKey()), left.getValue().times(right.getValue()));
      }
    }
    return new Dim(product);
  }

  /// The exact quotient. A sum in the denominator gives an opaque atom, unless it cancels as a
  /// whole.
  ///
  /// @throws ArithmeticException if `other` is zero
  public Dim dividedBy(Dim other) {
    if (other.terms.isEmpty()) throw new ArithmeticException("division by zero");
    if (terms.isEmpty()) return ZERO;
    if (equals(other)) return ONE;
    if (other.terms.size() == 1) {
      Monomial monomial = other.terms.firstKey();
      return times(of(monomial.inverted(), other.terms.get(monomial).inverted()));
    }
    return of(Monomial.of(new Atom.Quotient(this, other)), Rational.ONE);
  }

  /// @throws ArithmeticException if this is zero and the exponent negative
  public Dim power(int exponent) {
    Dim base = exponent < 0 ? ONE.dividedBy(this) : this;
    Dim product = ONE;
    for (int i = 0; i < Math.abs(exponent); i++) product = product.times(base);
    return product;
  }

  /// Every atom that has a name in `values` is replaced; the others stay.
  public Dim substitute(Map<String, Dim> values) {
    if (values.isEmpty() || isConstant()) return this;
    if (name.isPresent()) return values.getOrDefault(name.get(), this);
    return replace(
        name -> {
          Dim value = values.get(name);
          return value == null ? Dim.named(name) : value;
        });
  }

  private Dim replace(Function<String, Dim> values) {
    Dim sum = ZERO;
    for (Map.Entry<Monomial, Rational> term : terms.entrySet()) {
      Dim factor = of(Monomial.ONE, term.getValue());
      sum = sum.plus(factor.times(term.getKey().evaluate(atom -> value(atom, values))));
    }
    return sum;
  }

  private static Dim value(Atom atom, Function<String, Dim> values) {
    return switch (atom) {
      case Atom.Named(String name) -> values.apply(name);
      case Atom.Quotient(Dim numerator, Dim denominator) ->
          numerator.replace(values).dividedBy(denominator.replace(values));
    };
  }

  /// The size in numbers.
  ///
  /// @throws IllegalArgumentException if an atom has no value, or the result is not a whole number
  public long evaluate(Map<String, Long> sizes) {
    Dim result =
        replace(
            name -> {
              Long size = sizes.get(name);
              if (size == null) throw new IllegalArgumentException("no size for dimension " + name);
              return Dim.of(size);
            });
    return result
        .size()
        .orElseThrow(
            () -> new IllegalArgumentException(this + " is not a whole number: " + result));
  }

  /// Whether no atom occurs; such a dimension may still be a fraction.
  public boolean isConstant() {
    return terms.isEmpty() || (terms.size() == 1 && terms.firstKey().powers().isEmpty());
  }

  /// The number, if this is a constant whole number.
  public OptionalLong size() {
    if (!isConstant()) return OptionalLong.empty();
    Rational value = terms.isEmpty() ? Rational.ZERO : terms.get(Monomial.ONE);
    return value.isWhole() ? OptionalLong.of(value.numerator()) : OptionalLong.empty();
  }

  public boolean is(long size) {
    if (!isConstant()) return false;
    if (terms.isEmpty()) return size == 0;
    Rational value = terms.get(terms.firstKey());
    return value.isWhole() && value.numerator() == size;
  }

  /// The constant value, fractions included.
  public Optional<Double> constant() {
    if (!isConstant()) return Optional.empty();
    Rational value = terms.isEmpty() ? Rational.ZERO : terms.get(Monomial.ONE);
    return Optional.of((double) value.numerator() / value.denominator());
  }

  /// The name, if this is one atom with a name and nothing else.
  public Optional<String> name() {
    return name;
  }

  /// The names that occur, in the order in which they are printed.
  public Set<String> names() {
    var names = new LinkedHashSet<String>();
    for (Monomial monomial : terms.keySet()) {
      for (Atom atom : monomial.powers().keySet()) {
        switch (atom) {
          case Atom.Named(String name) -> names.add(name);
          case Atom.Quotient(Dim numerator, Dim denominator) -> {
            names.addAll(numerator.names());
            names.addAll(denominator.names());
          }
        }
      }
    }
    return names;
  }

  /// As an author would write it, in a form that {@link #parse} reads: `H * K`, `D / 2 + 1`, `B *
  /// T`.
  @Override
  public String toString() {
    if (terms.isEmpty()) return "0";
    var text = new StringBuilder();
    for (Map.Entry<Monomial, Rational> term : terms.entrySet()) {
      Rational coefficient = term.getValue();
      boolean negative = coefficient.numerator() < 0;
      if (!text.isEmpty()) text.append(negative ? " - " : " + ");
      else if (negative) text.append('-');
      text.append(product(negative ? coefficient.negated() : coefficient, term.getKey()));
    }
    return text.toString();
  }

  private static String product(Rational coefficient, Monomial monomial) {
    var above = new StringBuilder();
    var below = new StringBuilder();
    if (coefficient.numerator() != 1) above.append(coefficient.numerator());
    monomial
        .powers()
        .forEach(
            (atom, power) -> {
              for (int i = 0; i < power; i++)
                above.append(above.isEmpty() ? "" : " * ").append(atom);
              for (int i = 0; i > power; i--) below.append(" / ").append(atom);
            });
    if (above.isEmpty()) above.append('1');
    if (coefficient.denominator() != 1) below.append(" / ").append(coefficient.denominator());
    return above.append(below).toString();
  }

  /// Reads what {@link #toString} prints: sums and products of names, whole numbers and
  /// parentheses.
  ///
  /// @throws IllegalArgumentException with the position if the text is something else
  public static Dim parse(String text) {
    return new DimParser(text).parse();
  }

  private static void add(
      SortedMap<Monomial, Rational> terms, Monomial monomial, Rational coefficient) {
    Rational before = terms.get(monomial);
    Rational sum = before == null ? coefficient : before.plus(coefficient);
    if (sum.isZero()) terms.remove(monomial);
    else terms.put(monomial, sum);
  }

  @Override
  public int compareTo(Dim other) {
    return toString().compareTo(other.toString());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Dim dim && hash == dim.hash && terms.equals(dim.terms);
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
