package dune.weights.bind;

import static org.assertj.core.api.Assertions.assertThat;

import dune.ir.Elem;
import dune.weights.checkpoint.Checkpoint;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A checkpoint of 70 billion weights: true headers, and holes where the numbers would be.
final class LargeIndexTest {
  private static final int LAYERS = 80;
  private static final int SHARDS = 30;

  /// Against work that grows with the square; `docs/performance.md` says how long it takes.
  private static final Duration LIMIT = Duration.ofSeconds(20);

  @TempDir Path folder;

  private final Map<String, List<Long>> tensors = new LinkedHashMap<>();

  @BeforeEach
  void describe() throws IOException {
    tensor("embed_tokens.weight", 32000, 8192);
    for (int i = 0; i < LAYERS; i++) {
      var layer = "layers." + i;
      tensor(layer + ".input_layernorm.weight", 8192);
      tensor(layer + ".mlp.down_proj.weight", 8192, 28672);
      tensor(layer + ".mlp.gate_proj.weight", 28672, 8192);
      tensor(layer + ".mlp.up_proj.weight", 28672, 8192);
      tensor(layer + ".post_attention_layernorm.weight", 8192);
      tensor(layer + ".self_attn.k_proj.weight", 1024, 8192);
      tensor(layer + ".self_attn.o_proj.weight", 8192, 8192);
      tensor(layer + ".self_attn.q_proj.weight", 8192, 8192);
      tensor(layer + ".self_attn.v_proj.weight", 1024, 8192);
    }
    tensor("norm.weight", 8192);
    tensor("lm_head.weight", 32000, 8192);
    write();
  }

  private void tensor(String path, long... shape) {
    tensors.put(path, LongStream.of(shape).boxed().toList());
  }

  private static String inFile(String path) {
    return path.startsWith("lm_head") ? path : "model." + path;
  }

  private void write() throws IOException {
    var paths = new ArrayList<>(tensors.keySet());
    var weightMap = new LinkedHashMap<String, String>();
    int each = (paths.size() + SHARDS - 1) / SHARDS;
    for (int shard = 0; shard * each < paths.size(); shard++) {
      var file = String.format("model-%05d-of-%05d.safetensors", shard + 1, SHARDS);
      var inShard = paths.subList(shard * each, Math.min(paths.size(), (shard + 1) * each));
      writeShard(folder.resolve(file), inShard);
      inShard.forEach(path -> weightMap.put(inFile(path), file));
    }
    var entries =
        weightMap.entrySet().stream()
            .map(entry -> "\"" + entry.getKey() + "\": \"" + entry.getValue() + "\"")
            .collect(Collectors.joining(",\n"));
    Files.writeString(
        folder.resolve("model.safetensors.index.json"), "{\"weight_map\": {" + entries + "}}");
  }

  private void writeShard(Path file, List<String> paths) throws IOException {
    var header = new StringBuilder("{");
    long begin = 0;
    for (String path : paths) {
      long end = begin + 2 * tensors.get(path).stream().reduce(1L, (a, b) -> a * b);
      if (begin > 0) header.append(',');
      header.append(
          "\"%s\":{\"dtype\":\"BF16\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
              .formatted(inFile(path), tensors.get(path), begin, end));
      begin = end;
    }
    byte[] json = header.append('}').toString().getBytes(StandardCharsets.UTF_8);
    Files.write(
        file,
        ByteBuffer.allocate(8 + json.length)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(json.length)
            .put(json)
            .array());
    try (var sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(8 + json.length + begin);
    }
  }

  private Clause clause(String prefix) {
    var clause = new Clause().rule("lm_head", "lm_head").rule("*", prefix + "{*}");
    tensors.forEach(
        (path, shape) ->
            clause.want(path, Elem.BF16, shape.stream().mapToLong(Long::longValue).toArray()));
    return clause;
  }

  private BindingReport bindInTime(Clause clause) {
    // The time of this thread, not of the machine, which may be busy with other tests.
    var threads = ManagementFactory.getThreadMXBean();
    long start = threads.getCurrentThreadCpuTime();
    var report = clause.bind(Checkpoint.open(folder).tensors());
    assertThat(ReportText.lines(report)).isNotEmpty();
    assertThat(Duration.ofNanos(threads.getCurrentThreadCpuTime() - start)).isLessThan(LIMIT);
    return report;
  }

  @Test
  void isCheckedInLessThanASecond() {
    assertThat(tensors).hasSize(723);
    assertThat(ReportText.summary(bindInTime(clause("model.")))).isEqualTo("723 ok");
  }

  @Test
  void isCheckedAsFastIfEveryNameIsWrong() {
    var report = bindInTime(clause("decoder.model."));
    assertThat(ReportText.summary(report)).isEqualTo("722 extra, 722 missing, 1 ok");
    assertThat(report.problems())
        .allSatisfy(
            problem ->
                assertThat(((Finding.Missing) problem).suggestion())
                    .contains("model." + ((Finding.Missing) problem).request().path()));
  }
}
