package dune.weights.pickle;

import dune.weights.InputFailure;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// Runs one pickle. It is a program for a machine with a stack and a memo, and this is that machine
/// without its dangers: names are looked up in a table, calls make records.
final class Unpickler {
  /// Five million make the pickle of a hundred thousand tensors.
  private static final int MOST_STEPS = 10_000_000;

  private static final int MOST_VALUES = 1_000_000;
  private static final int MOST_MARKS = 10_000;
  private static final int MOST_MEMOS = 2_000_000;

  private final PickleInput input;
  private final List<Value> stack = new ArrayList<>();
  private final List<Integer> marks = new ArrayList<>();
  private final Map<Integer, Value> memo = new HashMap<>();
  private final Calls calls;
  private int steps;

  private Unpickler(PickleInput input, Consumer<Value.Storage> seen) {
    this.input = input;
    this.calls = new Calls(input, this::work, seen);
  }

  /// Reads one pickle, from where the input stands to behind its end.
  ///
  /// @throws InputFailure if it is broken, too large, or asks for something that is not allowed
  static Value read(PickleInput input) {
    return read(input, _ -> {});
  }

  /// @param seen hears of every storage that the pickle refers to
  static Value read(PickleInput input, Consumer<Value.Storage> seen) {
    return new Unpickler(input, seen).run();
  }

  private Value run() {
    while (true) {
      work(1);
      int code = input.u8();
      var opcode =
          Opcode.of(code)
              .orElseThrow(
                  () ->
                      broken(
                          "its pickle has the instruction 0x%02x at byte %d, which PyTorch does not"
                                  .formatted(code, input.position() - 1)
                              + " write; nothing was executed"));
      if (opcode == Opcode.STOP) return pop();
      step(opcode);
      if (stack.size() > MOST_VALUES || marks.size() > MOST_MARKS || memo.size() > MOST_MEMOS) {
        throw broken("its pickle needs more memory than any checkpoint; it was not read");
      }
    }
  }

  private void work(int amount) {
    steps += amount;
    if (steps < 0 || steps > MOST_STEPS) {
      throw broken("its pickle has more steps than any checkpoint; it was not read");
    }
  }

  private void step(Opcode opcode) {
    switch (opcode) {
      case PROTO -> protocol(input.u8());
      case FRAME -> input.i64();
      case STOP -> throw new IllegalStateException("the end was seen before");

      case NONE -> push(Value.None.NONE);
      case NEWTRUE -> push(new Value.Bool(true));
      case NEWFALSE -> push(new Value.Bool(false));
      case BININT -> push(new Value.Whole(input.i32()));
      case BININT1 -> push(new Value.Whole(input.u8()));
      case BININT2 -> push(new Value.Whole(input.u16()));
      case LONG1 -> push(number(input.u8()));
      case BINFLOAT -> inert(8);
      case SHORT_BINBYTES -> inert(input.u8());
      case BINBYTES -> inert(input.length());
      case BINUNICODE, BINSTRING -> push(new Value.Text(input.text(input.length())));
      case SHORT_BINUNICODE, SHORT_BINSTRING -> push(new Value.Text(input.text(input.u8())));

      case EMPTY_LIST -> push(new Value.Items());
      case EMPTY_DICT -> push(new Value.Dict());
      case EMPTY_SET -> push(Value.Inert.INERT);
      case EMPTY_TUPLE -> push(new Value.Tuple(List.of()));
      case TUPLE1 -> push(new Value.Tuple(popped(1)));
      case TUPLE2 -> push(new Value.Tuple(popped(2)));
      case TUPLE3 -> push(new Value.Tuple(popped(3)));
      case TUPLE -> push(new Value.Tuple(marked()));
      case FROZENSET -> {
        marked();
        push(Value.Inert.INERT);
      }
      case APPEND -> append(popped(1));
      case APPENDS, ADDITEMS -> append(marked());
      case SETITEM -> set(popped(2));
      case SETITEMS -> set(marked());

      case MARK -> marks.add(stack.size());
      case POP -> {
        if (!marks.isEmpty() && marks.getLast() == stack.size()) marks.removeLast();
        else pop();
      }
      case POP_MARK -> marked();

      case BINPUT -> remember(input.u8());
      case LONG_BINPUT -> remember(input.i32());
      case MEMOIZE -> remember(memo.size());
      case BINGET -> push(recalled(input.u8()));
      case LONG_BINGET -> push(recalled(input.i32()));

      case GLOBAL -> push(calls.named(input.line(), input.line()));
      case STACK_GLOBAL -> push(named(popped(2)));
      case BINPERSID -> push(calls.storage(pop()));
      case REDUCE, NEWOBJ -> {
        var arguments = pop();
        push(calls.call(pop(), arguments));
      }
      // Attributes, such as the versions of modules that a state dictionary has.
      case BUILD -> {
        pop();
        requireAttributes(top());
      }
    }
  }

