package dune.runtime.summary;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Collects what belongs to member paths, and folds equal neighbours of a list.
final class BlockTree {
  private final Map<String, BlockTree> members = new LinkedHashMap<>();

  /// The shapes of weights that stand here: by these blocks are told apart.
  private final List<String> weights = new ArrayList<>();

  private long parameters;
  private double active;
  private long flops;

  /// The block at a path, which is made if need be.
  private BlockTree at(List<String> path) {
    BlockTree block = this;
    for (String name : path) block = block.members.computeIfAbsent(name, _ -> new BlockTree());
    return block;
  }

  /// @param path of the weight, its own name last
  void addWeight(String path, String shape, long count, double activeCount) {
    var names = List.of(path.split("\\."));
    BlockTree block = at(names.subList(0, names.size() - 1));
    block.weights.add(names.getLast() + shape);
    block.parameters += count;
    block.active += activeCount;
  }

  /// A weight that is another name of one that was counted.
  void addName(String path) {
    var names = List.of(path.split("\\."));
    at(names.subList(0, names.size() - 1)).weights.add(names.getLast() + " tied");
  }

  /// @param path of a block that has weights; work elsewhere counts for the block around it
  void addFlops(String path, long count) {
    BlockTree block = this;
    for (String name : path.split("\\.")) {
      BlockTree inner = block.members.get(name);
      if (inner == null) break;
      block = inner;
    }
    block.flops += count;
  }

  /// The model itself.
  Block fold(String name) {
    return block(name, List.of(this));
  }

  /// Blocks of the same form as one.
  private static Block block(String name, List<BlockTree> all) {
    var parts = new ArrayList<Block>();
    for (String member : all.getFirst().members.keySet()) {
      parts.addAll(member(member, all.stream().map(one -> one.members.get(member)).toList()));
    }
    return new Block(
        name,
        all.size(),
        all.stream().mapToLong(BlockTree::parameters).sum(),
        Math.round(all.stream().mapToDouble(BlockTree::active).sum()),
        all.stream().mapToLong(BlockTree::flops).sum(),
        parts);
  }

  /// A member of several blocks of the same form: itself, or the runs of equal blocks of its list.
  private static List<Block> member(String name, List<BlockTree> all) {
    var numbers = List.copyOf(all.getFirst().members.keySet());
    boolean list = !numbers.isEmpty() && numbers.stream().allMatch(BlockTree::isNumber);
    if (!list) return List.of(block(name, all));
    var runs = new ArrayList<Block>();
    for (int i = 0; i < numbers.size(); ) {
      String form = all.getFirst().members.get(numbers.get(i)).form();
      int end = i + 1;
      while (end < numbers.size()
          && all.getFirst().members.get(numbers.get(end)).form().equals(form)) {
        end++;
      }
      var run = numbers.subList(i, end);
      var blocks = all.stream().flatMap(one -> run.stream().map(one.members::get)).toList();
      String range = run.size() == 1 ? run.getFirst() : run.getFirst() + " .. " + run.getLast();
      runs.add(block(name + "." + range, blocks));
      i = end;
    }
    return runs;
  }

  private static boolean isNumber(String name) {
    return name.chars().allMatch(Character::isDigit);
  }

  private String form() {
    var form = new StringBuilder(weights.toString());
    members.forEach(
        (name, block) -> form.append(name).append('(').append(block.form()).append(')'));
    return form.toString();
  }

  private long parameters() {
    return parameters + members.values().stream().mapToLong(BlockTree::parameters).sum();
  }

  private double active() {
    return active + members.values().stream().mapToDouble(BlockTree::active).sum();
  }

  private long flops() {
    return flops + members.values().stream().mapToLong(BlockTree::flops).sum();
  }
}
