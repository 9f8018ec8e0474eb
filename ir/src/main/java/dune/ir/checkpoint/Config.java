package dune.ir.checkpoint;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// A place in a `config.json`, and the memory of which keys were asked for.
///
/// Reading never fails: a key that is absent, or that is asked of something without keys, gives
/// `null`. All places reached from one root share one memory, so it can list the keys that nobody
/// read and those that nobody wrote.
public final class Config {
  private final String file;
  private final String path;
  private final Json value;
  private final Memory memory;

  private record Memory(Json root, Set<String> read, Set<String> absent) {}

  private Config(String file, String path, Json value, Memory memory) {
    this.file = file;
    this.path = path;
    this.value = value;
    this.memory = memory;
  }

  /// @param file the name under which messages mention it
  public static Config of(String file, Json root) {
    return new Config(
        file, "", root, new Memory(root, new LinkedHashSet<>(), new LinkedHashSet<>()));
  }

  public String file() {
    return file;
  }

  /// `rope_scaling.factor`; empty for the root.
  public String path() {
    return path;
  }

  public Json value() {
    return value;
  }

  public boolean isNull() {
    return value instanceof Json.Null;
  }

  public Config get(String key) {
    var inner = path.isEmpty() ? key : path + "." + key;
    if (value instanceof Json.Fields(var values, _) && values.containsKey(key)) {
      return at(inner, values.get(key));
    }
    return absent(inner);
  }

  public Config get(long index) {
    var inner = path + "[" + index + "]";
    if (value instanceof Json.Items(var values, _) && index >= 0 && index < values.size()) {
      return at(inner, values.get((int) index));
    }
    return absent(inner);
  }

  private Config at(String inner, Json found) {
    memory.read.add(inner);
    return new Config(file, inner, found, memory);
  }

  private Config absent(String inner) {
    memory.absent.add(inner);
    return new Config(file, inner, new Json.Null(Json.Place.NONE), memory);
  }

  /// Keys that were asked for and are not in the file, in the order of asking.
  public List<String> absent() {
    return List.copyOf(memory.absent);
  }

  /// Keys that are in the file and were never asked for, in the order of the file. Of an object
  /// that was read, its own unread keys are listed; of one that was not, only itself.
  public List<Unread> unread() {
    var unread = new ArrayList<Unread>();
    collect("", memory.root, unread);
    return unread;
  }

  public record Unread(String path, Json.Place place) {}

  private void collect(String prefix, Json json, List<Unread> unread) {
    if (!(json instanceof Json.Fields(var values, _))) return;
    values.forEach(
        (key, inner) -> {
          var name = prefix.isEmpty() ? key : prefix + "." + key;
          if (memory.read.contains(name)) {
            collect(name, inner, unread);
          } else {
            unread.add(new Unread(name, inner.place()));
          }
        });
  }
}
