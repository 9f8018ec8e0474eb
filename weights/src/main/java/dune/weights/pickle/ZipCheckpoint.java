package dune.weights.pickle;

import dune.weights.InputFailure;
import dune.weights.Quoted;
import dune.weights.pickle.ZipDirectory.Entry;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/// The form that PyTorch writes since 1.6: a zip archive of one folder, with the pickle in
/// `data.pkl` and each storage in an entry `data/KEY`.
final class ZipCheckpoint {
  private static final String PICKLE = "data.pkl";

  /// Enough for a million tensors.
  private static final long LARGEST_PICKLE = 256L << 20;

  private final Path file;
  private final Map<String, Entry> entries;
  private final String folder;

  private ZipCheckpoint(Path file, Map<String, Entry> entries) {
    this.file = file;
    this.entries = entries;
    this.folder = folder();
  }

  static Pickled read(Path file, MemorySegment bytes) {
    return new ZipCheckpoint(file, ZipDirectory.read(file, bytes)).read(bytes);
  }

  private String folder() {
    for (String name : entries.keySet()) {
      boolean top = name.indexOf('/') == name.lastIndexOf('/');
      if (top && (name.equals(PICKLE) || name.endsWith("/" + PICKLE))) {
        return name.substring(0, name.length() - PICKLE.length());
      }
    }
    throw broken("it is a zip archive without `data.pkl`; it is no checkpoint of PyTorch");
  }

  private Pickled read(MemorySegment bytes) {
    requireNoProgram();
    requireLittleEndian(bytes);
    var pickle = entries.get(folder + PICKLE);
    if (pickle.size() > LARGEST_PICKLE) {
      throw broken("its `data.pkl` has " + pickle.size() + " bytes, more than any checkpoint's");
    }
    var input = new PickleInput(file, bytes.asSlice(pickle.begin(), pickle.size()));
    return new Pickled(Unpickler.read(input), this::place);
  }

  private void requireNoProgram() {
    for (String name : entries.keySet()) {
      if (name.equals(folder + "constants.pkl") || name.startsWith(folder + "code/")) {
        throw broken(
            "it is a TorchScript archive, a program and not a checkpoint; save the model's"
                + " `state_dict()` instead");
      }
    }
  }

  private void requireLittleEndian(MemorySegment bytes) {
    var entry = entries.get(folder + "byteorder");
    if (entry == null) return;
    long length = Math.min(entry.size(), 10);
    byte[] text = bytes.asSlice(entry.begin(), length).toArray(ValueLayout.JAVA_BYTE);
    var order = new String(text, StandardCharsets.UTF_8).strip();
    if (!order.equals("little")) {
      throw broken(
          "its numbers are in the byte order "
              + Quoted.name(order)
              + "; load it with PyTorch and save it again on a little-endian machine");
    }
  }

  private Pickled.Place place(Value.Storage storage) {
    int width = storage.width();
    var entry = entries.get(folder + "data/" + storage.key());
    var quoted = Quoted.name("data/" + storage.key());
    if (entry == null) {
      throw broken("its entry " + quoted + ", which a tensor needs, is missing; it is damaged");
    }
    if (storage.begin() != 0
        || entry.size() / width != storage.count()
        || entry.size() % width != 0) {
      throw broken(
          "its entry %s has %d bytes, and its pickle says %d elements of %d; it is damaged or hostile"
              .formatted(quoted, entry.size(), storage.count(), width));
    }
    return new Pickled.Place(entry.begin(), entry.size());
  }

  private InputFailure broken(String message) {
    return new InputFailure(file, message);
  }
}
