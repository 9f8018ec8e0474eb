package dune.ir.dim;

/// An exact fraction in lowest terms with a positive denominator; overflow throws {@link
/// ArithmeticException}.
record Rational(long numerator, long denominator) implements Comparable<Rational> {
  static final Rational ZERO = new Rational(0, 1);
  static final Rational ONE = new Rational(1, 1);

  Rational {
    if (denominator == 0) throw new ArithmeticException("division by zero");
    long divisor = gcd(Math.absExact(numerator), Math.absExact(denominator));
    if (denominator < 0) divisor = -divisor;
    numerator /= divisor;
    denominator /= divisor;
  }

  static Rational of(long value) {
    return new Rational(value, 1);
  }

  Rational plus(Rational other) {
    return new Rational(
        Math.addExact(
            Math.multiplyExact(numerator, other.denominator),
            Math.multiplyExact(other.numerator, denominator)),
        Math.multiplyExact(denominator, other.denominator));
  }

  Rational times(Rational other) {
    var left = new Rational(numerator, other.denominator);
    var right = new Rational(other.numerator, denominator);
    return new Rational(
        Math.multiplyExact(left.numerator, right.numerator),
        Math.multiplyExact(left.denominator, right.denominator));
  }

  Rational negated() {
    return new Rational(Math.negateExact(numerator), denominator);
  }

  Rational inverted() {
    return new Rational(/* numerator= */ denominator, /* denominator= */ numerator);
  }

  boolean isZero() {
    return numerator == 0;
  }

  boolean isWhole() {
    return denominator == 1;
  }

  @Override
  public int compareTo(Rational other) {
    return Long.compare(
        Math.multiplyExact(numerator, other.denominator),
        Math.multiplyExact(other.numerator, denominator));
  }

  private static long gcd(long a, long b) {
    while (b != 0) {
      long rest = a % b;
      a = b;
      b = rest;
    }
    return a == 0 ? 1 : a;
  }
}
