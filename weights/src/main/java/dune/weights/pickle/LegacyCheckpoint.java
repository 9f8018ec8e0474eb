package dune.weights.pickle;

import dune.weights.InputFailure;
import dune.weights.Quoted;
import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The form that PyTorch wrote before 1.6: pickles of a magic number, a version, the writer's
/// system, the object and the keys of its storages, and then the storages, each a count of elements
/// and its bytes.
final class LegacyCheckpoint {
  private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
  private static final long VERSION = 1001;

  private final Path file;
  private final MemorySegment bytes;

  private LegacyCheckpoint(Path file, MemorySegment bytes) {
    this.file = file;
    this.bytes = bytes;
  }

  static Pickled read(Path file, MemorySegment bytes) {
    return new LegacyCheckpoint(file, bytes).read();
  }

  private Pickled read() {
    var input = new PickleInput(file, bytes);
    if (!(Unpickler.read(input) instanceof Value.Huge(var magic)) || !magic.equals(MAGIC)) {
      throw broken(
          "it is a pickle, but not one of PyTorch's; save the tensors with torch.save or as"
              + " safetensors");
    }
    if (!(Unpickler.read(input) instanceof Value.Whole(var version)) || version != VERSION) {
      throw broken(
          "it is of an unknown version of PyTorch's format; save it again with torch.save");
    }
    requireLittleEndian(Unpickler.read(input));
    var widths = new HashMap<String, Integer>();
    var root = Unpickler.read(input, storage -> widths.put(storage.key(), storage.width()));
    var places = places(input, keys(Unpickler.read(input)), widths);
    return new Pickled(root, storage -> place(storage, places));
  }

  private void requireLittleEndian(Value system) {
    if (system instanceof Value.Dict dict
        && dict.get("little_endian").orElse(Value.None.NONE) instanceof Value.Bool(var little)
        && !little) {
      throw broken(
          "its numbers are big-endian; load it with PyTorch and save it again on a little-endian"
              + " machine");
    }
  }

  private List<String> keys(Value value) {
    var keys = new ArrayList<String>();
    if (!(value instanceof Value.Items items)) throw broken("its list of storages is missing");
    for (Value key : items.values) {
      if (!(key instanceof Value.Text(var text))) throw broken("its list of storages is damaged");
      keys.add(text);
    }
    return keys;
  }

  private Map<String, Pickled.Place> places(
      PickleInput input, List<String> keys, Map<String, Integer> widths) {
    var places = new LinkedHashMap<String, Pickled.Place>();
    for (String key : keys) {
      var width = widths.get(key);
      if (width == null) throw broken("it has a storage that nothing refers to; it is damaged");
      long count = input.i64();
      long begin = input.position();
      if (count < 0 || count > (bytes.byteSize() - begin) / width) {
        throw broken("its storages go beyond its end; it is truncated; download or copy it again");
      }
      input.skip(count * width);
      places.put(key, new Pickled.Place(begin, count * width));
    }
    return places;
  }

  private Pickled.Place place(Value.Storage storage, Map<String, Pickled.Place> places) {
    int width = storage.width();
    var place = places.get(storage.key());
    if (place == null) {
      throw broken(
          "its storage "
              + Quoted.name(storage.key())
              + ", which a tensor needs, is missing; it is damaged");
    }
    long count = place.bytes() / width;
    if (storage.begin() > count - storage.count()) {
      throw broken(
          "its storage %s has %d elements, and its pickle says %d; it is damaged or hostile"
              .formatted(Quoted.name(storage.key()), count, storage.begin() + storage.count()));
    }
    return new Pickled.Place(place.begin() + storage.begin() * width, storage.count() * width);
  }

  private InputFailure broken(String message) {
    return new InputFailure(file, message);
  }
}
