package dune.weights.pickle;

import dune.weights.tensor.DType;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// The names that a pickle may ask for, and what they stand for. Looking one up loads nothing.
sealed interface Global {

  /// `torch.FloatStorage`.
  ///
  /// @param type empty for a storage of bytes
  record StorageClass(Optional<DType> type) implements Global {}

  /// `torch.bfloat16`.
  record ElementType(DType type) implements Global {}

  /// What can be called.
  enum Callable implements Global {
    REBUILD_TENSOR,
    /// Also the second form, which adds gradients and hooks.
    REBUILD_TENSOR_V2,
    REBUILD_TENSOR_V3,
    REBUILD_PARAMETER,
    /// Calls another one of these, and attaches attributes to the result.
    REBUILD_FROM_TYPE,
    DICT,
    TUPLE,
    /// Makes something that has no bearing on tensors, of whatever arguments.
    INERT
  }

  /// @return empty if a checkpoint has no business with the name
  static Optional<Global> find(String module, String name) {
    return Optional.ofNullable(Names.ALL.get(module + "." + name));
  }

  /// The allow-list.
  final class Names {
    private static final Map<String, Global> ALL = new HashMap<>();

    private Names() {}

    static {
      storages();
      elementTypes();
      callables();
    }

    private static void storages() {
      storage("Float", DType.F32);
      storage("Double", DType.F64);
      storage("Half", DType.F16);
      storage("BFloat16", DType.BF16);
      storage("Long", DType.I64);
      storage("Int", DType.I32);
      storage("Short", DType.I16);
      storage("Char", DType.I8);
      storage("Byte", DType.U8);
      storage("Bool", DType.BOOL);
      storage("ComplexFloat", DType.C64);
      var bytes = new StorageClass(Optional.empty());
      ALL.put("torch.UntypedStorage", bytes);
      ALL.put("torch.storage.UntypedStorage", bytes);
    }

    private static void storage(String name, DType type) {
      var storage = new StorageClass(Optional.of(type));
      ALL.put("torch." + name + "Storage", storage);
      ALL.put("torch.cuda." + name + "Storage", storage);
    }

    private static void elementTypes() {
      elementType(DType.F32, "float32", "float");
      elementType(DType.F64, "float64", "double");
      elementType(DType.F16, "float16", "half");
      elementType(DType.BF16, "bfloat16");
      elementType(DType.I64, "int64", "long");
      elementType(DType.I32, "int32", "int");
      elementType(DType.I16, "int16", "short");
      elementType(DType.I8, "int8");
      elementType(DType.U8, "uint8");
      elementType(DType.U16, "uint16");
      elementType(DType.U32, "uint32");
      elementType(DType.U64, "uint64");
      elementType(DType.BOOL, "bool");
      elementType(DType.C64, "complex64", "cfloat");
      elementType(DType.F8_E4M3, "float8_e4m3fn");
      elementType(DType.F8_E5M2, "float8_e5m2");
      elementType(DType.F8_E4M3FNUZ, "float8_e4m3fnuz");
      elementType(DType.F8_E5M2FNUZ, "float8_e5m2fnuz");
      elementType(DType.F8_E8M0, "float8_e8m0fnu");
    }

    private static void elementType(DType type, String... names) {
      for (String name : names) ALL.put("torch." + name, new ElementType(type));
    }

    private static void callables() {
      callable(Callable.REBUILD_TENSOR, "torch._utils._rebuild_tensor");
      callable(Callable.REBUILD_TENSOR_V2, "torch._utils._rebuild_tensor_v2");
      callable(Callable.REBUILD_TENSOR_V3, "torch._utils._rebuild_tensor_v3");
      callable(
          Callable.REBUILD_PARAMETER,
          "torch._utils._rebuild_parameter",
          "torch._utils._rebuild_parameter_with_state");
      callable(Callable.REBUILD_FROM_TYPE, "torch._tensor._rebuild_from_type_v2");
      callable(
          Callable.DICT,
          "collections.OrderedDict",
          "collections.defaultdict",
          "collections.Counter",
          "builtins.dict",
          "__builtin__.dict");
      callable(Callable.TUPLE, "torch.Size");
      callable(
          Callable.INERT,
          "torch.device",
          "torch.Tensor",
          "torch.nn.parameter.Parameter",
          "_codecs.encode",
          // What training scripts put beside the weights.
          "argparse.Namespace",
          "pathlib.Path",
          "pathlib.PosixPath",
          "pathlib.PurePosixPath",
          "pathlib.WindowsPath",
          "numpy.dtype",
          "numpy.core.multiarray.scalar",
          "numpy._core.multiarray.scalar");
      for (String module : new String[] {"builtins.", "__builtin__."}) {
        for (String name :
            new String[] {
              "set", "frozenset", "bytearray", "complex", "int", "float", "str", "list"
            }) {
          callable(Callable.INERT, module + name);
        }
      }
    }

    private static void callable(Callable callable, String... names) {
      for (String name : names) ALL.put(name, callable);
    }
  }
}
