package dune.runtime.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dune.backend.torch.run.Learner.Memory;
import dune.weights.AtomicFolder;
import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import dune.weights.safetensors.SafetensorsFile;
import dune.weights.safetensors.SafetensorsWriter;
import dune.weights.tensor.Tensors;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Where a training keeps what it has: a checkpoint for the last evaluation and for the best, each
/// a folder as any other checkpoint with what the optimizer remembers beside it.
///
/// A checkpoint is written under another name and moved into place as a whole, and an older one is
/// deleted after that: whenever the power fails, a complete one is there.
public final class RunFolder {
  public static final String LAST = "last";
  public static final String BEST = "best";

  private static final String PREFIX = "step-";
  private static final String OPTIMIZER = "optimizer.safetensors";
  private static final String STATE = "training.json";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;

  public RunFolder(Path folder) {
    this.folder = folder;
  }

  /// How far a checkpoint has come.
  ///
  /// @param best the lowest loss so far, at `bestSteps`
  public record State(int steps, double best, int bestSteps) {}

  public Path folder() {
    return folder;
  }

  /// Keeps other trainings out until it is closed, and clears away what one left that was killed in
  /// the middle of writing.
  ///
  /// @throws InputFailure if one goes on here
  public Claim claim() {
    try {
      FileChannel channel =
          FileChannel.open(
              folder.resolve(RunSettings.FILE), StandardOpenOption.READ, StandardOpenOption.WRITE);
      if (!isFree(channel)) {
        channel.close();
        throw new InputFailure(
            folder, "another training goes on there; wait for it, or stop it first");
      }
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.filter(RunFolder::isLeft).toList()) deleteAll(file);
      }
      return new Claim(channel, folder);
    } catch (IOException e) {
      throw EnvironmentFailure.writing(folder, e);
    }
  }

  private static boolean isFree(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException _) {
      // This very program holds it.
      return false;
    }
  }

  /// While open, no other training goes on in the folder.
  public record Claim(FileChannel channel, Path folder) implements AutoCloseable {
    @Override
    public void close() {
      try {
        channel.close();
      } catch (IOException e) {
        throw EnvironmentFailure.writing(folder, e);
      }
    }
  }

  private static boolean isLeft(Path file) {
    return file.getFileName().toString().matches("\\." + PREFIX + "\\d+\\..*");
  }

  /// The last complete checkpoint.
  public Optional<Path> last() {
    return checkpoints().stream().max(Comparator.comparingInt(RunFolder::steps));
  }

  private List<Path> checkpoints() {
    if (!Files.isDirectory(folder)) return List.of();
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.getFileName().toString().matches(PREFIX + "\\d+")).toList();
    } catch (IOException e) {
      throw EnvironmentFailure.reading(folder, e);
    }
  }

  private static int steps(Path checkpoint) {
    return Integer.parseInt(checkpoint.getFileName().toString().substring(PREFIX.length()));
  }

  /// @throws InputFailure if the checkpoint was not left by a training
  public static State state(Path checkpoint) {
    Path file = checkpoint.resolve(STATE);
    try {
      JsonNode found = JSON.readTree(Files.readAllBytes(file));
      return new State(
          found.path("steps").asInt(),
          found.path("best").asDouble(),
          found.path("best_steps").asInt());
    } catch (IOException e) {
      throw new InputFailure(file, "it does not say how far training came: " + e.getMessage());
    }
  }

  /// What the optimizer remembered, by attribute.
  public static Map<String, Memory> memory(Path checkpoint) {
    Tensors tensors = SafetensorsFile.read(checkpoint.resolve(OPTIMIZER)).tensors();
    try (Arena arena = Arena.ofConfined()) {
      var mapped = tensors.map(arena);
      var memory = new LinkedHashMap<String, Memory>();
      for (String name : tensors.all().keySet()) {
        if (!name.startsWith("weight.")) continue;
        String attribute = name.substring("weight.".length());
        memory.put(
            attribute,
            new Memory(
                floats(tensors, mapped, name),
                floats(tensors, mapped, "mean." + attribute),
                floats(tensors, mapped, "square." + attribute)));
      }
      return memory;
    }
  }

  private static float[] floats(Tensors tensors, Tensors.Mapped mapped, String name) {
    var region = tensors.find(name).orElseThrow().source().regions().getFirst();
    return mapped.of(region).toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
  }

  /// Writes a checkpoint, as the last and perhaps the best.
  ///
  /// @param learned writes what was learned, as others read it
  public void write(State state, Trainee trainee, AtomicFolder.Content learned) {
    Path target = folder.resolve(PREFIX + state.steps());
    AtomicFolder.replace(
        target,
        inside -> {
          learned.writeTo(inside);
          SafetensorsWriter.write(inside.resolve(OPTIMIZER), Map.of(), optimizer(trainee.memory()));
          Files.writeString(
              inside.resolve(STATE),
              JSON.createObjectNode()
                      .put("steps", state.steps())
                      .put("best", state.best())
                      .put("best_steps", state.bestSteps())
                      .toPrettyString()
                  + "\n");
        });
    link(LAST, target);
    if (state.bestSteps() == state.steps()) link(BEST, target);
    for (Path old : checkpoints()) {
      if (steps(old) != state.steps() && steps(old) != state.bestSteps()) delete(old);
    }
  }

  private static List<SafetensorsWriter.Tensor> optimizer(Map<String, Memory> memory) {
    return memory.entrySet().stream()
        .flatMap(
            each ->
                Stream.of(
                    tensor("weight." + each.getKey(), each.getValue().weight()),
                    tensor("mean." + each.getKey(), each.getValue().mean()),
                    tensor("square." + each.getKey(), each.getValue().square())))
        .toList();
  }

  private static SafetensorsWriter.Tensor tensor(String name, float[] numbers) {
    return SafetensorsWriter.Tensor.of(name, List.of((long) numbers.length), numbers);
  }

  private void link(String name, Path to) {
    Path fresh = folder.resolve("." + name + ".tmp");
    try {
      Files.deleteIfExists(fresh);
      Files.createSymbolicLink(fresh, to.getFileName());
      Files.move(fresh, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw EnvironmentFailure.writing(folder.resolve(name), e);
    }
  }

  /// Under another name first, so that nobody takes half of it for a checkpoint.
  private void delete(Path checkpoint) {
    Path away = folder.resolve("." + checkpoint.getFileName() + ".old");
    try {
      Files.move(checkpoint, away, StandardCopyOption.ATOMIC_MOVE);
      deleteAll(away);
    } catch (IOException e) {
      throw EnvironmentFailure.writing(checkpoint, e);
    }
  }

  private static void deleteAll(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) Files.delete(file);
    }
  }
}
