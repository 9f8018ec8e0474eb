package dune.runtime.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dune.backend.torch.run.Learner.Batch;
import dune.runtime.data.Dataset;
import dune.runtime.data.Example;
import dune.weights.InputFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class TaskCorpusTest {
  /// As many questions as answers, and the first token says which it is.
  private static Example example(int number, int length) {
    var tokens = new int[2 * length];
    var learned = new boolean[2 * length];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = 100 * number + i;
      learned[i] = i >= length;
    }
    return new Example(tokens, learned);
  }

  private static List<Example> examples(int count) {
    return IntStream.range(0, count).mapToObj(i -> example(i, 1 + i % 3)).toList();
  }

  @Test
  void onlyAnswersHaveTargets() {
    var corpus = new TaskCorpus(examples(1), List.of(example(4, 1), example(5, 2)));
    Batch batch = corpus.windows(2).getFirst();
    assertThat(batch.steps()).isEqualTo(3);
    assertThat(batch.tokens()).containsExactly(400, 0, 0, 500, 501, 502);
    assertThat(batch.targets()).containsExactly(401, -100, -100, -100, 502, 503);
    assertThat(corpus.windows(1)).hasSize(2);
    assertThat(corpus.measured()).isEqualTo(3);
    assertThat(corpus.beginning()).containsExactly(400);
  }

  @Test
  void everyExampleIsDrawnOnceInARound() {
    var corpus = new TaskCorpus(examples(7), examples(1));
    var first = new ArrayList<Long>();
    var second = new ArrayList<Long>();
    for (int number = 0; number < 7; number++) {
      Batch batch = corpus.draw(2, 3, number);
      for (int row = 0; row < 2; row++) {
        (2 * number + row < 7 ? first : second).add(batch.tokens()[row * batch.steps()] / 100);
      }
    }
    assertThat(first).containsExactlyInAnyOrder(0L, 1L, 2L, 3L, 4L, 5L, 6L);
    assertThat(second).containsExactlyInAnyOrderElementsOf(first).isNotEqualTo(first);
    // Whoever goes on later draws the same.
    assertThat(new TaskCorpus(examples(7), examples(1)).draw(2, 3, 5).tokens())
        .isEqualTo(corpus.draw(2, 3, 5).tokens());
    assertThat(corpus.draw(7, 4, 0).tokens()).isNotEqualTo(corpus.draw(7, 3, 0).tokens());
  }

  @Test
  void rowsOfABatchAreOfLikeLength() {
    var examples = IntStream.range(0, 603).mapToObj(i -> example(i, 1 + i % 50)).toList();
    var corpus = new TaskCorpus(examples, examples(1));
    long read = 0;
    var drawn = new ArrayList<Long>();
    // Two rounds, of which the second begins in the middle of a batch.
    for (int number = 0; number < 150; number++) {
      Batch batch = corpus.draw(8, 3, number);
      read += batch.tokens().length;
      for (int row = 0; row < 8; row++) drawn.add(batch.tokens()[row * batch.steps()] / 100);
    }
    assertThat(drawn.subList(0, 603)).doesNotHaveDuplicates();
    assertThat(drawn.subList(603, 1200)).doesNotHaveDuplicates();
    long needed = 2 * examples.stream().mapToLong(example -> example.tokens().length - 1).sum();
    assertThat((double) needed / read).isGreaterThan(0.9);
  }

  @Test
  void theLastAreMeasuredBy() {
    var tasks = new Dataset.Tasks(examples(3));
    Corpus corpus = Corpus.of(tasks, Optional.empty(), 0.9, 8);
    assertThat(corpus.beginning()).startsWith(200);
    assertThatThrownBy(() -> Corpus.of(new Dataset.Tasks(examples(1)), Optional.empty(), 0.9, 8))
        .isInstanceOf(InputFailure.class)
        .hasMessageContaining("0 examples to learn from and 1 to measure by");
    assertThatThrownBy(() -> Corpus.of(tasks, Optional.of(new Dataset.Stream(new int[9])), 0.9, 8))
        .hasMessageContaining("must be of one kind");
  }
}
