package dune.runtime.graph;

import java.util.List;
import java.util.stream.Stream;

/// What a picture shows, in the order of computation.
public sealed interface Item {
  /// One operation.
  ///
  /// @param number among all operations of the function
  /// @param name what it does
  /// @param details weights that it reads, one line each
  /// @param result the type that it gives
  /// @param kind decides the colour
  /// @param place the line of the model: `models/llama.dune:28`
  /// @param way equal for operations whose operands come about alike, in what is not shown
  record Leaf(
      int number,
      String name,
      List<String> details,
      String result,
      Kind kind,
      String place,
      int way)
      implements Item {
    public Leaf {
      details = List.copyOf(details);
    }

    @Override
    public String signature() {
      return name + result + kind + place + way;
    }
  }

  /// A block of the model, or several equal ones.
  ///
  /// @param path of the block, of which the last segment is its title
  /// @param times how many blocks, or groups of blocks, look like this one
  /// @param hidden the other ones, item by item
  record Box(String path, int times, List<Item> items, List<Box> hidden) implements Item {
    public Box {
      items = List.copyOf(items);
      hidden = List.copyOf(hidden);
    }

    @Override
    public String signature() {
      var text = new StringBuilder("(");
      for (Item item : items) text.append(item.signature()).append(';');
      return text.append(')').append(times).toString();
    }

    Stream<Leaf> leaves() {
      return items.stream()
          .flatMap(
              item ->
                  switch (item) {
                    case Leaf leaf -> Stream.of(leaf);
                    case Box box -> box.leaves();
                  });
    }
  }

  enum Kind {
    PRODUCT,
    ATTENTION,
    NORM,
    GATE,
    ROTARY,
    STATE,
    EXPERTS,
    OTHER
  }

  /// Equal for items that look alike.
  String signature();
}