  private void protocol(int version) {
    if (version >= 2 && version <= 4) return;
    throw broken(
        "its pickle is of protocol %d, and PyTorch writes 2; save it again with torch.save"
            .formatted(version));
  }

  private Value number(int bytes) {
    var number = input.number(bytes);
    return number.bitLength() < Long.SIZE
        ? new Value.Whole(number.longValue())
        : new Value.Huge(number);
  }

  private void inert(long bytes) {
    input.skip(bytes);
    push(Value.Inert.INERT);
  }

  private Value named(List<Value> names) {
    if (names.get(0) instanceof Value.Text(var module)
        && names.get(1) instanceof Value.Text(var name)) {
      return calls.named(module, name);
    }
    throw malformed("looks up something that is not a name");
  }

  // Containers.

  private void append(List<Value> values) {
    switch (top()) {
      case Value.Items items -> items.values.addAll(values);
      case Value.Inert _ -> {}
      case Value other -> throw malformed("appends to " + other.kind());
    }
  }

  private void set(List<Value> pairs) {
    if (pairs.size() % 2 != 0) throw malformed("sets a key without a value");
    switch (top()) {
      case Value.Dict dict -> {
        for (int i = 0; i < pairs.size(); i += 2) {
          dict.entries.add(new Value.Dict.Entry(pairs.get(i), pairs.get(i + 1)));
        }
      }
      case Value.Inert _ -> {}
      case Value other -> throw malformed("sets keys of " + other.kind());
    }
  }

  private void requireAttributes(Value value) {
    switch (value) {
      case Value.Dict _, Value.Tensor _, Value.Inert _ -> {}
      case Value other -> throw malformed("gives attributes to " + other.kind());
    }
  }

  // Stack and memo.

  private void push(Value value) {
    stack.add(value);
  }

  /// Values below a mark belong to whoever set it.
  private void require(int count) {
    int floor = marks.isEmpty() ? 0 : marks.getLast();
    if (stack.size() - count < floor) throw malformed("takes more values than there are");
  }

  private Value pop() {
    require(1);
    return stack.removeLast();
  }

  private Value top() {
    require(1);
    return stack.getLast();
  }

  private List<Value> popped(int count) {
    require(count);
    return cut(stack.size() - count);
  }

  /// The values above the last mark, which is gone then.
  private List<Value> marked() {
    if (marks.isEmpty()) throw malformed("goes back to a mark that is not there");
    return cut(marks.removeLast());
  }

  private List<Value> cut(int from) {
    var tail = stack.subList(from, stack.size());
    var values = List.copyOf(tail);
    tail.clear();
    return values;
  }

  private void remember(int index) {
    memo.put(index, top());
  }

  private Value recalled(int index) {
    var value = memo.get(index);
    if (value == null) throw malformed("recalls what it never stored");
    return value;
  }

  private InputFailure malformed(String what) {
    return broken(
        "its pickle %s (before byte %d); it is not well-formed".formatted(what, input.position()));
  }

  private InputFailure broken(String message) {
    return input.broken(message);
  }
}
