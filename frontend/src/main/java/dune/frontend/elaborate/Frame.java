package dune.frontend.elaborate;

import dune.frontend.source.Span;
import dune.ir.dim.Dim;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The dimension names of one body or block instance. Inside they are rigid; each knows what it is
/// outside.
///
/// The *canonical* form of a dimension is written in names of the root (the model's own parameters,
/// `B`, `T`, `S`): two frames compare dimensions through it. It stays symbolic even where sizes are
/// known, so that dimensions meet by name and not by size.
final class Frame {
  private final Optional<Frame> parent;
  private final Map<String, Atom> atoms = new LinkedHashMap<>();
  private List<Dim> pack = List.of();
  private int fresh;

  /// What a name is outside of the frame.
  ///
  /// @param outer in the names of the frame that bound it
  /// @param factors how the author wrote that, as a product
  /// @param canonical in the names of the root
  /// @param born where it was bound
  record Atom(Dim outer, List<Dim> factors, Dim canonical, Span born) {}

  private Frame(Optional<Frame> parent) {
    this.parent = parent;
  }

  static Frame root() {
    return new Frame(Optional.empty());
  }

  /// A frame that sees the names of `parent`.
  static Frame within(Frame parent) {
    return new Frame(Optional.of(parent));
  }

  /// Binds `name` and gives the dimension by which the frame calls it: `K`, or `K'` if an outer `K`
  /// is in sight.
  Dim bind(String name, Dim outer, List<Dim> factors, Dim canonical, Span born) {
    String atom = name;
    while (atom(atom).isPresent()) atom += "'";
    atoms.put(atom, new Atom(outer, factors, canonical, born));
    return Dim.named(atom);
  }

  /// Binds a dimension that has no outside: it is its own canonical form under a name that nothing
  /// else has.
  Dim bindRigid(String name, Dim canonical, Span born) {
    return bind(name, canonical, List.of(), canonical, born);
  }

  /// Binds the axes that `...` stands for.
  List<Dim> bindPack(List<Dim> outer, List<Dim> canonical, Span born) {
    var dims = new ArrayList<Dim>();
    for (int i = 0; i < outer.size(); i++) {
      dims.add(
          bind("...".concat(String.valueOf(i)), outer.get(i), List.of(), canonical.get(i), born));
    }
    pack = List.copyOf(dims);
    return pack;
  }

  /// The axes that `...` stands for here.
  List<Dim> pack() {
    return pack;
  }

  Optional<Atom> atom(String name) {
    Atom own = atoms.get(name);
    if (own != null) return Optional.of(own);
    return parent.flatMap(frame -> frame.atom(name));
  }

  /// The atom, if this frame itself binds it.
  Optional<Atom> ownAtom(String name) {
    return Optional.ofNullable(atoms.get(name));
  }

  Dim canonical(Dim dim) {
    if (dim.isConstant()) return dim;
    if (dim.name().isPresent()) return atom(dim.name().get()).map(Atom::canonical).orElse(dim);
    var values = new LinkedHashMap<String, Dim>();
    for (String name : dim.names())
      atom(name).ifPresent(atom -> values.put(name, atom.canonical()));
    return dim.substitute(values);
  }

  /// The same dimension in the names of the frame that bound this frame's own names; others stay.
  Dim outer(Dim dim) {
    var values = new LinkedHashMap<String, Dim>();
    for (String name : dim.names()) ownAtom(name).ifPresent(atom -> values.put(name, atom.outer()));
    return dim.substitute(values);
  }

  /// The same dimension for another frame: a name that it does not share is what it was bound to,
  /// for a parameter of a block what its creator wrote.
  Dim outer(Dim dim, Frame other) {
    var values = new LinkedHashMap<String, Dim>();
    for (String name : dim.names()) {
      Optional<Frame> owner = owner(name);
      if (owner.isPresent() && !other.isWithin(owner.get())) {
        values.put(name, owner.get().atoms.get(name).outer());
      }
    }
    return dim.substitute(values);
  }

  private Optional<Frame> owner(String name) {
    if (atoms.containsKey(name)) return Optional.of(this);
    return parent.flatMap(frame -> frame.owner(name));
  }

  /// What the names of this frame are for the root, to compare two instances of one block.
  Map<String, Dim> canonicalAtoms() {
    var canonical = new LinkedHashMap<String, Dim>();
    atoms.forEach((name, atom) -> canonical.put(name, atom.canonical()));
    return canonical;
  }

  /// Whether every name of the dimension is bound here or further out.
  boolean knows(Dim dim) {
    return dim.names().stream().allMatch(name -> atom(name).isPresent());
  }

  /// Whether `other` is this frame or one that it lies within.
  boolean isWithin(Frame other) {
    return this == other || parent.map(frame -> frame.isWithin(other)).orElse(false);
  }

  /// The name by which this frame calls what the root calls `canonical`; empty if it has none.
  Optional<Dim> local(Dim canonical) {
    if (canonical.isConstant()) return Optional.of(canonical);
    for (Map.Entry<String, Atom> entry : atoms.entrySet()) {
      if (entry.getValue().canonical().equals(canonical))
        return Optional.of(Dim.named(entry.getKey()));
    }
    if (parent.isPresent()) {
      Optional<Dim> found = parent.get().local(canonical);
      if (found.isPresent()) return found;
    }
    return fromNames(canonical);
  }

  /// Rebuilds a compound dimension from the names of its parts.
  private Optional<Dim> fromNames(Dim canonical) {
    if (canonical.name().isPresent()) return Optional.empty();
    var values = new LinkedHashMap<String, Dim>();
    for (String name : canonical.names()) {
      Optional<Dim> part = local(Dim.named(name));
      if (part.isEmpty()) return Optional.empty();
      values.put(name, part.get());
    }
    return Optional.of(canonical.substitute(values));
  }

  /// A name that this frame has not used yet, for something that has no name of its own.
  String unused(String hint) {
    String name = hint + ++fresh;
    while (atom(name).isPresent()) name = hint + ++fresh;
    return name;
  }

  /// As the author wrote it: without the marks that keep names of different frames apart.
  static String text(Dim dim) {
    return dim.toString()
        .replace("'", "")
        .replaceAll("\\.\\.\\.\\d+", "...")
        .replaceAll("\\(\\((.*?)\\) / \\((.*?)\\)\\)", "($1) / ($2)");
  }
}
