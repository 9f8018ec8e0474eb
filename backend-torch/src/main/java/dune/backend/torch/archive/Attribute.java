package dune.backend.torch.archive;

import dune.ir.Elem;
import java.util.List;

/// A named value that a module holds.
public sealed interface Attribute {
  String name();

  /// What a tensor is to its module.
  enum Role {
    PARAMETER,
    BUFFER
  }

  /// A tensor.
  ///
  /// @param shape sizes, outermost axis first; what {@link Content.Absent} promises to bring
  record OfTensor(String name, Role role, Elem elem, List<Long> shape, Content content)
      implements Attribute {
    public OfTensor {
      shape = List.copyOf(shape);
      if (content instanceof Content.Bytes(var bytes)
          && bytes.byteSize() != byteSize(elem, shape)) {
        throw new IllegalArgumentException(
            "`%s` is %s%s, which is %d bytes, not %d"
                .formatted(name, elem, shape, byteSize(elem, shape), bytes.byteSize()));
      }
    }

    public long byteSize() {
      return byteSize(elem, shape);
    }

    private static long byteSize(Elem elem, List<Long> shape) {
      return shape.stream().reduce((long) elem.bytes(), Math::multiplyExact);
    }
  }

  /// A whole number.
  record OfInt(String name, long value) implements Attribute {}

  /// Whole numbers.
  record OfInts(String name, List<Long> values) implements Attribute {
    public OfInts {
      values = List.copyOf(values);
    }
  }
}
