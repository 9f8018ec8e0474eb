package dune.ir.dim;

import java.util.Iterator;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/// A product of atoms with exponents other than zero, which may be negative: `H * K`, `D * H**-1`.
record Monomial(SortedMap<Atom, Integer> powers) implements Comparable<Monomial> {
  static final Monomial ONE = new Monomial(new TreeMap<>());

  static Monomial of(Atom atom) {
    var powers = new TreeMap<Atom, Integer>();
    powers.put(atom, 1);
    return new Monomial(powers);
  }

  Monomial times(Monomial other) {
    if (powers.isEmpty()) return other;
    if (other.powers.isEmpty()) return this;
    var product = new TreeMap<Atom, Integer>(powers);
    for (Map.Entry<Atom, Integer> power : other.powers.entrySet()) {
      int sum = product.getOrDefault(power.getKey(), 0) + power.getValue();
      if (sum == 0) product.remove(power.getKey());
      else product.put(power.getKey(), sum);
    }
    return new Monomial(product);
  }

  Monomial inverted() {
    var inverse = new TreeMap<Atom, Integer>();
    powers.forEach((atom, power) -> inverse.put(atom, -power));
    return new Monomial(inverse);
  }

  int degree() {
    int degree = 0;
    for (int power : powers.values()) degree += Math.abs(power);
    return degree;
  }

  Dim evaluate(Function<Atom, Dim> values) {
    Dim product = Dim.ONE;
    for (Map.Entry<Atom, Integer> power : powers.entrySet()) {
      product = product.times(values.apply(power.getKey()).power(power.getValue()));
    }
    return product;
  }

  @Override
  public int compareTo(Monomial other) {
    int byDegree = Integer.compare(other.degree(), degree());
    if (byDegree != 0) return byDegree;
    Iterator<Map.Entry<Atom, Integer>> left = powers.entrySet().iterator();
    Iterator<Map.Entry<Atom, Integer>> right = other.powers.entrySet().iterator();
    while (left.hasNext() && right.hasNext()) {
      Map.Entry<Atom, Integer> a = left.next();
      Map.Entry<Atom, Integer> b = right.next();
      int byAtom = a.getKey().compareTo(b.getKey());
      if (byAtom != 0) return byAtom;
      int byPower = Integer.compare(b.getValue(), a.getValue());
      if (byPower != 0) return byPower;
    }
    return Boolean.compare(left.hasNext(), right.hasNext());
  }
}
