package dune.runtime.bench;

import dune.ir.Function;
import dune.runtime.compile.Compiled;
import dune.runtime.summary.Products;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/// How much arithmetic the tests of a model ask for: 2 x the multiplications of its matrix
/// products.
public final class Work {
  private final Compiled compiled;
  private final Function function;

  public Work(Compiled compiled) {
    this.compiled = compiled;
    this.function = compiled.writing();
  }

  /// Floating-point operations of a whole test.
  double flops(Timing.Kind kind, int tokens) {
    if (!compiled.isCached()) {
      return switch (kind) {
        case PROMPT -> flops(tokens, tokens);
        case TEXT -> IntStream.rangeClosed(1, tokens).mapToDouble(n -> flops(n, n)).sum();
      };
    }
    return switch (kind) {
      case PROMPT -> chunks(tokens);
      // It grows evenly with the steps that are there.
      case TEXT -> tokens * (flops(1, 1) + flops(1, tokens)) / 2;
    };
  }

  private double chunks(int tokens) {
    double sum = 0;
    for (int at = 0; at < tokens; at += compiled.chunk()) {
      int end = Math.min(tokens, at + compiled.chunk());
      sum += flops(end - at, end);
    }
    return sum;
  }

  private double flops(long steps, long soFar) {
    var sum = new AtomicLong();
    Products.count(
        function, Map.of("B", 1L, "T", steps, "S", soFar), (_, _, count) -> sum.addAndGet(count));
    return sum.get();
  }
}
