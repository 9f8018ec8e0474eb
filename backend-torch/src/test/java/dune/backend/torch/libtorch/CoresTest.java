package dune.backend.torch.libtorch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class CoresTest {
  private static String processor(int socket, int core) {
    return "model name : x\nphysical id : %d\ncpu cores : 2\ncore id : %d\n"
        .formatted(socket, core);
  }

  @Test
  void threadsOfOneCoreCountOnce() {
    String text = processor(0, 0) + processor(0, 1) + processor(0, 0) + processor(0, 1);
    assertThat(Cores.count(text.lines().toList())).isEqualTo(2);
  }

  @Test
  void coresOfAllSocketsCount() {
    String text = processor(0, 0) + processor(0, 1) + processor(1, 0) + processor(1, 1);
    assertThat(Cores.count(text.lines().toList())).isEqualTo(4);
  }

  @Test
  void whereNoCoreIsNamedNothingIsCounted() {
    assertThat(Cores.count("processor : 0\nBogoMIPS : 50\n".lines().toList())).isZero();
  }

  @Test
  void someCoreIsThere() {
    assertThat(Cores.count()).isBetween(1, Runtime.getRuntime().availableProcessors());
  }
}
