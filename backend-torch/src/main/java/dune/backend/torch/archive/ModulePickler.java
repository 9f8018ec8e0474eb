package dune.backend.torch.archive;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Pickles a module object and its state in protocol 2, with the few opcodes that torch's own
/// reader knows. Nothing is memoised: the text stays plain, and repeated names cost a few bytes
/// each.
final class ModulePickler {
  private final Archive archive;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private int storages;

  ModulePickler(Archive archive) {
    this.archive = archive;
  }

  byte[] pickle() {
    op(0x80, 2);
    global("__torch__", "Model");
    op(')', 0x81, '}', '('); // a new object without arguments, and the dictionary that is its state
    for (Attribute attribute : archive.attributes()) {
      text(attribute.name());
      switch (attribute) {
        case Attribute.OfTensor tensor -> tensor(tensor);
        case Attribute.OfInt(_, long value) -> number(value);
        case Attribute.OfInts(_, List<Long> values) -> numbers(values);
      }
    }
    text("training");
    op(0x89);
    text("_is_full_backward_hook");
    op('N', 'u', 'b', '.');
    return out.toByteArray();
  }

  /// `_rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks)`; the storage is a
  /// persistent id that names an entry `data/N`. Each tensor has a storage of its own.
  private void tensor(Attribute.OfTensor tensor) {
    List<Long> shape = tensor.content() instanceof Content.Absent ? List.of(0L) : tensor.shape();
    global("torch._utils", "_rebuild_tensor_v2");
    op('(', '(');
    text("storage");
    global("torch", TorchNames.storage(tensor.elem()));
    text(Integer.toString(storages++));
    text("cpu");
    number(shape.stream().reduce(1L, Math::multiplyExact));
    op('t', 'Q');
    number(0);
    tuple(shape);
    tuple(strides(shape));
    op(0x89);
    global("collections", "OrderedDict");
    op(')', 'R', 't', 'R');
  }

  private static List<Long> strides(List<Long> shape) {
    var strides = new ArrayList<Long>();
    long stride = 1;
    for (long size : shape.reversed()) {
      strides.addFirst(stride);
      stride *= Math.max(size, 1);
    }
    return strides;
  }

  private void numbers(List<Long> values) {
    global("torch.jit._pickle", "build_intlist");
    op('(', ']', '(');
    values.forEach(this::number);
    op('e', 't', 'R');
  }

  private void tuple(List<Long> values) {
    op('(');
    values.forEach(this::number);
    op('t');
  }

  private void global(String module, String name) {
    op('c');
    raw((module + "\n" + name + "\n").getBytes(StandardCharsets.UTF_8));
  }

  private void text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    op('X');
    raw(little(4).putInt(bytes.length).array());
    raw(bytes);
  }

  private void number(long value) {
    if (value >= 0 && value < 256) {
      op('K', (int) value);
    } else if (value == (int) value) {
      op('J');
      raw(little(4).putInt((int) value).array());
    } else {
      op(0x8a, 8);
      raw(little(8).putLong(value).array());
    }
  }

  private void op(int... codes) {
    for (int code : codes) out.write(code);
  }

  private void raw(byte[] bytes) {
    out.write(bytes, 0, bytes.length);
  }

  private static ByteBuffer little(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }
}
