package dune.runtime.graph;

import dune.runtime.graph.Item.Box;
import dune.runtime.graph.Item.Leaf;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Draws once what looks alike several times in a row: a layer, or a group of layers that take
/// turns.
final class Folding {
  private static final int LONGEST = 4;

  private Folding() {}

  static Picture fold(Picture picture) {
    Box whole = fold(picture.whole());
    Map<Integer, Integer> shown = new HashMap<>();
    mapHidden(whole, shown);
    Map<String, Edge> edges = new LinkedHashMap<>();
    for (Edge edge : picture.edges()) {
      int from = shown.getOrDefault(edge.from(), edge.from());
      int to = shown.getOrDefault(edge.to(), edge.to());
      if (from < to) edges.putIfAbsent(from + ">" + to, new Edge(from, to, edge.type()));
    }
    return new Picture(picture.title(), whole, List.copyOf(edges.values()));
  }

  private static Box fold(Box box) {
    List<Item> items = new ArrayList<>();
    for (Item item : box.items()) items.add(item instanceof Box inner ? fold(inner) : item);
    return new Box(box.path(), box.times(), foldRow(items), box.hidden());
  }

  private static List<Item> foldRow(List<Item> items) {
    var row = new ArrayList<Item>();
    int at = 0;
    while (at < items.size()) {
      int period = 0;
      int times = 1;
      for (int length = 1; length <= LONGEST; length++) {
        int count = count(items, at, length);
        if (count > 1 && count * length > times * period) {
          period = length;
          times = count;
        }
      }
      if (times == 1) {
        row.add(items.get(at++));
        continue;
      }
      var groups = new ArrayList<Box>();
      for (int i = 0; i < times; i++) groups.add(group(items, at + i * period, period));
      Box first = groups.getFirst();
      int end = at + times * period;
      String path = ((Box) items.get(at)).path() + " to " + last(((Box) items.get(end - 1)).path());
      row.add(new Box(path, times, first.items(), groups.subList(1, times)));
      at = end;
    }
    return row;
  }

  private static String last(String path) {
    return path.substring(path.lastIndexOf('.') + 1);
  }

  /// How often the next `length` boxes come one after the other.
  private static int count(List<Item> items, int at, int length) {
    int count = 0;
    while (at + (count + 1) * length <= items.size()) {
      for (int i = 0; i < length; i++) {
        Item item = items.get(at + count * length + i);
        boolean same =
            item instanceof Box && item.signature().equals(items.get(at + i).signature());
        if (!same) return count;
      }
      count++;
    }
    return count;
  }

  private static Box group(List<Item> items, int at, int length) {
    Box first = (Box) items.get(at);
    return length == 1
        ? first
        : new Box(first.path(), 1, items.subList(at, at + length), List.of());
  }

  /// By number of what is not drawn, what is drawn for it.
  private static void mapHidden(Box box, Map<Integer, Integer> shown) {
    for (Item item : box.items()) if (item instanceof Box inner) mapHidden(inner, shown);
    List<Leaf> visible = box.leaves().toList();
    for (Box hidden : box.hidden()) {
      mapHidden(hidden, shown);
      List<Leaf> leaves = hidden.leaves().toList();
      for (int i = 0; i < leaves.size(); i++) {
        int target = visible.get(i).number();
        int number = leaves.get(i).number();
        shown.replaceAll((_, to) -> to == number ? target : to);
        shown.put(number, target);
      }
    }
  }
}
